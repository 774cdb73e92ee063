//! Reports of vulnerability scanners: which images they cover, and what they found. Understood are the JSON of Trivy and of Grype, and SARIF.
//!
//! Must never know: files, and which images run where.

use serde_json::Value;

use crate::diag::{Diagnostic, Sink, code};
use crate::resolve::Image;
use crate::source::Pos;

/// How grave a finding is.
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Gravity {
    /// Not known yet, or of no consequence.
    Unknown,
    /// Low.
    Low,
    /// Medium.
    Medium,
    /// High.
    High,
    /// Critical.
    Critical,
}

impl Gravity {
    /// The name as reports spell it, in lower case.
    pub const fn as_str(self) -> &'static str {
        match self {
            Gravity::Unknown => "unknown",
            Gravity::Low => "low",
            Gravity::Medium => "medium",
            Gravity::High => "high",
            Gravity::Critical => "critical",
        }
    }

    fn of(text: &str) -> Gravity {
        match text.to_ascii_lowercase().as_str() {
            "critical" => Gravity::Critical,
            "high" => Gravity::High,
            "medium" | "moderate" => Gravity::Medium,
            "low" => Gravity::Low,
            _ => Gravity::Unknown,
        }
    }

    /// Of a score from 0 to 10, as CVSS divides it.
    fn of_score(score: f64) -> Gravity {
        match score {
            score if score >= 9.0 => Gravity::Critical,
            score if score >= 7.0 => Gravity::High,
            score if score >= 4.0 => Gravity::Medium,
            score if score > 0.0 => Gravity::Low,
            _ => Gravity::Unknown,
        }
    }
}

/// Something that a scanner found.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Finding {
    /// How grave it is.
    pub gravity: Gravity,
    /// `CVE-2024-1`
    pub id: String,
    /// The package, with its version, and the version that mends it.
    pub package: String,
}

/// What a scanner said of one image.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Scan {
    /// How the report is called.
    pub report: String,
    /// The names of the image: with tags, with digests.
    pub names: Vec<String>,
    /// What was found, the gravest first.
    pub findings: Vec<Finding>,
}

fn text<'v>(value: &'v Value, path: &[&str]) -> &'v str {
    path.iter().try_fold(value, |value, key| value.get(key)).and_then(Value::as_str).unwrap_or_default()
}

fn list<'v>(value: &'v Value, key: &str) -> &'v [Value] {
    value.get(key).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn texts(value: &Value, key: &str) -> Vec<String> {
    list(value, key).iter().filter_map(Value::as_str).map(str::to_owned).collect()
}

/// The scans of a report. `report` is how it is called in messages.
///
/// # Errors
/// Why it is no report, as a phrase that can follow its name.
pub fn scans(report: &str, json: &str) -> Result<Vec<Scan>, String> {
    let value: Value = serde_json::from_str(json).map_err(|error| format!("is not JSON: {error}"))?;
    let scan = |names: Vec<String>, mut findings: Vec<Finding>| {
        findings.sort_by(|a, b| b.gravity.cmp(&a.gravity).then_with(|| a.cmp(b)));
        findings.dedup();
        Scan { report: report.to_owned(), names: names.into_iter().filter(|name| !name.is_empty()).collect(), findings }
    };
    if value.get("ArtifactName").is_some() {
        return Ok(vec![scan(trivy_names(&value), list(&value, "Results").iter().flat_map(trivy).collect())]);
    }
    if value.get("matches").is_some() && value.get("source").is_some() {
        return Ok(vec![scan(grype_names(&value), list(&value, "matches").iter().map(grype).collect())]);
    }
    if value.get("runs").is_some() {
        return Ok(list(&value, "runs").iter().map(|run| scan(sarif_names(run), sarif(run))).collect());
    }
    Err("is no report that is understood: the JSON of Trivy or Grype, or SARIF".to_owned())
}

