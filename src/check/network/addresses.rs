//! IP addresses and networks, as strictly as the server reads new ones.

use std::net::IpAddr;

use crate::check::findings::Findings;
use crate::diag::{Diagnostic, code};
use crate::shape::Format;
use crate::source::Pos;

/// Judges an address.
pub(super) fn address(at: Pos, what: &str, text: &str, findings: &mut Findings<'_>) -> Option<IpAddr> {
    let zeros = text.split('.').any(|part| part.len() > 1 && part.starts_with('0')) && !text.contains(':');
    if zeros {
        let message = format!("`{text}`, {what}, has a number with a zero before it, which some programs read as octal");
        strict(at, message, "write it without the zero".to_owned(), findings);
        return None;
    }
    let Ok(address) = text.parse::<IpAddr>() else {
        let message = format!("`{text}`, {what}, must be an IP address");
        findings.error(code::BAD_FORMAT, at, message, "for example `192.0.2.10`; a name does not do here");
        return None;
    };
    if matches!(address, IpAddr::V6(address) if address.to_ipv4_mapped().is_some()) {
        let message = format!("`{text}`, {what}, is an IPv4 address in the form of an IPv6 one");
        strict(at, message, "write it as IPv4".to_owned(), findings);
        return None;
    }
    Some(address)
}

/// What is refused since 1.36, and only unclear before.
fn strict(at: Pos, message: String, help: String, findings: &mut Findings<'_>) {
    let problem = if findings.since(36) { Diagnostic::error } else { Diagnostic::warning };
    findings.push(problem(code::BAD_FORMAT, at, message).help(help));
}

/// Judges an address that traffic goes to: none that stands for the machine itself, its link, or nothing.
pub(super) fn reachable(at: Pos, what: &str, text: &str, findings: &mut Findings<'_>) {
    let Some(address) = address(at, what, text, findings) else { return };
    let link_local = match address {
        IpAddr::V4(address) => address.is_link_local(),
        IpAddr::V6(address) => address.is_unicast_link_local(),
    };
    let wrong = if address.is_loopback() {
        "the machine itself"
    } else if address.is_unspecified() {
        "no address"
    } else if link_local || address.is_multicast() {
        "an address of the link only"
    } else {
        return;
    };
    let message = format!("`{text}`, {what}, is {wrong}, and cannot be an endpoint");
    findings.error(code::BAD_FORMAT, at, message, "write an address that all nodes reach");
}

/// Judges a network, such as `10.0.0.0/8`.
pub(super) fn network(at: Pos, what: &str, text: &str, findings: &mut Findings<'_>) -> Option<(IpAddr, u8)> {
    let right = Format::Cidr.takes_text(text) && !text.to_ascii_lowercase().starts_with("::ffff:");
    let Some((Ok(address), Ok(bits))) =
        text.split_once('/').filter(|_| right).map(|(address, bits)| (address.parse::<IpAddr>(), bits.parse::<u8>()))
    else {
        let message = format!("`{text}`, {what}, must be a network");
        let help = match text.parse::<IpAddr>() {
            Ok(IpAddr::V4(_)) => format!("for the one address write `{text}/32`"),
            Ok(IpAddr::V6(_)) => format!("for the one address write `{text}/128`"),
            Err(_) => "for example `10.0.0.0/8`".to_owned(),
        };
        findings.error(code::BAD_FORMAT, at, message, help);
        return None;
    };
    if base(address, bits) != address {
        let message = format!("`{text}`, {what}, is an address within a network, not the network");
        strict(at, message, format!("write `{}/{bits}`", base(address, bits)), findings);
    }
    Some((base(address, bits), bits))
}

/// The first address of the network of an address.
fn base(address: IpAddr, bits: u8) -> IpAddr {
    match address {
        IpAddr::V4(address) => IpAddr::V4((address.to_bits() & u32::MAX.checked_shl(32 - u32::from(bits)).unwrap_or(0)).into()),
        IpAddr::V6(address) => IpAddr::V6((address.to_bits() & u128::MAX.checked_shl(128 - u32::from(bits)).unwrap_or(0)).into()),
    }
}

/// Whether a network lies within another and is smaller.
pub(super) fn is_within(inner: (IpAddr, u8), outer: (IpAddr, u8)) -> bool {
    inner.0.is_ipv4() == outer.0.is_ipv4() && inner.1 > outer.1 && base(inner.0, outer.1) == outer.0
}
