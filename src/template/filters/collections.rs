//! Filters of lists and maps.

use minijinja::value::{Kwargs, Rest, Value, ValueKind};
use minijinja::{Environment, Error};

use super::{flag, invalid, name_list};

pub fn add(env: &mut Environment<'static>) {
    env.add_filter("keys", |map: &Value| {
        Ok::<_, Error>(Value::from(pairs(map, "keys")?.into_iter().map(|(key, _)| key).collect::<Vec<_>>()))
    });
    env.add_filter("values", |map: &Value| {
        Ok::<_, Error>(Value::from(pairs(map, "values")?.into_iter().map(|(_, value)| value).collect::<Vec<_>>()))
    });
    env.add_filter("pick", |map: &Value, names: Rest<Value>| {
        let names = name_list(&names)?;
        let all = pairs(map, "pick")?;
        let named = |name: &String| all.iter().find(|(key, _)| key.as_str() == Some(name)).cloned();
        Ok::<_, Error>(Value::from_pairs(names.iter().filter_map(named)))
    });
    env.add_filter("omit", |map: &Value, names: Rest<Value>| {
        let names = name_list(&names)?;
        let keep = |(key, _): &(Value, Value)| !key.as_str().is_some_and(|key| names.iter().any(|name| name == key));
        Ok::<_, Error>(Value::from_pairs(pairs(map, "omit")?.into_iter().filter(keep)))
    });
    env.add_filter("merge", |map: &Value, others: Rest<Value>, kwargs: Kwargs| {
        let deep = flag(&kwargs, "deep")?;
        kwargs.assert_all_used()?;
        let mut out = pairs(map, "merge")?;
        for other in others.iter().filter(|other| !other.is_none()) {
            // A list of maps is all of them.
            let maps = if matches!(other.kind(), ValueKind::Seq | ValueKind::Iterable) { items(other)? } else { vec![other.clone()] };
            for map in maps {
                out = merge(out, pairs(&map, "merge")?, deep, 0)?;
            }
        }
        Ok::<_, Error>(Value::from_pairs(out))
    });
    env.add_filter("union", |list: &Value, other: &Value| {
        let mut out = Vec::new();
        for item in items(list)?.into_iter().chain(items(other)?) {
            if !out.contains(&item) {
                out.push(item);
            }
        }
        Ok::<_, Error>(out)
    });
    env.add_filter("intersect", |list: &Value, other: &Value| {
        let other = items(other)?;
        Ok::<_, Error>(items(list)?.into_iter().filter(|item| other.contains(item)).collect::<Vec<_>>())
    });
    env.add_filter("difference", |list: &Value, other: &Value| {
        let other = items(other)?;
        Ok::<_, Error>(items(list)?.into_iter().filter(|item| !other.contains(item)).collect::<Vec<_>>())
    });
}

/// The entries of a map, in order.
fn pairs(map: &Value, filter: &str) -> Result<Vec<(Value, Value)>, Error> {
    if map.kind() != ValueKind::Map {
        return Err(invalid(format!("`{filter}` needs a map, not a {}", map.kind())));
    }
    map.try_iter()?.map(|key| Ok((key.clone(), map.get_item(&key)?))).collect()
}

fn items(list: &Value) -> Result<Vec<Value>, Error> {
    match list.kind() {
        ValueKind::Seq | ValueKind::Iterable => Ok(list.try_iter()?.collect()),
        kind => Err(invalid(format!("a list is needed, not a {kind}"))),
    }
}

fn merge(mut base: Vec<(Value, Value)>, over: Vec<(Value, Value)>, deep: bool, depth: usize) -> Result<Vec<(Value, Value)>, Error> {
    if depth > super::bounds::DEPTH {
        return Err(invalid("the maps nest too deeply"));
    }
    for (key, value) in over {
        match base.iter_mut().find(|(other, _)| *other == key) {
            Some((_, old)) if deep && old.kind() == ValueKind::Map && value.kind() == ValueKind::Map => {
                *old = Value::from_pairs(merge(pairs(old, "merge")?, pairs(&value, "merge")?, deep, depth + 1)?);
            }
            Some((_, old)) => *old = value,
            None => base.push((key, value)),
        }
    }
    Ok(base)
}