fn trivy_names(report: &Value) -> Vec<String> {
    let metadata = report.get("Metadata").unwrap_or(&Value::Null);
    let own = std::iter::once(text(report, &["ArtifactName"]).to_owned());
    own.chain(texts(metadata, "RepoTags")).chain(texts(metadata, "RepoDigests")).collect()
}

fn trivy(result: &Value) -> Vec<Finding> {
    let target = text(result, &["Target"]);
    let vulnerability = |found: &Value| Finding {
        gravity: Gravity::of(text(found, &["Severity"])),
        id: text(found, &["VulnerabilityID"]).to_owned(),
        package: package(text(found, &["PkgName"]), text(found, &["InstalledVersion"]), text(found, &["FixedVersion"])),
    };
    let other = |found: &Value, id: &str| Finding {
        gravity: Gravity::of(text(found, &["Severity"])),
        id: text(found, &[id]).to_owned(),
        package: target.to_owned(),
    };
    let failed = |found: &&Value| text(found, &["Status"]) != "PASS";
    let mut all: Vec<Finding> = list(result, "Vulnerabilities").iter().map(vulnerability).collect();
    all.extend(list(result, "Secrets").iter().map(|found| other(found, "RuleID")));
    all.extend(list(result, "Misconfigurations").iter().filter(failed).map(|found| other(found, "ID")));
    all
}

fn grype_names(report: &Value) -> Vec<String> {
    let Some(target) = report.get("source").and_then(|source| source.get("target")) else { return Vec::new() };
    let input = text(target, &["userInput"]);
    let repository = Image::parse(input).repository;
    let digest = match text(target, &["manifestDigest"]) {
        "" => String::new(),
        digest => format!("{repository}@{digest}"),
    };
    [input.to_owned(), digest].into_iter().chain(texts(target, "tags")).chain(texts(target, "repoDigests")).collect()
}

fn grype(found: &Value) -> Finding {
    let fixed = found.get("vulnerability").and_then(|vulnerability| vulnerability.get("fix")).map(|fix| texts(fix, "versions"));
    Finding {
        gravity: Gravity::of(text(found, &["vulnerability", "severity"])),
        id: text(found, &["vulnerability", "id"]).to_owned(),
        package: package(
            text(found, &["artifact", "name"]),
            text(found, &["artifact", "version"]),
            fixed.as_ref().and_then(|versions| versions.first()).map_or("", String::as_str),
        ),
    }
}

/// Trivy names the image in the properties of the run, Grype in the places of its results.
fn sarif_names(run: &Value) -> Vec<String> {
    let properties = run.get("properties").unwrap_or(&Value::Null);
    let own = std::iter::once(text(properties, &["imageName"]).to_owned());
    let places = list(run, "results").iter().flat_map(|result| list(result, "locations")).flat_map(|place| list(place, "logicalLocations"));
    let named = places.filter_map(|place| text(place, &["fullyQualifiedName"]).split_once('@')).map(|(name, _)| name.to_owned());
    let mut names: Vec<String> = own.chain(texts(properties, "repoTags")).chain(texts(properties, "repoDigests")).chain(named).collect();
    names.dedup();
    names
}

fn sarif(run: &Value) -> Vec<Finding> {
    let driver = run.get("tool").and_then(|tool| tool.get("driver")).unwrap_or(&Value::Null);
    let rules = list(driver, "rules");
    let score = |value: &Value| match value.get("properties")?.get("security-severity")? {
        Value::String(text) => text.parse().ok(),
        number => number.as_f64(),
    };
    let of = |result: &Value| {
        let id = text(result, &["ruleId"]);
        let rule = rules.iter().find(|rule| text(rule, &["id"]) == id);
        let scored: Option<f64> = score(result).or_else(|| rule.and_then(score));
        let gravity = scored.map(Gravity::of_score).unwrap_or_else(|| {
            let default = rule.map_or("", |rule| text(rule, &["defaultConfiguration", "level"]));
            match Some(text(result, &["level"])).filter(|level| !level.is_empty()).unwrap_or(default) {
                "error" => Gravity::High,
                "note" => Gravity::Low,
                "none" => Gravity::Unknown,
                // What SARIF says of a result without a level.
                _ => Gravity::Medium,
            }
        });
        let message = text(result, &["message", "text"]).lines().next().unwrap_or_default().to_owned();
        Finding { gravity, id: id.to_owned(), package: message }
    };
    let open = |result: &&Value| list(result, "suppressions").is_empty();
    list(run, "results").iter().filter(open).map(of).collect()
}

