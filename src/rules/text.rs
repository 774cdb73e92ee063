//! `find`, and the named formats of the Kubernetes CEL library.

use cel::common::functions::Function;
use cel::common::types::{CelBool, CelList, CelOptional, CelString, STRING_TYPE};
use cel::common::value::{CowVal, Val};
use cel::{DeclarationError, Env, ExecutionError};

use super::functions::failed;
use crate::shape::Format;

/// Adds the functions to an environment.
pub(super) fn add_to(env: &mut Env) -> Result<(), DeclarationError> {
    cel::add_member_overload!(env, fn find: (CelString, CelString) -> Result<CelString>)?;
    cel::add_member_overload!(env, fn find_all: (CelString, CelString) -> Result<CelList>)?;
    // A named format is its name.
    for (name, _, format) in FORMATS {
        env.add_overload(name, &format!("{name}()"), vec![], *format)?;
    }
    env.add_member_overload("validate", "string.validate(string)", STRING_TYPE, vec![STRING_TYPE], validate)?;
    cel::add_overload!(env, fn is_semver: (CelString) -> CelBool, name = "isSemver")?;
    Ok(())
}

/// The first part of a text that a pattern matches; empty if none does.
fn find(text: &CelString<'_>, pattern: &CelString<'_>) -> Result<CelString<'static>, ExecutionError> {
    let regex = regex::Regex::new(pattern.inner()).map_err(|_| failed("find", format!("`{}` is no pattern", pattern.inner())))?;
    Ok(regex.find(text.inner()).map_or("", |found| found.as_str()).to_owned().into())
}

/// All parts of a text that a pattern matches.
fn find_all(text: &CelString<'_>, pattern: &CelString<'_>) -> Result<CelList<'static>, ExecutionError> {
    let regex = regex::Regex::new(pattern.inner()).map_err(|_| failed("findAll", format!("`{}` is no pattern", pattern.inner())))?;
    let found = regex.find_iter(text.inner()).map(|found| Box::new(CelString::from(found.as_str().to_owned())) as Box<dyn Val>);
    Ok(found.collect::<Vec<_>>().into())
}

macro_rules! formats {
    ($($name:literal = $format:ident;)*) => {
        /// The named formats, with the functions that give them.
        const FORMATS: &[(&str, Format, Function)] = &[$((concat!("format.", $name), Format::$format, |_| {
            Ok(CowVal::owned(CelString::from(concat!("format.", $name))))
        })),*];
    };
}

formats! {
    "byte" = Byte;
    "date" = Date;
    "datetime" = DateTime;
    "dns1035Label" = DnsLabel;
    "dns1123Label" = DnsLabel;
    "dns1123Subdomain" = DnsName;
    "labelValue" = LabelValue;
    "qualifiedName" = LabelKey;
    "uri" = Uri;
    "uuid" = Uuid;
}

/// What is wrong with a text of a format; nothing, if nothing is.
fn validate<'b, 'v>(args: Vec<CowVal<'b, 'v>>) -> Result<CowVal<'b, 'v>, ExecutionError> {
    let text = |index: usize| args.get(index).and_then(|value| value.downcast_ref::<CelString>()).map(|text| text.inner().to_owned());
    let (Some(name), Some(text)) = (text(0), text(1)) else { return Err(failed("validate", "it takes text".to_owned())) };
    let known = FORMATS.iter().find(|(known, ..)| *known == name);
    let (_, format, _) = known.ok_or_else(|| failed("validate", format!("`{name}` is no format")))?;
    let strict = name.ends_with("dns1035Label") && text.starts_with(|char: char| char.is_ascii_digit());
    if format.takes_text(&text) && !strict {
        return Ok(CowVal::owned(CelOptional::none()));
    }
    let problems: Vec<Box<dyn Val>> = vec![Box::new(CelString::from(format!("must be {}", format.wanted())))];
    Ok(CowVal::owned(CelOptional::of(Box::new(CelList::from(problems)))))
}

fn is_semver(text: &CelString<'_>) -> CelBool {
    CelBool::from(Format::Semver.takes_text(text.inner()))
}
