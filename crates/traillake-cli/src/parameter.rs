//! Values for the parameters of a query, as they are typed.

use std::convert::Infallible;
use std::str::FromStr;

use traillake::{ParameterValue, Parameters};

/// What `--param` takes: `name=value`, or a value for the next `?`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Parameter {
    name: Option<String>,
    value: ParameterValue,
}

impl FromStr for Parameter {
    type Err = Infallible;

    fn from_str(typed: &str) -> Result<Self, Infallible> {
        Ok(match typed.split_once('=').filter(|(name, _)| is_name(name)) {
            Some((name, text)) => Parameter { name: Some(name.to_owned()), value: value(text) },
            None => Parameter { name: None, value: value(typed) },
        })
    }
}

/// Whether a text can stand behind the colon of a parameter.
pub(crate) fn is_name(text: &str) -> bool {
    text.starts_with(|letter: char| letter.is_alphabetic() || letter == '_')
        && text.chars().all(|letter| letter.is_alphanumeric() || letter == '_')
}

/// The value of a text: quoted it is that text, `NULL` is NULL, and the rest depends on where it stands.
pub(crate) fn value(text: &str) -> ParameterValue {
    match text.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\'')) {
        Some(quoted) => ParameterValue::Text(quoted.replace("''", "'")),
        None if text.eq_ignore_ascii_case("null") => ParameterValue::Null,
        None => ParameterValue::Untyped(text.to_owned()),
    }
}

/// A value as it may be typed again.
pub(crate) fn shown(value: &ParameterValue) -> String {
    match value {
        ParameterValue::Text(text) => format!("'{}'", text.replace('\'', "''")),
        ParameterValue::Untyped(text) => text.clone(),
        _ => "NULL".to_owned(),
    }
}

/// All of them, in the order they were typed.
pub(crate) fn parameters(typed: &[Parameter]) -> Parameters {
    typed.iter().fold(Parameters::new(), |parameters, Parameter { name, value }| match name {
        Some(name) => parameters.with_named(name, value.clone()),
        None => parameters.with(value.clone()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_told_from_a_value_with_an_equals_sign() {
        let text = |text: &str| ParameterValue::Text(text.to_owned());
        let untyped = |text: &str| ParameterValue::Untyped(text.to_owned());
        for (typed, name, value) in [
            ("user=ana", Some("user"), untyped("ana")),
            ("n=5", Some("n"), untyped("5")),
            ("n='5'", Some("n"), text("5")),
            ("n='it''s'", Some("n"), text("it's")),
            ("n=", Some("n"), untyped("")),
            ("n=null", Some("n"), ParameterValue::Null),
            ("5", None, untyped("5")),
            ("'a=b'", None, text("a=b")),
            ("2024-01-01=x", None, untyped("2024-01-01=x")),
            ("n=a=b", Some("n"), untyped("a=b")),
        ] {
            assert_eq!(typed.parse(), Ok(Parameter { name: name.map(str::to_owned), value }), "{typed}");
        }
    }
}