fn package(name: &str, version: &str, fixed: &str) -> String {
    match fixed {
        "" => format!("{name} {version}"),
        fixed => format!("{name} {version}, mended in {fixed}"),
    }
}

/// A repository as Docker Hub's short names mean it.
fn full(repository: &str) -> &str {
    let name = ["index.docker.io/", "docker.io/"].iter().find_map(|host| repository.strip_prefix(host)).unwrap_or(repository);
    name.strip_prefix("library/").unwrap_or(name)
}

impl Scan {
    /// Whether it is about an image, as that is rendered. Of two digests only equal ones are one image; a tag may have moved since.
    pub fn covers(&self, image: &str) -> bool {
        let wanted = Image::parse(image);
        let names = || self.names.iter().map(|name| Image::parse(name));
        if let Some(digest) = wanted.digest
            && names().any(|name| name.digest.is_some())
        {
            return names().any(|name| name.digest == Some(digest));
        }
        // Without a digest, no tag means the latest.
        let Some(tag) = wanted.tag.or(if wanted.digest.is_none() { Some("latest") } else { None }) else { return false };
        let same = |name: Image<'_>| full(name.repository) == full(wanted.repository) && name.tag.unwrap_or("latest") == tag;
        names().filter(|name| name.digest.is_none() || name.tag.is_some()).any(same)
    }
}

