//! `url`, `ip` and `cidr` of the Kubernetes CEL library. Their values are the texts themselves, so that they compare as texts do.

use std::net::IpAddr;

use cel::common::types::{CelBool, CelInt, CelString};
use cel::{DeclarationError, Env, ExecutionError};

use super::functions::failed;

/// Adds the functions to an environment.
pub(super) fn add_to(env: &mut Env) -> Result<(), DeclarationError> {
    cel::add_overload!(env, fn is_ip: (CelString) -> CelBool, name = "isIP")?;
    cel::add_overload!(env, fn ip: (CelString) -> Result<CelString>)?;
    cel::add_overload!(env, fn is_canonical: (CelString) -> Result<CelBool>, name = "ip.isCanonical")?;
    cel::add_member_overload!(env, fn family: (CelString) -> Result<CelInt>)?;
    cel::add_member_overload!(env, fn is_unspecified: (CelString) -> Result<CelBool>)?;
    cel::add_member_overload!(env, fn is_loopback: (CelString) -> Result<CelBool>)?;
    cel::add_member_overload!(env, fn is_link_local_multicast: (CelString) -> Result<CelBool>)?;
    cel::add_member_overload!(env, fn is_link_local_unicast: (CelString) -> Result<CelBool>)?;
    cel::add_member_overload!(env, fn is_global_unicast: (CelString) -> Result<CelBool>)?;
    cel::add_overload!(env, fn is_cidr: (CelString) -> CelBool, name = "isCIDR")?;
    cel::add_overload!(env, fn cidr: (CelString) -> Result<CelString>)?;
    cel::add_overload!(env, fn cidr_contains: (CelString, CelString) -> Result<CelBool>)?;
    cel::add_member_overload!(env, fn contains_ip: (CelString, CelString) -> Result<CelBool>, name = "containsIP")?;
    cel::add_member_overload!(env, fn contains_cidr: (CelString, CelString) -> Result<CelBool>, name = "containsCIDR")?;
    cel::add_member_overload!(env, fn ip_of: (CelString) -> Result<CelString>, name = "ip")?;
    cel::add_member_overload!(env, fn masked: (CelString) -> Result<CelString>)?;
    cel::add_member_overload!(env, fn prefix_length: (CelString) -> Result<CelInt>)?;
    cel::add_overload!(env, fn is_url: (CelString) -> CelBool, name = "isURL")?;
    cel::add_overload!(env, fn url: (CelString) -> Result<CelString>)?;
    cel::add_member_overload!(env, fn get_scheme: (CelString) -> Result<CelString>)?;
    cel::add_member_overload!(env, fn get_host: (CelString) -> Result<CelString>)?;
    cel::add_member_overload!(env, fn get_hostname: (CelString) -> Result<CelString>)?;
    cel::add_member_overload!(env, fn get_port: (CelString) -> Result<CelString>)?;
    cel::add_member_overload!(env, fn get_escaped_path: (CelString) -> Result<CelString>)?;
    Ok(())
}

type Text<'t> = CelString<'t>;
type Answer<T> = Result<T, ExecutionError>;

fn address(text: &Text<'_>) -> Answer<IpAddr> {
    // A zone or an IPv4 address mapped into IPv6 is refused, as by Kubernetes.
    let mapped = |ip: &IpAddr| matches!(ip, IpAddr::V6(ip) if ip.to_ipv4_mapped().is_some());
    let found = text.inner().parse::<IpAddr>().ok().filter(|ip| !mapped(ip));
    found.ok_or_else(|| failed("ip", format!("`{}` is not an address", text.inner())))
}

fn is_ip(text: &Text<'_>) -> CelBool {
    CelBool::from(address(text).is_ok())
}

fn ip(text: &Text<'_>) -> Answer<Text<'static>> {
    Ok(address(text)?.to_string().into())
}

fn is_canonical(text: &Text<'_>) -> Answer<CelBool> {
    Ok(CelBool::from(address(text)?.to_string() == text.inner()))
}

fn family(text: &Text<'_>) -> Answer<CelInt> {
    Ok(CelInt::from(if address(text)?.is_ipv4() { 4 } else { 6 }))
}

fn is_unspecified(text: &Text<'_>) -> Answer<CelBool> {
    Ok(CelBool::from(address(text)?.is_unspecified()))
}

fn is_loopback(text: &Text<'_>) -> Answer<CelBool> {
    Ok(CelBool::from(address(text)?.is_loopback()))
}

fn is_link_local_multicast(text: &Text<'_>) -> Answer<CelBool> {
    Ok(CelBool::from(match address(text)? {
        IpAddr::V4(ip) => ip.octets()[..3] == [224, 0, 0],
        IpAddr::V6(ip) => ip.segments()[0] & 0xff0f == 0xff02,
    }))
}

fn link_local(ip: &IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => ip.is_link_local(),
        IpAddr::V6(ip) => ip.segments()[0] & 0xffc0 == 0xfe80,
    }
}

fn is_link_local_unicast(text: &Text<'_>) -> Answer<CelBool> {
    Ok(CelBool::from(link_local(&address(text)?)))
}

fn is_global_unicast(text: &Text<'_>) -> Answer<CelBool> {
    let ip = address(text)?;
    let broadcast = matches!(ip, IpAddr::V4(ip) if ip.is_broadcast());
    Ok(CelBool::from(!(ip.is_unspecified() || ip.is_loopback() || ip.is_multicast() || link_local(&ip) || broadcast)))
}

