//! Security contexts: fields that contradict each other, and fields of another operating system.

use super::Pod;
use crate::check::fields::Fields;
use crate::check::findings::{About, Findings};
use crate::check::storage;
use crate::diag::{Diagnostic, code};
use crate::tree::Node;

/// Fields of a security context that only Linux has.
const LINUX: [&str; 13] = [
    "allowPrivilegeEscalation",
    "appArmorProfile",
    "capabilities",
    "fsGroup",
    "fsGroupChangePolicy",
    "privileged",
    "procMount",
    "readOnlyRootFilesystem",
    "runAsGroup",
    "runAsUser",
    "seLinuxOptions",
    "seccompProfile",
    "supplementalGroups",
];

/// Judges the security contexts of a pod and its containers.
pub(super) fn judge<'a>(pod: Pod<'a>, findings: &mut Findings<'a>) {
    let system = pod.spec.below(&["os", "name"]).and_then(Node::as_str);
    if system == Some("windows") {
        for field in ["hostPID", "hostIPC"] {
            findings.forbidden(pod.spec, field, "for a pod with `os.name: windows`");
        }
    }
    if let Some(context) = pod.spec.given("securityContext") {
        findings.within(About::new("pod", ""), |findings| {
            both(context, system, findings);
            for field in ["fsGroup", "runAsUser", "runAsGroup"] {
                findings.range(context, field, 0..=i64::from(i32::MAX));
            }
            findings.allowed(context, "fsGroupChangePolicy", &["Always", "OnRootMismatch"]);
            findings.allowed(context, "supplementalGroupsPolicy", &["Merge", "Strict"]);
            findings.allowed(context, "seLinuxChangePolicy", &["MountOption", "Recursive"]);
            for group in context.list("supplementalGroups") {
                if group.as_i64().is_some_and(|id| !(0..=i64::from(i32::MAX)).contains(&id)) {
                    let message = "a group has a number from 0 to 2147483647";
                    findings.error(code::OUT_OF_RANGE, group.place(), message, "write the number that the files have");
                }
            }
            sysctls(context, pod, findings);
        });
    }
    for container in pod.containers() {
        let Some(context) = container.node.given("securityContext") else { continue };
        findings.within(About::new("container", container.name()), |findings| {
            both(context, system, findings);
            for field in ["runAsUser", "runAsGroup"] {
                findings.range(context, field, 0..=i64::from(i32::MAX));
            }
            findings.allowed(context, "procMount", &["Default", "Unmasked"]);
            if context.text("procMount") == Some("Unmasked") && pod.spec.field("hostUsers").and_then(Node::as_bool) != Some(false) {
                let message = format!("`procMount: Unmasked` of {} needs `hostUsers: false`", findings.about);
                findings.error(code::FIELD_CONFLICT, context.place_of("procMount"), message, "add `hostUsers: false` to the pod");
            }
            escalation(context, findings);
        });
    }
}

fn escalation<'a>(context: &'a Node, findings: &mut Findings<'a>) {
    if context.field("allowPrivilegeEscalation").and_then(Node::as_bool) != Some(false) {
        return;
    }
    let at = context.place_of("allowPrivilegeEscalation");
    let admin = context.field("capabilities").map(|of| of.list("add")).unwrap_or_default();
    let admin = admin.iter().find(|name| name.as_str() == Some("CAP_SYS_ADMIN"));
    let other = if context.is_on("privileged") {
        Some((context.place_of("privileged"), "`privileged: true`"))
    } else {
        admin.map(|name| (name.place(), "`CAP_SYS_ADMIN`"))
    };
    if let Some((place, what)) = other {
        let message = format!("`allowPrivilegeEscalation: false` of {} contradicts {what}", findings.about);
        let help = format!("leave out {what}, or `allowPrivilegeEscalation`");
        findings.push(Diagnostic::error(code::FIELD_CONFLICT, at, message).label(place, "grants it").help(help));
    }
}

/// What contexts of pods and of containers have in common.
fn both<'a>(context: &'a Node, system: Option<&str>, findings: &mut Findings<'a>) {
    match system {
        Some("linux") => findings.forbidden(context, "windowsOptions", "for a pod with `os.name: linux`"),
        Some("windows") => LINUX.iter().for_each(|field| findings.forbidden(context, field, "for a pod with `os.name: windows`")),
        _ => {}
    }
    for (field, types) in [("seccompProfile", "seccomp"), ("appArmorProfile", "AppArmor")] {
        let Some(profile) = context.given(field) else { continue };
        if !findings.required(profile, "type") {
            continue;
        }
        findings.allowed(profile, "type", &["Localhost", "RuntimeDefault", "Unconfined"]);
        let local = profile.text("type") == Some("Localhost");
        if local {
            findings.required(profile, "localhostProfile");
            if field == "seccompProfile" {
                storage::relative(profile, "localhostProfile", findings);
            }
        } else {
            findings.forbidden(profile, "localhostProfile", format!("for a {types} profile of another type than `Localhost`"));
        }
    }
    if context.is_on("runAsNonRoot") && context.number("runAsUser") == Some(0) {
        let message = format!("`runAsNonRoot` of {} contradicts `runAsUser: 0`, and it would not start", findings.about);
        let problem = Diagnostic::warning(code::PODS_REFUSED, context.place_of("runAsUser"), message);
        findings.push(problem.label(context.place_of("runAsNonRoot"), "asked for here").help("choose another user, or allow root"));
    }
}

/// Segments of small letters, digits, `-` and `_`, joined by dots or slashes.
fn is_sysctl(name: &str) -> bool {
    let inner = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let segment = |part: &str| {
        let bytes = part.as_bytes();
        bytes.first().is_some_and(|byte| inner(*byte))
            && bytes.last().is_some_and(|byte| inner(*byte))
            && bytes.iter().all(|byte| inner(*byte) || b"-_".contains(byte))
    };
    name.len() <= 253 && name.split(['.', '/']).all(segment)
}

fn sysctls<'a>(context: &'a Node, pod: Pod<'a>, findings: &mut Findings<'a>) {
    let settings = context.list("sysctls");
    for setting in settings {
        if !findings.required(setting, "name") {
            continue;
        }
        let name = setting.text("name").unwrap_or_default();
        if !is_sysctl(name) {
            let message = format!("`{name}` is not the name of a kernel setting");
            findings.error(code::BAD_NAME, setting.place_of("name"), message, "for example `net.core.somaxconn`");
        }
        // What these set belongs to the node where the pod has no network or processes of its own.
        let of_host = [("hostNetwork", &["net."][..]), ("hostIPC", &["kernel.shm", "kernel.msg", "kernel.sem", "fs.mqueue."])];
        let plain = name.replace('/', ".");
        let taken = of_host.iter().find(|(field, names)| pod.spec.is_on(field) && names.iter().any(|prefix| plain.starts_with(prefix)));
        if let Some((field, _)) = taken {
            let message = format!("the kernel setting `{name}` would be the node's, for the pod has `{field}: true`");
            let problem = Diagnostic::error(code::FIELD_CONFLICT, setting.place_of("name"), message);
            findings.push(problem.label(pod.spec.place_of(field), "set here").help("leave one of them out"));
        }
    }
    findings.unique("sysctls called", settings.iter().filter_map(|setting| Some((setting.text("name")?, setting.place_of("name")))));
}
