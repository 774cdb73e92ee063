//! Kubernetes quantities as numbers.

/// The number that a quantity stands for (`100m` is 0.1, `1Ki` is 1024); `None` if the text is not a quantity. The grammar is
/// that of Kubernetes' `resource.Quantity`.
pub fn parse_quantity(text: &str) -> Option<f64> {
    let end = text.find(|c: char| !(c.is_ascii_digit() || matches!(c, '.' | '+' | '-'))).unwrap_or(text.len());
    let (digits, suffix) = text.split_at(end);
    let unsigned = digits.strip_prefix(['+', '-']).unwrap_or(digits);
    if unsigned.is_empty() || unsigned == "." || !unsigned.bytes().all(|b| b.is_ascii_digit() || b == b'.') {
        return None;
    }
    let number: f64 = digits.parse().ok()?;
    let factor = match suffix {
        "" => 1.0,
        "n" => 1e-9,
        "u" => 1e-6,
        "m" => 1e-3,
        "k" => 1e3,
        "M" => 1e6,
        "G" => 1e9,
        "T" => 1e12,
        "P" => 1e15,
        "E" => 1e18,
        "Ki" => 1024f64,
        "Mi" => 1024f64.powi(2),
        "Gi" => 1024f64.powi(3),
        "Ti" => 1024f64.powi(4),
        "Pi" => 1024f64.powi(5),
        "Ei" => 1024f64.powi(6),
        exponent => {
            let power: i32 = exponent.strip_prefix(['e', 'E'])?.parse().ok()?;
            10f64.powi(power)
        }
    };
    Some(number * factor)
}

#[cfg(test)]
mod tests {
    use super::parse_quantity;

    #[test]
    fn quantities_are_numbers() {
        for (text, number) in [
            ("100m", Some(0.1)),
            ("2", Some(2.0)),
            ("1.5Gi", Some(1610612736.0)),
            ("1e3", Some(1000.0)),
            ("-1k", Some(-1000.0)),
            ("1E", Some(1e18)),
        ] {
            assert_eq!(parse_quantity(text), number, "{text}");
        }
        for text in ["", "m", ".", "1.2.3", "1mm", "1K", "1 Gi", "0x1", "1e", "--1"] {
            assert_eq!(parse_quantity(text), None, "{text}");
        }
    }
}
