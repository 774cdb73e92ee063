//! CronJobs.

use super::jobs;
use super::schedule;
use crate::check::fields::Fields;
use crate::check::findings::{Findings, meant};
use crate::check::pod::Pod;
use crate::diag::code;
use crate::tree::Node;

/// Judges the `spec` of a CronJob.
pub(in crate::check) fn cron_job<'a>(spec: &'a Node, pod: Option<Pod<'a>>, findings: &mut Findings<'a>) {
    if findings.required(spec, "schedule")
        && let Some(text) = spec.text("schedule")
    {
        let at = spec.place_of("schedule");
        if let Some((wrong, help)) = schedule::wrong(text) {
            findings.error(code::BAD_SCHEDULE, at, format!("`{text}` is not a schedule: {wrong}"), help);
        } else if let Some((what, help)) = schedule::surprising(text) {
            findings.warn(code::SURPRISING_SCHEDULE, at, format!("`{text}`: {what}"), help);
        }
    }
    if let Some(zone) = spec.field("timeZone").and_then(Node::as_str)
        && !schedule::is_zone(zone)
    {
        let help = if zone.contains(['+', '-']) && !zone.contains('/') {
            "write the name of a place, such as `Europe/Berlin`: offsets are no time zones".to_owned()
        } else {
            meant(zone, schedule::zones(), "write a name of the time zone database, such as `Europe/Berlin`")
        };
        findings.error(code::BAD_SCHEDULE, spec.place_of("timeZone"), format!("`{zone}` is not a time zone"), help);
    }
    findings.allowed(spec, "concurrencyPolicy", &["Allow", "Forbid", "Replace"]);
    for field in ["startingDeadlineSeconds", "successfulJobsHistoryLimit", "failedJobsHistoryLimit"] {
        findings.not_negative(spec, field);
    }
    if let Some(seconds) = spec.number("startingDeadlineSeconds").filter(|seconds| (0..10).contains(seconds)) {
        let message = format!("`startingDeadlineSeconds` is {seconds}, and the controller looks every 10 seconds, so runs are left out");
        findings.warn(code::SURPRISING_SCHEDULE, spec.place_of("startingDeadlineSeconds"), message, "write 60 or more");
    }
    let Some(job) = spec.below(&["jobTemplate", "spec"]) else { return };
    findings.forbidden(job, "selector", "in a CronJob, whose Jobs get one of their own");
    if job.is_on("manualSelector") {
        findings.forbidden(job, "manualSelector", "in a CronJob, whose Jobs get a selector of their own");
    }
    jobs::spec(job, pod, true, findings);
}
