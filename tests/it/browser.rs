//! The page of `oam preview` in a real browser: `tests/browser/preview.py` drives it.

use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::process::Command;

use crate::cli::meanwhile;
use crate::program::{example, oam, root};

/// How many objects the large page is about.
const MANY: usize = 5_000;

/// Writes a page and says how many objects differ.
fn page(directory: &Path, file: &str, sides: &[&str]) -> u64 {
    let run = |command: &str, format: &str| {
        let run = oam(directory, [command].iter().chain(sides).chain(&["--format", format]));
        assert_eq!(run.code, 0, "{}", run.stderr);
        run.stdout
    };
    fs::write(directory.join(file), run("preview", "html")).unwrap();
    let told: serde_json::Value = serde_json::from_str(&run("diff", "json")).unwrap();
    ["added", "removed", "changed", "moved"].iter().map(|word| told["totals"][word].as_u64().unwrap()).sum()
}

/// Many workloads, each with another image than before.
fn many(directory: &Path) {
    for (side, image) in [("left", 1), ("right", 2)] {
        let mut text = String::new();
        for index in 0..MANY {
            let _ = write!(
                text,
                "---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: web-{index}, namespace: team-{}}}\nspec:\n  replicas: {}\n  \
                 selector: {{matchLabels: {{app: web-{index}}}}}\n  template:\n    metadata: {{labels: {{app: web-{index}}}}}\n    spec:\n      \
                 containers:\n      - name: web\n        image: registry.example/team/web-{index}:{image}.{index}\n        \
                 env: [{{name: LOG_LEVEL, value: info}}, {{name: INDEX, value: \"{index}\"}}]\n        ports: [{{containerPort: 8080}}]\n",
                index % 50,
                image * (index % 3),
            );
        }
        fs::write(directory.join(format!("{side}.yaml")), text).unwrap();
    }
}

/// Names and values that are written to break out of a page.
fn hostile(directory: &Path) {
    let words = [
        "</script><script>window.broken = 1</script>",
        "<img src=x onerror=window.broken=1>",
        "{{index}}",
        "javascript:window.broken=1",
        "`</code>`",
        "\u{202e}txt.exe",
        "a/b#c?d=e&f",
    ];
    for (side, value) in [("evil-left", "old"), ("evil-right", "new")] {
        let objects = words.iter().enumerate().map(|(index, word)| {
            let data = serde_json::json!({(*word): format!("{word} {value}"), "a.yaml": format!("{{\"{index}\": {value}}}")});
            serde_json::json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": word, "labels": {"x": word}}, "data": data})
        });
        let list: Vec<serde_json::Value> = objects.collect();
        let text: String = list.iter().map(|object| format!("---\n{object}\n")).collect();
        fs::write(directory.join(format!("{side}.yaml")), text).unwrap();
    }
}

#[test]
fn the_page_works_in_a_browser() {
    if std::env::var_os("OAM_TEST_BROWSER").is_none() {
        println!("skipped: OAM_TEST_BROWSER=1 opens the pages of `oam preview` in Chromium (tests/browser/README.md)");
        return;
    }
    let (_here, project) = example("sock-shop");
    meanwhile(&project, "git init -q -b main . && git add . && git commit -q -m one");
    meanwhile(
        &project,
        "sed -i 's/max: 10/max: 8/' traits/replicas.yaml && sed -i 's/maxUnavailable: 25%/maxUnavailable: 50%/' scopes/availability.yaml",
    );
    let objects = page(&project, "page.html", &["--base", "main"]);
    assert!(objects > 10);
    many(&project);
    assert_eq!(page(&project, "large.html", &["--left", "left.yaml", "--right", "right.yaml"]), MANY as u64);
    hostile(&project);
    page(&project, "hostile.html", &["--left", "evil-left.yaml", "--right", "evil-right.yaml"]);
    let mut script = Command::new("python3");
    script.arg(root().join("tests/browser/preview.py")).current_dir(&project);
    script.args(["page.html", "--objects", &objects.to_string(), "--hostile", "hostile.html", "--large", "large.html"]);
    let output = script.output().expect("python3 drives the browser");
    let told = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    println!("{told}");
    match output.status.code() {
        Some(0) => {}
        Some(77) => println!("skipped: {told}"),
        _ => panic!("{told}"),
    }
}
