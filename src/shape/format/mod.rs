//! `format`: what a string (or number) must look like. None of them allocates.

mod ecma;
mod go;
mod names;
mod time;

use crate::tree::Value;
pub(crate) use ecma::ecma;
pub(crate) use go::go;
use names::*;
use time::*;

macro_rules! formats {
    ($($(#[$doc:meta])* $name:ident = $text:literal, $article:literal, $example:literal;)*) => {
        /// A format that is checked. The kebab-case names are what schemas write.
        #[derive(Copy, Clone, PartialEq, Eq, Debug)]
        pub enum Format {
            $($(#[$doc])* $name,)*
        }

        impl Format {
            /// The format of this name; `None`: nothing is checked.
            pub fn named(name: &str) -> Option<Format> {
                match name {
                    $($text => Some(Format::$name),)*
                    _ => None,
                }
            }

            /// Every name.
            pub fn names() -> impl Iterator<Item = &'static str> {
                [$($text),*].into_iter()
            }

            /// What a value must be, as messages say it after "must be".
            pub fn wanted(self) -> &'static str {
                match self {
                    $(Format::$name => $article,)*
                }
            }

            /// An example of a value.
            pub fn example(self) -> &'static str {
                match self {
                    $(Format::$name => $example,)*
                }
            }
        }
    };
}

formats! {
    /// Base64, with padding.
    Byte = "byte", "base64 text", "aGVsbG8=";
    /// An amount of memory or storage as Kubernetes writes it. Thousandths of a byte are a slip of the pen: `128m`.
    Bytes = "bytes", "an amount of bytes, with a unit as `Mi` or `Gi`", "128Mi";
    /// An IPv4 or IPv6 network.
    Cidr = "cidr", "a network in CIDR form", "10.0.0.0/8";
    /// Five fields, or a macro such as `@daily`.
    Cron = "cron", "a cron schedule", "*/5 * * * *";
    /// `2026-11-24`
    Date = "date", "a date", "2026-11-24";
    /// RFC 3339.
    DateTime = "date-time", "a date and time as of RFC 3339", "2026-11-24T04:00:00Z";
    /// A DNS-1123 label: what names of Services and namespaces are.
    DnsLabel = "dns-label", "a DNS label (lower-case letters, digits and `-`, at most 63 characters)", "orders-db";
    /// A DNS-1123 subdomain: what names of most objects are.
    DnsName = "dns-name", "a DNS name (lower-case letters, digits, `-` and `.`, at most 253 characters)", "orders.shop.example.com";
    /// As Go writes it: `1h30m`.
    Duration = "duration", "a duration", "1h30m";
    /// One `@`, something on both sides.
    Email = "email", "an e-mail address", "dev@example.com";
    /// A name of an environment variable.
    EnvName = "env-name", "a name of an environment variable", "LOG_LEVEL";
    /// RFC 1123, any case.
    Hostname = "hostname", "a host name", "db.example.com";
    /// A whole number of 32 bits.
    Int32 = "int32", "between -2147483648 and 2147483647", "8080";
    /// A whole number of 64 bits.
    Int64 = "int64", "a whole number of 64 bits", "8080";
    /// An integer, or text.
    IntOrString = "int-or-string", "an integer or a string", "8080";
    /// An integer, or a percentage.
    IntOrPercent = "int-or-percent", "an integer or a percentage", "25%";
    /// IPv4 or IPv6.
    Ip = "ip", "an IP address", "10.0.0.1";
    /// IPv4.
    Ipv4 = "ipv4", "an IPv4 address", "10.0.0.1";
    /// IPv6.
    Ipv6 = "ipv6", "an IPv6 address", "fd00::1";
    /// A key of a label or annotation, with an optional prefix.
    LabelKey = "label-key", "a label key", "app.kubernetes.io/name";
    /// A value of a label.
    LabelValue = "label-value", "a label value (letters, digits, `-`, `_` and `.`, at most 63 characters)", "backend";
    /// A reference of a container image. Image pins find it by this format.
    OciImage = "oci-image", "an image reference", "shop/orders:1.4.2";
    /// A number from 1 to 65535.
    Port = "port", "a port from 1 to 65535", "8080";
    /// The name of a port (at most 15 characters).
    PortName = "port-name", "the name of a port: at most 15 lower-case letters, digits and `-`, with a letter", "http";
    /// A port's number, or its name (at most 15 characters).
    PortOrName = "port-or-name", "a port from 1 to 65535 or the name of one", "http";
    /// An amount as Kubernetes writes it.
    Quantity = "quantity", "a quantity", "500m";
    /// A regular expression.
    RegularExpression = "regex", "a regular expression", "^v[0-9]+$";
    /// A version as of semver.org.
    Semver = "semver", "a semantic version", "1.4.2";
    /// `04:00:00Z`
    Time = "time", "a time as of RFC 3339", "04:00:00Z";
    /// A URI with a scheme.
    Uri = "uri", "a URI", "https://example.com/path";
    /// A URI, or a part of one.
    UriReference = "uri-reference", "a URI or a relative reference", "/path?x=1";
    /// Hexadecimal, in groups.
    Uuid = "uuid", "a UUID", "6f9619ff-8b86-d011-b42d-00cf4fc964ff";
}

impl Format {
    /// Whether a value has the format. What the format does not speak of (a list, a boolean) does.
    pub fn takes(self, value: &Value) -> bool {
        match (self, value) {
            (_, Value::Str(text)) => self.takes_text(text),
            (Format::Port | Format::PortOrName, Value::Int(port)) => (1..=65535).contains(port),
            (Format::Int32, Value::Int(number)) => i32::try_from(*number).is_ok(),
            (Format::Int32 | Format::Int64 | Format::Port | Format::PortOrName, Value::UInt(_)) => false,
            (Format::Int32, Value::Float(number)) => number.abs() <= f64::from(i32::MAX),
            (Format::IntOrString | Format::IntOrPercent, Value::Int(_) | Value::UInt(_)) => true,
            (Format::IntOrString | Format::IntOrPercent, _) => false,
            _ => true,
        }
    }

    /// Whether text has the format.
    pub fn takes_text(self, text: &str) -> bool {
        match self {
            Format::Byte => is_base64(text),
            Format::Bytes => is_quantity(text) && !text.ends_with(['m', 'u', 'n']),
            Format::Cidr => is_cidr(text),
            Format::Cron => is_cron(text),
            Format::Date => is_date(text),
            Format::DateTime => is_date_time(text),
            Format::DnsLabel => is_label(text),
            Format::DnsName => text.len() <= 253 && text.split('.').all(is_subdomain_part),
            Format::Duration => is_duration(text),
            Format::Email => is_email(text),
            Format::EnvName => is_env_name(text),
            Format::Hostname => is_hostname(text),
            // Text is for `type` to refuse.
            Format::Int32 | Format::Int64 | Format::IntOrString => true,
            Format::IntOrPercent => text.strip_suffix('%').is_some_and(|number| is_digits(number, 1..=9)),
            Format::Ip => text.parse::<std::net::IpAddr>().is_ok(),
            Format::Ipv4 => text.parse::<std::net::Ipv4Addr>().is_ok(),
            Format::Ipv6 => text.parse::<std::net::Ipv6Addr>().is_ok(),
            Format::LabelKey => is_label_key(text),
            Format::LabelValue => text.is_empty() || is_qualified(text),
            Format::OciImage => is_image(text),
            Format::Port => false,
            Format::PortName | Format::PortOrName => is_port_name(text),
            Format::Quantity => is_quantity(text),
            Format::RegularExpression => ecma(text).is_some(),
            Format::Semver => semver::Version::parse(text).is_ok(),
            Format::Time => is_time(text),
            Format::Uri => is_uri(text),
            Format::UriReference => is_uri_text(text),
            Format::Uuid => is_uuid(text),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_tell_right_from_wrong() {
        let digest = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
        let pinned = format!("eu.example.com:5000/shop/orders:1.4.2@{digest}");
        let cases: &[(&str, &[&str], &[&str])] = &[
            (
                "oci-image",
                &["nginx", "shop/orders:1.4.2", &pinned, "localhost/x", "a__b"],
                &["", "A", "a:", "a b", "a@sha256:12", "/a", "a//b"],
            ),
            ("bytes", &["0", "128Mi", "1G", "1e3", "1000"], &["128m", "1GB", ""]),
            ("quantity", &["0", "500m", "1Gi", "-1.5", "1e3", "1E", ".5", "5."], &["", "1GB", "m", "1.2.3", "1 Gi", "1gi"]),
            ("duration", &["0", "1h30m", "1.5s", "-2ms", "10µs"], &["", "1", "1d", "h", "1h30"]),
            (
                "cron",
                &["*/5 * * * *", "0 0 1 JAN mon-fri", "@daily", "1,2-4/2 0-23 ? * 0"],
                &["* * * *", "60 * * * *", "* * 0 * *", "@often", "5-1 * * * *", "*/0 * * * *"],
            ),
            ("dns-name", &["a", "a-b.c1"], &["", "A", "a_b", "-a", "a.", "a..b"]),
            ("dns-label", &["orders-db"], &["a.b", "a-", &"a".repeat(64)]),
            ("port-name", &["http", "web-1"], &["8080", "HTTP", ""]),
            ("port-or-name", &["http", "web-1"], &["8080", "HTTP", "a--b", "averyveryverylong"]),
            ("int-or-percent", &["25%"], &["25", "25pct", "%"]),
            ("label-key", &["app", "app.kubernetes.io/name"], &["a b/c", "/a", "a/", "a/b/c"]),
            ("label-value", &["", "v1.0"], &["-a", "a b", &"a".repeat(64)]),
            ("env-name", &["LOG_LEVEL", "a.b"], &["", "1A", "A=B", ".."]),
            ("cidr", &["10.0.0.0/8", "fd00::/8"], &["10.0.0.0", "10.0.0.0/33", "x/8", "10.0.0.0/08"]),
            ("semver", &["1.4.2", "1.0.0-rc.1+b"], &["1.4", "v1.0.0"]),
            ("byte", &["", "aGVsbG8="], &["a", "aGVsbG8", "a-b="]),
            ("regex", &["^a+$"], &["("]),
        ];
        for (name, right, wrong) in cases {
            let format = Format::named(name).unwrap();
            right.iter().for_each(|text| assert!(format.takes_text(text), "{name}: {text:?} is right"));
            wrong.iter().for_each(|text| assert!(!format.takes_text(text), "{name}: {text:?} is wrong"));
        }
        assert!(!Format::Int32.takes(&Value::Int(1 << 31)) && Format::Int32.takes(&Value::Int(-1)));
        assert!(Format::PortOrName.takes(&Value::Int(80)) && !Format::PortOrName.takes(&Value::Int(0)));
        assert!(!Format::IntOrString.takes(&Value::Bool(true)));
    }

    #[test]
    fn every_format_takes_its_own_example() {
        for format in Format::names().filter_map(Format::named) {
            let text = format.example();
            let number = text.parse().map(Value::Int);
            let takes = format.takes(&Value::Str(text.into())) || number.is_ok_and(|number| format.takes(&number));
            assert!(takes || format == Format::Int32, "{format:?}: {text}");
        }
    }
}
