//! Writes a monorepo of realistic variety, to measure `oam` on: about three objects per application and environment.
//!
//! `cargo run --release --example monorepo -- --apps 1000 --envs 5 --out DIR`
//!
//! Six component types, ten trait types, layers, bindings by selector, two scope types, pins, parameters, configuration and
//! connections. The same arguments give the same files. Applications live in team folders of 50.

use std::fmt::Write as _;
use std::io;
use std::path::{Path, PathBuf};

use clap::Parser;

/// Writes a generated monorepo.
#[derive(Parser)]
struct Arguments {
    /// How many applications.
    #[arg(long, default_value_t = 1000)]
    apps: usize,
    /// How many environments.
    #[arg(long, default_value_t = 5)]
    envs: usize,
    /// Where; the folder must not exist or be empty.
    #[arg(long)]
    out: PathBuf,
}

const LANGUAGES: [&str; 4] = ["go", "java", "node", "rust"];

fn main() -> io::Result<()> {
    let arguments = Arguments::parse();
    let out = &arguments.out;
    if out.read_dir().is_ok_and(|mut entries| entries.next().is_some()) {
        return Err(io::Error::other(format!("{} is not empty", out.display())));
    }
    write(out, "oam.yaml", PROJECT)?;
    let environments = environments(arguments.envs);
    for (index, environment) in environments.iter().enumerate() {
        write(out, &format!("environments/{}.yaml", environment.name), &environment.document(index))?;
    }
    write(out, "scopes/platform.yaml", SCOPES)?;
    write(out, "traits/platform.yaml", BINDINGS)?;
    if environments.iter().any(|environment| environment.is_test) {
        write(out, "traits/tests.yaml", TEST_BINDINGS)?;
    }
    for index in 0..arguments.apps {
        application(out, index, &environments)?;
    }
    Ok(())
}

fn write(out: &Path, path: &str, text: &str) -> io::Result<()> {
    let path = out.join(path);
    std::fs::create_dir_all(path.parent().unwrap_or(out))?;
    std::fs::write(path, text)
}

const TEST_BINDINGS: &str = "apiVersion: oam.dev/v1beta1
kind: TraitBinding
metadata: {name: quiet-tests}
spec:
  environmentSelector: {matchLabels: {tier: test}}
  componentTypes: [webservice, worker]
  traits:
    - {type: resource, properties: {cpu: 50m, memory: 128Mi}}
";

/// An environment.
struct Environment {
    name: String,
    /// Whether it is one in which developers try things; others are pinned and available.
    is_test: bool,
}

/// `dev-0`, `staging-1`, `prod-2`, `prod-3` …; at least one is for production.
fn environments(count: usize) -> Vec<Environment> {
    let one = |index: usize| match ["dev", "staging"].get(index) {
        Some(stage) if index + 1 < count => Environment { name: format!("{stage}-{index}"), is_test: true },
        _ => Environment { name: format!("prod-{index}"), is_test: false },
    };
    (0..count).map(one).collect()
}

impl Environment {
    fn document(&self, index: usize) -> String {
        let name = &self.name;
        let (tier, pins) = if self.is_test { ("test", "") } else { ("production", "\n  requires: {pins: tag}") };
        format!(
            "apiVersion: oam.dev/v1beta1
kind: Environment
metadata: {{name: {name}, labels: {{tier: {tier}}}}}
spec:
  namespace: \"{{{{ app.labels.team }}}}-{name}\"
  kubernetesVersion: \"1.{}\"
  facts: {{domain: {name}.example.com, databaseDomain: db.{name}.example.com}}{pins}
",
            33 + index % 4
        )
    }
}