/// Judges an image by all scans: one must cover it, and none that does may have found something of `gravity` or graver. `at`: who says that it runs.
pub fn scanned(image: &str, at: Pos, scans: &[Scan], gravity: Gravity, sink: &Sink) {
    let covering: Vec<&Scan> = scans.iter().filter(|scan| scan.covers(image)).collect();
    if covering.is_empty() {
        let message = format!("no report covers the image `{image}`");
        let known: Vec<String> = scans.iter().flat_map(|scan| &scan.names).take(4).map(|name| format!("`{name}`")).collect();
        let help =
            if known.is_empty() { "the reports name no image".to_owned() } else { format!("the reports are of {}", known.join(", ")) };
        sink.push(Diagnostic::error(code::UNSCANNED_IMAGE, at, message).help(help));
    }
    for scan in covering {
        let grave: Vec<&Finding> = scan.findings.iter().filter(|finding| finding.gravity >= gravity).collect();
        let Some(first) = grave.first() else { continue };
        let count = |gravity: Gravity| match grave.iter().filter(|finding| finding.gravity == gravity).count() {
            0 => None,
            count => Some(format!("{count} {}", gravity.as_str())),
        };
        let all = [Gravity::Critical, Gravity::High, Gravity::Medium, Gravity::Low];
        let counts: Vec<String> = all.into_iter().filter_map(count).collect();
        let message = format!("`{}` found something in the image `{image}`: {}", scan.report, counts.join(", "));
        let help = format!(
            "the gravest is {} ({}): build the image anew, or let the scanner ignore what does not matter",
            first.id, first.package
        );
        sink.push(Diagnostic::error(code::VULNERABLE_IMAGE, at, message).help(help));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(json: &str) -> Scan {
        scans("report", json).unwrap().remove(0)
    }

    #[test]
    fn three_kinds_of_reports_are_read() {
        let trivy = one(r#"{"SchemaVersion": 2, "ArtifactName": "shop/orders:1.4.2", "ArtifactType": "container_image",
                "Metadata": {"RepoTags": ["shop/orders:1.4.2"], "RepoDigests": ["shop/orders@sha256:aa"]},
                "Results": [{"Target": "debian", "Class": "os-pkgs", "Vulnerabilities": [
                    {"VulnerabilityID": "CVE-1", "PkgName": "zlib", "InstalledVersion": "1", "Severity": "LOW"},
                    {"VulnerabilityID": "CVE-2", "PkgName": "openssl", "InstalledVersion": "3.0.1", "FixedVersion": "3.0.2", "Severity": "CRITICAL"}]},
                    {"Target": "nothing"}, {"Target": "/key.pem", "Secrets": [{"RuleID": "private-key", "Severity": "HIGH"}]}]}"#);
        let told: Vec<_> = trivy.findings.iter().map(|finding| (finding.gravity, finding.id.as_str())).collect();
        assert_eq!(told, [(Gravity::Critical, "CVE-2"), (Gravity::High, "private-key"), (Gravity::Low, "CVE-1")]);
        assert_eq!(trivy.findings[0].package, "openssl 3.0.1, mended in 3.0.2");
        let grype = one(
            r#"{"matches": [{"vulnerability": {"id": "GHSA-1", "severity": "High", "fix": {"versions": ["2"], "state": "fixed"}},
                  "artifact": {"name": "lodash", "version": "1"}}, {"vulnerability": {"id": "CVE-3", "severity": "Negligible"}, "artifact": {}}],
                "source": {"type": "image", "target": {"userInput": "shop/orders:1.4.2", "manifestDigest": "sha256:aa", "tags": [], "repoDigests": []}}}"#,
        );
        assert_eq!((grype.findings[0].gravity, grype.findings[0].package.as_str()), (Gravity::High, "lodash 1, mended in 2"));
        assert!(grype.covers("shop/orders@sha256:aa") && !grype.covers("shop/orders@sha256:bb"));
        let sarif = one(r#"{"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "Trivy", "rules": [
                  {"id": "CVE-4", "properties": {"security-severity": "7.5"}}, {"id": "CVE-5", "defaultConfiguration": {"level": "note"}}]}},
                "results": [{"ruleId": "CVE-4", "level": "warning", "message": {"text": "Package: x\nmore"}}, {"ruleId": "CVE-5", "message": {"text": "y"}},
                  {"ruleId": "CVE-4", "suppressions": [{"kind": "external"}], "message": {"text": "z"}}],
                "properties": {"imageName": "shop/orders:1.4.2", "repoTags": ["shop/orders:1.4.2"], "repoDigests": []}}]}"#);
        let told: Vec<_> = sarif.findings.iter().map(|finding| (finding.gravity, finding.package.as_str())).collect();
        assert_eq!(told, [(Gravity::High, "Package: x"), (Gravity::Low, "y")]);
        assert!(scans("x", "{}").is_err() && scans("x", "no").is_err());
    }

    #[test]
    fn a_scan_is_of_an_image_by_digest_or_else_by_tag() {
        let scan = |names: &[&str]| Scan {
            report: String::new(),
            names: names.iter().map(|name| (*name).to_owned()).collect(),
            findings: Vec::new(),
        };
        let both = scan(&["shop/orders:1", "shop/orders@sha256:aa"]);
        assert!(both.covers("shop/orders:1") && both.covers("docker.io/shop/orders:1@sha256:aa") && both.covers("mirror/orders@sha256:aa"));
        assert!(!both.covers("shop/orders:1@sha256:bb"), "the tag has moved");
        assert!(!both.covers("shop/orders:2") && !both.covers("shop/order:1") && !both.covers("shop/orders"));
        let tag = scan(&["docker.io/library/redis:7"]);
        assert!(tag.covers("redis:7") && tag.covers("redis:7@sha256:aa") && !tag.covers("redis@sha256:aa"));
        assert!(scan(&["redis"]).covers("redis:latest"));
    }
}
