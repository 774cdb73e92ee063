//! Round trips: what is promoted and rolled back is, to the byte, what it was.

use std::fs;

use proptest::prelude::*;

use super::world::World;
use crate::properties::holds;

const IMAGES: [&str; 2] = ["nginxinc/nginx-unprivileged", "valkey/valkey"];

/// How somebody wrote a pin down.
#[derive(Clone, Debug)]
struct Pin {
    tag: String,
    digest: Option<u8>,
    /// Fields each on its own line, or in braces.
    block: bool,
    comment: bool,
}

fn pin() -> impl Strategy<Value = Pin> {
    let tag = prop_oneof!["[1-9]\\.[0-9]{1,2}", "v[0-9]\\.[0-9]", "[0-9]{8}", "main-[a-f0-9]{7}", "on", "1e3"];
    (tag, proptest::option::of(any::<u8>()), any::<bool>(), any::<bool>()).prop_map(|(tag, digest, block, comment)| Pin {
        tag,
        digest,
        block,
        comment,
    })
}

/// The file of a Release.
fn release(environment: &str, pins: &[Option<Pin>; 2]) -> String {
    let mut text = format!(
        "# what {environment} runs\napiVersion: oam.dev/v1beta1\nkind: Release\nmetadata: {{name: {environment}}}\nspec:\n  environment: {environment}\n"
    );
    if pins.iter().any(Option::is_some) {
        text.push_str("  images:   # by hand\n");
    }
    for (image, pin) in IMAGES.iter().zip(pins).filter_map(|(image, pin)| Some((image, pin.as_ref()?))) {
        let digest = pin.digest.map(|byte| format!("sha256:{}", format!("{byte:02x}").repeat(32)));
        if pin.comment {
            text.push_str("    # see the ticket\n");
        }
        if pin.block {
            text.push_str(&format!("    {image}:\n      tag: \"{}\"\n", pin.tag));
            text.push_str(&digest.map(|digest| format!("      digest: {digest}\n")).unwrap_or_default());
        } else {
            let digest = digest.map(|digest| format!(", digest: {digest}")).unwrap_or_default();
            text.push_str(&format!("    {image}: {{tag: \"{}\"{digest}}}\n", pin.tag));
        }
    }
    text
}

/// What staging runs, and what prod ran before.
type Case = ([Option<Pin>; 2], [Option<Pin>; 2]);

#[test]
fn a_promotion_that_is_rolled_back_leaves_everything_as_it_was() {
    let ahead = prop_oneof![
        [pin(), pin()].prop_map(|[one, other]| [Some(one), Some(other)]),
        pin().prop_map(|one| [Some(one), None]),
        pin().prop_map(|other| [None, Some(other)]),
    ];
    let behind = [proptest::option::of(pin()), proptest::option::of(pin())];
    // Each case runs the program some fifteen times.
    holds(6, (ahead, behind), round_trip);
}

/// Whether a value stands in quotes is not restored: what it says is.
fn unquoted(text: &str) -> String {
    text.replace('"', "")
}

fn round_trip((ahead, behind): Case) -> Result<(), TestCaseError> {
    let world = World::with_hello();
    let file = "code/apps/hello/releases/prod.yaml";
    world.write(file, &release("prod", &behind));
    world.write("code/apps/hello/releases/staging.yaml", &release("staging", &ahead));
    world.commit("code", "pins");
    world.fine("code", "publish --repo ../config.git --branch main");
    let text = || fs::read_to_string(world.path(file)).unwrap();
    let (before, published) = (text(), world.tree("config.git", "main", ""));
    world.fine("code", "promote --from staging --to prod --all");
    if text() == before {
        // Both run the same already.
        return Ok(());
    }
    // Every image that staging pins runs in prod as well.
    for (container, image) in [("web", IMAGES[0]), ("cache", IMAGES[1])] {
        let images = |environment: &str| {
            let run = world.fine("code", &format!("image list {environment}"));
            let line = run.stdout.lines().find(|line| line.contains(&format!("hello/{container} "))).unwrap().to_owned();
            line.split_whitespace().nth(1).unwrap().to_owned()
        };
        let is_pinned = ahead[usize::from(image == IMAGES[1])].is_some();
        prop_assert!(!is_pinned || images("prod") == images("staging"), "{} and {}", images("prod"), images("staging"));
    }
    world.commit("code", "promoted");
    world.fine("code", "publish --repo ../config.git");
    world.fine("code", "rollback --env prod --all");
    prop_assert_eq!(unquoted(&text()), unquoted(&before));
    world.commit("code", "rolled back");
    world.fine("code", "publish --repo ../config.git");
    prop_assert_eq!(world.tree("config.git", "main", ""), published);
    // And forth again.
    world.fine("code", "rollback --env prod --all");
    let promoted = world.git("code", ["show", "HEAD~1:apps/hello/releases/prod.yaml"]);
    prop_assert_eq!(unquoted(&text()), unquoted(&promoted));
    Ok(())
}
