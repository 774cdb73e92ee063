//! Formats of names, addresses and amounts.

use super::Format;

pub(super) fn is_digits(text: &str, count: std::ops::RangeInclusive<usize>) -> bool {
    count.contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// A DNS-1123 label without its limit of length.
pub(super) fn is_subdomain_part(text: &str) -> bool {
    let inner = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let bytes = text.as_bytes();
    bytes.first().is_some_and(|first| inner(*first))
        && bytes.last().is_some_and(|last| inner(*last))
        && bytes.iter().all(|byte| inner(*byte) || *byte == b'-')
}

pub(super) fn is_label(text: &str) -> bool {
    text.len() <= 63 && is_subdomain_part(text)
}

pub(super) fn is_qualified(text: &str) -> bool {
    let bytes = text.as_bytes();
    text.len() <= 63
        && bytes.first().is_some_and(u8::is_ascii_alphanumeric)
        && bytes.last().is_some_and(u8::is_ascii_alphanumeric)
        && bytes.iter().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(byte))
}

pub(super) fn is_label_key(text: &str) -> bool {
    match text.split_once('/') {
        Some((prefix, name)) => Format::DnsName.takes_text(prefix) && is_qualified(name),
        None => is_qualified(text),
    }
}

pub(super) fn is_hostname(text: &str) -> bool {
    let label = |part: &str| {
        let bytes = part.as_bytes();
        (1..=63).contains(&part.len())
            && bytes.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'-')
            && !part.starts_with('-')
            && !part.ends_with('-')
    };
    (1..=253).contains(&text.len()) && text.split('.').all(label)
}

pub(super) fn is_env_name(text: &str) -> bool {
    // As Kubernetes: any printable ASCII but `=` since 1.34; the portable form is what is meant here.
    let inner = |byte: u8| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte);
    text.bytes().all(inner) && text.bytes().next().is_some_and(|first| !first.is_ascii_digit()) && text != "." && text != ".."
}

pub(super) fn is_port_name(text: &str) -> bool {
    let bytes = text.as_bytes();
    (1..=15).contains(&text.len())
        && bytes.iter().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || *byte == b'-')
        && bytes.iter().any(u8::is_ascii_lowercase)
        && !text.starts_with('-')
        && !text.ends_with('-')
        && !text.contains("--")
}

/// `[host[:port]/]path[:tag][@digest]`, as the distribution's grammar has it.
pub(super) fn is_image(text: &str) -> bool {
    let (name, digest) = match text.split_once('@') {
        Some((name, digest)) => (name, Some(digest)),
        None => (text, None),
    };
    let is_digest = |digest: &str| {
        digest.split_once(':').is_some_and(|(algorithm, hex)| {
            let named = !algorithm.is_empty() && algorithm.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+._-".contains(&byte));
            named && hex.len() >= 32 && hex.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
        })
    };
    if !digest.is_none_or(is_digest) {
        return false;
    }
    // A colon after the last slash begins a tag.
    let start = name.rfind('/').map_or(0, |slash| slash + 1);
    let (name, tag) = match name[start..].find(':') {
        Some(colon) => (&name[..start + colon], Some(&name[start + colon + 1..])),
        None => (name, None),
    };
    let is_tag = |tag: &str| {
        (1..=128).contains(&tag.len())
            && tag.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte))
            && !tag.starts_with(['.', '-'])
    };
    if !tag.is_none_or(is_tag) || name.is_empty() || name.len() > 255 {
        return false;
    }
    let (host, path) = match name.split_once('/') {
        Some((first, rest)) if first.contains(['.', ':']) || first == "localhost" => (Some(first), rest),
        _ => (None, name),
    };
    let is_host = |host: &str| match host.rsplit_once(':') {
        Some((name, port)) => (is_hostname(name) || name.starts_with('[')) && is_digits(port, 1..=5),
        None => is_hostname(host),
    };
    let is_part = |part: &str| {
        let inner = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
        let bytes = part.as_bytes();
        bytes.first().is_some_and(|byte| inner(*byte))
            && bytes.last().is_some_and(|byte| inner(*byte))
            && bytes.iter().all(|byte| inner(*byte) || b"._-".contains(byte))
            && !part.contains("..")
            && !part.contains("___")
    };
    host.is_none_or(is_host) && path.split('/').all(is_part)
}

/// `<signed number><suffix>`, suffixes binary, decimal or an exponent.
pub(super) fn is_quantity(text: &str) -> bool {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let end = unsigned.find(|char: char| !char.is_ascii_digit() && char != '.').unwrap_or(unsigned.len());
    let (number, suffix) = unsigned.split_at(end);
    let digits = number.bytes().filter(u8::is_ascii_digit).count();
    let dots = number.bytes().filter(|byte| *byte == b'.').count();
    if digits == 0 || dots > 1 {
        return false;
    }
    if let Some(exponent) = suffix.strip_prefix(['e', 'E'])
        && !exponent.is_empty()
        && exponent != "i"
    {
        return is_digits(exponent.strip_prefix(['+', '-']).unwrap_or(exponent), 1..=9);
    }
    ["", "n", "u", "m", "k", "M", "G", "T", "P", "E", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"].contains(&suffix)
}

pub(super) fn is_email(text: &str) -> bool {
    let Some((local, host)) = text.rsplit_once('@') else { return false };
    let is_quoted = local.len() > 2 && local.starts_with('"') && local.ends_with('"');
    let is_atom =
        |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~".contains(&byte));
    let is_literal = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).is_some_and(|address| {
        address.strip_prefix("IPv6:").map_or_else(|| Format::Ipv4.takes_text(address), |address| Format::Ipv6.takes_text(address))
    });
    (1..=64).contains(&local.len()) && (is_quoted || local.split('.').all(is_atom)) && (is_hostname(host) || is_literal)
}

/// Only characters that a URI has, escapes complete.
pub(super) fn is_uri_text(text: &str) -> bool {
    let bytes = text.as_bytes();
    let fits = |(index, byte): (usize, &u8)| match byte {
        b'%' => bytes.get(index + 1..index + 3).is_some_and(|hex| hex.iter().all(u8::is_ascii_hexdigit)),
        byte => byte.is_ascii_alphanumeric() || b"-._~:/?#[]@!$&'()*+,;=".contains(byte),
    };
    bytes.iter().enumerate().all(fits) && bytes.iter().filter(|byte| **byte == b'#').count() <= 1
}

pub(super) fn is_uri(text: &str) -> bool {
    let scheme = |scheme: &str| {
        scheme.bytes().next().is_some_and(|first| first.is_ascii_alphabetic())
            && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
    };
    is_uri_text(text) && text.split_once(':').is_some_and(|(name, rest)| scheme(name) && !rest.is_empty())
}

pub(super) fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(index, byte)| match index {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

pub(super) fn is_base64(text: &str) -> bool {
    // Wrapped lines are base64 too: Kubernetes' decoder passes over their ends.
    let text = text.replace(['\n', '\r'], "");
    let body = text.trim_end_matches('=');
    text.len().is_multiple_of(4)
        && text.len() - body.len() <= 2
        && body.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+/".contains(&byte))
}

pub(super) fn is_cidr(text: &str) -> bool {
    text.split_once('/').is_some_and(|(address, bits)| {
        let limit = match address.parse::<std::net::IpAddr>() {
            Ok(std::net::IpAddr::V4(_)) => 32,
            Ok(std::net::IpAddr::V6(_)) => 128,
            Err(_) => return false,
        };
        is_digits(bits, 1..=3) && bits.parse::<u32>().is_ok_and(|bits| bits <= limit) && (bits == "0" || !bits.starts_with('0'))
    })
}