const PROJECT: &str = "apiVersion: oam.dev/v1beta1
kind: Project
metadata: {name: monorepo}
spec:
  applications: [\"teams/*/apps/*\"]
  output: {path: rendered}
  facts:
    schema: {type: object, additionalProperties: false, properties: {domain: {type: string}, databaseDomain: {type: string}}}
";

const SCOPES: &str = "apiVersion: oam.dev/v1beta1
kind: Scope
metadata: {name: available}
spec:
  type: availability
  environmentSelector: {matchLabels: {tier: production}}
  componentSelector: {matchLabels: {critical: \"true\"}}
  properties: {minReplicas: 2}
---
apiVersion: oam.dev/v1beta1
kind: Scope
metadata: {name: quota}
spec:
  type: quota
  properties: {hard: {pods: \"500\", requests.cpu: \"200\"}}
";

const BINDINGS: &str = "apiVersion: oam.dev/v1beta1
kind: TraitBinding
metadata: {name: owners}
spec:
  traits:
    - {type: annotations, properties: {example.com/rendered-by: platform}}
---
apiVersion: oam.dev/v1beta1
kind: TraitBinding
metadata: {name: java}
spec:
  componentSelector: {matchLabels: {language: java}}
  traits:
    - {type: env, properties: {env: {JAVA_TOOL_OPTIONS: -XX:MaxRAMPercentage=75}}}
";

fn application(out: &Path, index: usize, environments: &[Environment]) -> io::Result<()> {
    let team = format!("team-{:03}", index / 50);
    let name = format!("app-{index:05}");
    let folder = format!("teams/{team}/apps/{name}");
    write(
        out,
        &format!("{folder}/application.yaml"),
        &format!("apiVersion: core.oam.dev/v1beta1\nkind: Application\nmetadata: {{name: {name}, labels: {{team: {team}}}}}\nspec: {{}}\n"),
    )?;
    write(out, &format!("{folder}/components/{name}.yaml"), &components(&name, index))?;
    write(out, &format!("{folder}/traits/{name}.yaml"), &bindings(&name, index))?;
    let pinned = environments.iter().enumerate().filter(|(_, environment)| !environment.is_test);
    for (number, Environment { name: environment, .. }) in pinned {
        let proxy = if index % 5 == 1 { "    example/proxy: {tag: \"2.1\"}\n" } else { "" };
        let pins = format!(
            "apiVersion: oam.dev/v1beta1
kind: Release
metadata: {{name: {environment}}}
spec:
  environment: {environment}
  images:
    example/{name}: {{tag: 1.{}.{number}}}
{proxy}",
            index % 7
        );
        write(out, &format!("{folder}/releases/{environment}.yaml"), &pins)?;
    }
    Ok(())
}

/// The components of an application: a service in half of them, and by turns what stands behind it.
fn components(name: &str, index: usize) -> String {
    let language = LANGUAGES[index % LANGUAGES.len()];
    let mut text = String::new();
    let document = |text: &mut String, name: &str, kind: &str, body: &str| {
        let separator = if text.is_empty() { "" } else { "---\n" };
        let _ = write!(
            text,
            "{separator}apiVersion: oam.dev/v1beta1
kind: Component
metadata: {{name: {name}, labels: {{language: {language}, critical: \"{}\"}}}}
spec:
  type: {kind}
{body}",
            index.is_multiple_of(4)
        );
    };
    let service = format!(
        "  properties:
    image: example/{name}
    ports: [{{port: 80, containerPort: 8080, name: http, expose: true}}]
    env:
      - {{name: LOG_LEVEL, value: info}}
      - {{name: GREETING, value: \"hello: {index}\"}}
    cpu: 100m
    memory: 256Mi
    readinessProbe: {{httpGet: {{path: /health, port: 8080}}, periodSeconds: {}}}
    livenessProbe: {{tcpSocket: {{port: 8080}}}}
  parameters:
    - {{name: log-level, schema: {{enum: [debug, info, warn]}}, fieldPaths: [\"env[name=LOG_LEVEL].value\"]}}
",
        5 + index % 10
    );
    match index % 6 {
        0..=2 => {
            document(&mut text, name, "webservice", &format!("{service}  connectsTo: [{{component: {name}-store}}]\n"));
            document(
                &mut text,
                &format!("{name}-store"),
                "external",
                "  properties: {host: \"store.{{ facts.databaseDomain }}\", port: 5432}\n",
            );
            let _ = write!(
                text,
                "---
apiVersion: oam.dev/v1beta1
kind: Component
metadata: {{name: {name}}}
spec:
  environmentSelector: {{matchLabels: {{tier: production}}}}
  properties: {{cpu: 500m, memory: 512Mi}}
  config:
    - {{path: /etc/app/settings.yaml, data: {{pool: {{size: {}}}, retries: 3}}}}
",
                10 + index % 20
            );
        }
        3 => {
            document(&mut text, name, "webservice", &service);
            document(
                &mut text,
                &format!("{name}-report"),
                "cron-task",
                &format!(
                    "  properties: {{image: example/{name}, schedule: \"{} 3 * * *\", cmd: [report], cpu: 50m, memory: 64Mi}}\n",
                    index % 60
                ),
            );
        }
        4 => {
            document(
                &mut text,
                name,
                "worker",
                &format!(
                    "  properties:\n    image: example/{name}\n    cmd: [work]\n    cpu: 100m\n    memory: 128Mi\n    env: [{{name: QUEUE, value: q-{index}}}]\n"
                ),
            );
            document(
                &mut text,
                &format!("{name}-queue"),
                "statefulset",
                &format!(
                    "  properties:\n    image: example/{name}\n    cpu: 200m\n    memory: 256Mi\n    ports: [{{port: 5672, name: amqp, expose: true}}]\n    volumeClaimTemplates: [{{name: data, mountPath: /data, resources: {{requests: {{storage: {}Gi}}}}}}]\n",
                    1 + index % 9
                ),
            );
        }
        _ => {
            document(&mut text, name, "webservice", &service);
            document(
                &mut text,
                &format!("{name}-migrate"),
                "task",
                &format!("  properties: {{image: example/{name}, cmd: [migrate], runOn: change, cpu: 50m, memory: 64Mi}}\n"),
            );
        }
    }
    text
}

/// What the application's operators add.
fn bindings(name: &str, index: usize) -> String {
    let mut traits = String::new();
    match index % 5 {
        0 => traits.push_str("    - {type: hpa, properties: {min: 2, max: 8}}\n"),
        1 => traits.push_str("    - {type: scaler, properties: {replicas: 3}}\n    - {type: sidecar, properties: {name: proxy, image: example/proxy, resources: {requests: {cpu: 20m}}}}\n"),
        2 => traits.push_str("    - {type: scaler, properties: {replicas: 2}}\n    - {type: lifecycle, properties: {preStop: {sleep: {seconds: 5}}}}\n"),
        // A worker serves nobody.
        4 if index % 6 != 4 => traits.push_str("    - {type: gateway, properties: {domain: \"{{ facts.domain }}\", classInSpec: true, name: public, http: {/: 8080}}}\n"),
        _ => traits.push_str("    - {type: storage, properties: {emptyDir: [{name: tmp, mountPath: /tmp}]}}\n    - {type: labels, properties: {example.com/cost: high}}\n"),
    }
    let values = if index % 6 == 4 { "" } else { "  parameterValues: {log-level: warn}\n" };
    format!(
        "apiVersion: oam.dev/v1beta1
kind: TraitBinding
metadata: {{name: {name}-production}}
spec:
  components: [{name}]
  environmentSelector: {{matchLabels: {{tier: production}}}}
{values}  traits:
{traits}"
    )
}
