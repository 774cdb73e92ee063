//! Numbers as Kubernetes prints them.

use std::fmt::Write;

pub(super) fn signed(value: i64, out: &mut String) {
    if value < 0 {
        out.push('-');
    }
    unsigned(value.unsigned_abs(), out);
}

pub(super) fn unsigned(mut value: u64, out: &mut String) {
    let mut digits = [0; 20];
    let mut first = digits.len();
    loop {
        first -= 1;
        digits[first] = b'0' + (value % 10) as u8;
        value /= 10;
        if value == 0 {
            break;
        }
    }
    out.extend(digits[first..].iter().map(|digit| char::from(*digit)));
}

/// The shortest digits that read back as the same double: plain from 1e-6 up to 1e21, else with an exponent. `point` keeps the `.0` of a
/// whole number.
pub(super) fn float(value: f64, point: bool, out: &mut String) {
    let start = out.len();
    let size = value.abs();
    // Writing to a string does not fail.
    let _ = if !value.is_finite() {
        out.write_str("null")
    } else if size != 0.0 && !(1e-6..1e21).contains(&size) {
        write!(out, "{value:e}")
    } else {
        write!(out, "{value}")
    };
    // `1e21` without a sign is text to some readers.
    if let Some(exponent) = out[start..].find('e').map(|at| start + at + 1)
        && !out[exponent..].starts_with('-')
    {
        out.insert(exponent, '+');
    }
    if out[start..].starts_with("-0") && value == 0.0 {
        out.remove(start);
    }
    if point && value.is_finite() && !out[start..].contains(['.', 'e']) {
        out.push_str(".0");
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn numbers_look_as_kubernetes_prints_them() {
        let written = |value: f64, point| {
            let mut out = String::new();
            super::float(value, point, &mut out);
            out
        };
        let cases = [
            (1.0, "1"),
            (-0.0, "0"),
            (0.1, "0.1"),
            (1e20, "100000000000000000000"),
            (1e21, "1e+21"),
            (1.5e300, "1.5e+300"),
            (1e-6, "0.000001"),
            (1e-7, "1e-7"),
            (f64::NAN, "null"),
        ];
        for (value, expected) in cases {
            assert_eq!(written(value, false), expected);
        }
        assert_eq!((written(1.0, true), written(0.5, true), written(1e21, true)), ("1.0".into(), "0.5".into(), "1e+21".into()));
        for value in [0, 7, -7, i64::MAX, i64::MIN] {
            let mut out = String::new();
            super::signed(value, &mut out);
            assert_eq!(out, value.to_string());
        }
    }
}
