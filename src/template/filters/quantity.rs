//! Kubernetes quantities: `500m`, `2Gi`, `1e3`.

use minijinja::value::Value;
use minijinja::{Environment, Error};

use super::invalid;

/// Suffixes and their factors, in thousandths.
const SUFFIXES: &[(&str, i128)] = &[
    ("Ki", 1024 * 1000),
    ("Mi", 1024i128.pow(2) * 1000),
    ("Gi", 1024i128.pow(3) * 1000),
    ("Ti", 1024i128.pow(4) * 1000),
    ("Pi", 1024i128.pow(5) * 1000),
    ("Ei", 1024i128.pow(6) * 1000),
    ("m", 1),
    ("k", 1_000_000),
    ("M", 1_000_000_000),
    ("G", 1_000_000_000_000),
    ("T", 1_000_000_000_000_000),
    ("P", 1_000_000_000_000_000_000),
    ("E", 1_000_000_000_000_000_000_000),
];

pub fn add(env: &mut Environment<'static>) {
    // The amount: an integer where it is whole, in cores or bytes.
    env.add_filter("quantity", |value: &Value| {
        let thousandths = match value.as_str() {
            Some(text) => thousandths(text).ok_or_else(|| invalid(format!("`{text}` is no quantity")))?,
            None => {
                let number = f64::try_from(value.clone()).map_err(|_| invalid("a quantity is text or a number"))?;
                (number * 1000.0).round() as i128
            }
        };
        Ok::<_, Error>(match (thousandths % 1000, i64::try_from(thousandths / 1000)) {
            (0, Ok(whole)) => Value::from(whole),
            _ => Value::from(thousandths as f64 / 1000.0),
        })
    });
    // The shortest way to write an amount: `1536Mi`, `250m`. The unit may be asked for: `to_quantity('Mi')` rounds up.
    env.add_filter("to_quantity", |value: &Value, unit: Option<&str>| {
        let number = f64::try_from(value.clone()).map_err(|_| invalid("`to_quantity` needs a number"))?;
        let exact = i64::try_from(value.clone()).map_or_else(|_| (number * 1000.0).round() as i128, |whole| i128::from(whole) * 1000);
        match unit {
            Some(unit) => {
                let factor = factor(unit).ok_or_else(|| invalid(format!("`{unit}` is no unit of quantities")))?;
                Ok::<_, Error>(format!("{}{unit}", exact.div_euclid(factor) + i128::from(exact.rem_euclid(factor) != 0)))
            }
            None => Ok(written(exact)),
        }
    });
}

fn factor(unit: &str) -> Option<i128> {
    SUFFIXES.iter().find(|(suffix, _)| *suffix == unit).map(|(_, factor)| *factor)
}

/// A quantity in thousandths, rounded up as Kubernetes does.
fn thousandths(text: &str) -> Option<i128> {
    let text = text.trim();
    let (number, factor) = match SUFFIXES.iter().find(|(suffix, _)| text.ends_with(suffix)) {
        Some((suffix, factor)) => (&text[..text.len() - suffix.len()], *factor),
        None => (text, 1000),
    };
    if number.contains(['e', 'E']) {
        let number: f64 = number.parse().ok()?;
        return number.is_finite().then_some((number * factor as f64).ceil() as i128);
    }
    let (sign, digits) = match number.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, number.strip_prefix('+').unwrap_or(number)),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let plain = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if (whole.is_empty() && fraction.is_empty()) || !plain(whole) || !plain(fraction) || whole.len() + fraction.len() > 18 {
        return None;
    }
    let scale = 10i128.pow(fraction.len() as u32);
    let value: i128 = format!("{whole}{fraction}").parse().ok()?;
    let product = value.checked_mul(factor)?;
    Some(sign * (product / scale + i128::from(product % scale != 0)))
}

/// The shortest exact form.
fn written(thousandths: i128) -> String {
    if thousandths % 1000 != 0 {
        return format!("{thousandths}m");
    }
    let binary = ["Ei", "Pi", "Ti", "Gi", "Mi", "Ki"];
    let exact =
        binary.iter().find_map(|unit| factor(unit).filter(|factor| thousandths != 0 && thousandths % factor == 0).map(|f| (unit, f)));
    match exact {
        Some((unit, factor)) => format!("{}{unit}", thousandths / factor),
        None => format!("{}", thousandths / 1000),
    }
}

#[cfg(test)]
mod tests {
    use super::{thousandths, written};

    #[test]
    fn quantities_are_read_and_written_as_kubernetes_does() {
        for (text, value) in [("1", 1000), ("500m", 500), ("1.5", 1500), ("2Ki", 2_048_000), ("1e3", 1_000_000), ("0.5Gi", 536_870_912_000)]
        {
            assert_eq!(thousandths(text), Some(value), "{text}");
        }
        assert_eq!(thousandths("0.0001"), Some(1), "rounded up");
        for text in ["", "Gi", "1x", "1.2.3", "m", "--1"] {
            assert_eq!(thousandths(text), None, "{text}");
        }
        for (value, text) in [(1000, "1"), (250, "250m"), (1_572_864_000, "1536Ki"), (3_000_000, "3000"), (0, "0")] {
            assert_eq!(written(value), text);
        }
    }
}