/// Address and prefix length of a CIDR.
fn network(text: &Text<'_>) -> Answer<(IpAddr, u32)> {
    let parts = text.inner().split_once('/').and_then(|(address, length)| {
        let (address, length) = (address.parse::<IpAddr>().ok()?, length.parse::<u32>().ok()?);
        (length <= if address.is_ipv4() { 32 } else { 128 }).then_some((address, length))
    });
    parts.ok_or_else(|| failed("cidr", format!("`{}` is not a CIDR", text.inner())))
}

/// The bits of an address, from the left, that a prefix of some length keeps.
fn prefix(ip: IpAddr, length: u32) -> u128 {
    let bits = match ip {
        IpAddr::V4(ip) => u128::from(u32::from(ip)) << 96,
        IpAddr::V6(ip) => u128::from(ip),
    };
    bits & u128::MAX.checked_shl(128 - length).unwrap_or(0)
}

fn is_cidr(text: &Text<'_>) -> CelBool {
    CelBool::from(network(text).is_ok())
}

fn cidr(text: &Text<'_>) -> Answer<Text<'static>> {
    network(text)?;
    Ok(text.inner().to_owned().into())
}

fn cidr_contains(text: &Text<'_>, other: &Text<'_>) -> Answer<CelBool> {
    let ((outer, length), inner) = (network(text)?, address(other)?);
    Ok(CelBool::from(outer.is_ipv4() == inner.is_ipv4() && prefix(outer, length) == prefix(inner, length)))
}

fn contains_ip(text: &Text<'_>, other: &Text<'_>) -> Answer<CelBool> {
    cidr_contains(text, other)
}

fn contains_cidr(text: &Text<'_>, other: &Text<'_>) -> Answer<CelBool> {
    let ((outer, length), (inner, inner_length)) = (network(text)?, network(other)?);
    let within = outer.is_ipv4() == inner.is_ipv4() && length <= inner_length;
    Ok(CelBool::from(within && prefix(outer, length) == prefix(inner, length)))
}

fn ip_of(text: &Text<'_>) -> Answer<Text<'static>> {
    Ok(network(text)?.0.to_string().into())
}

fn masked(text: &Text<'_>) -> Answer<Text<'static>> {
    let (ip, length) = network(text)?;
    let bits = prefix(ip, length);
    let ip = if ip.is_ipv4() { IpAddr::V4(((bits >> 96) as u32).into()) } else { IpAddr::V6(bits.into()) };
    Ok(format!("{ip}/{length}").into())
}

fn prefix_length(text: &Text<'_>) -> Answer<CelInt> {
    Ok(CelInt::from(i64::from(network(text)?.1)))
}

/// The parts of an absolute URL (or of a path that begins with `/`): scheme, host with its port, path.
fn parts<'t>(text: &'t Text<'_>) -> Answer<(&'t str, &'t str, &'t str)> {
    let whole: &str = text.inner();
    let wrong = || failed("url", format!("`{whole}` is not an absolute URL"));
    let unfit = |char: char| char.is_ascii_control() || matches!(char, ' ' | '"' | '<' | '>' | '`');
    if whole.contains(unfit) {
        return Err(wrong());
    }
    let rest = whole.split(['?', '#']).next().unwrap_or(whole);
    if rest.starts_with('/') && !rest.starts_with("//") {
        return Ok(("", "", rest));
    }
    let (scheme, rest) = rest.split_once(':').ok_or_else(wrong)?;
    let named = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte));
    if !named {
        return Err(wrong());
    }
    let Some(rest) = rest.strip_prefix("//") else { return Ok((scheme, "", rest)) };
    let (authority, path) = rest.find('/').map_or((rest, ""), |slash| rest.split_at(slash));
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let port = host.rsplit_once(':').filter(|(_, port)| !port.contains(']')).map(|(_, port)| port);
    if port.is_some_and(|port| !port.bytes().all(|byte| byte.is_ascii_digit())) {
        return Err(wrong());
    }
    Ok((scheme, host, path))
}

fn is_url(text: &Text<'_>) -> CelBool {
    CelBool::from(parts(text).is_ok())
}

fn url(text: &Text<'_>) -> Answer<Text<'static>> {
    parts(text)?;
    Ok(text.inner().to_owned().into())
}

fn get_scheme(text: &Text<'_>) -> Answer<Text<'static>> {
    Ok(parts(text)?.0.to_ascii_lowercase().into())
}

fn get_host(text: &Text<'_>) -> Answer<Text<'static>> {
    Ok(parts(text)?.1.to_owned().into())
}

fn split_port(host: &str) -> (&str, &str) {
    host.rsplit_once(':').filter(|(_, port)| !port.contains(']')).unwrap_or((host, ""))
}

fn get_hostname(text: &Text<'_>) -> Answer<Text<'static>> {
    Ok(split_port(parts(text)?.1).0.trim_matches(['[', ']']).to_owned().into())
}

fn get_port(text: &Text<'_>) -> Answer<Text<'static>> {
    Ok(split_port(parts(text)?.1).1.to_owned().into())
}

fn get_escaped_path(text: &Text<'_>) -> Answer<Text<'static>> {
    Ok(parts(text)?.2.to_owned().into())
}
