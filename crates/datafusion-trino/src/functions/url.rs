//! Functions over URLs, which are read as RFC 2396 has it. What is no URL gives NULL, a part that is
//! missing the empty text.

mod uri;

use arrow::array::{ArrayRef, Int64Array, StringArray};
use arrow::datatypes::{DataType, FieldRef};
use datafusion::common::{Result, exec_datafusion_err};

use super::scalar::{Call, Coerce, Function, Kind, Returns, fit, nullable};
use uri::{Uri, unescape};

const T: Kind = Kind::Text;

pub(crate) fn functions() -> Vec<Function> {
    let text: Returns = |_: &[FieldRef]| nullable(DataType::Utf8);
    let bigint: Returns = |_: &[FieldRef]| nullable(DataType::Int64);
    let one: Coerce = |n, t| fit(n, t, &[&[T]]);
    vec![
        Function::new("url_decode", one, text, decode),
        Function::new("url_encode", one, text, encode),
        Function::new("url_extract_fragment", one, text, |call| part(call, |uri| uri.fragment.map(unescape))),
        Function::new("url_extract_host", one, text, |call| part(call, |uri| uri.host.map(str::to_owned))),
        Function::new("url_extract_parameter", |n, t| fit(n, t, &[&[T, T]]), text, parameter),
        Function::new("url_extract_path", one, text, |call| part(call, |uri| uri.path.map(unescape))),
        Function::new("url_extract_port", one, bigint, port),
        Function::new("url_extract_protocol", one, text, |call| part(call, |uri| uri.scheme.map(str::to_owned))),
        Function::new("url_extract_query", one, text, |call| part(call, |uri| uri.query.map(unescape))),
    ]
}

fn part(call: &Call, part: impl Fn(&Uri) -> Option<String>) -> Result<ArrayRef> {
    call.rows::<_, StringArray>(|row| Ok(Uri::parse(call.text(0).value(row)).map(|uri| part(&uri).unwrap_or_default())))
}

fn port(call: &Call) -> Result<ArrayRef> {
    call.rows::<_, Int64Array>(|row| Ok(Uri::parse(call.text(0).value(row)).and_then(|uri| uri.port).map(i64::from)))
}

/// The value of the first parameter of a name; the empty text for one without value.
fn parameter(call: &Call) -> Result<ArrayRef> {
    call.rows::<_, StringArray>(|row| {
        let Some(query) = Uri::parse(call.text(0).value(row)).and_then(|uri| uri.query) else { return Ok(None) };
        let name = call.text(1).value(row);
        let mut parameters = query.split('&').map(|entry| entry.split_once('=').unwrap_or((entry, "")));
        parameters.find(|(known, _)| *known == name).map(|(_, value)| form_decoded(value)).transpose()
    })
}

fn decode(call: &Call) -> Result<ArrayRef> {
    call.rows::<_, StringArray>(|row| form_decoded(call.text(0).value(row)).map(Some))
}

/// `a+b%21` is `a b!`.
fn form_decoded(text: &str) -> Result<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => {
                let mut digit = || rest.next().and_then(|digit| char::from(digit).to_digit(16));
                let code = digit().and_then(|high| Some(high * 16 + digit()?));
                code.ok_or_else(|| exec_datafusion_err!("Illegal % escape in '{text}': two hex digits must follow"))?
                    as u8
            }
            other => other,
        });
    }
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn encode(call: &Call) -> Result<ArrayRef> {
    call.rows::<_, StringArray>(|row| {
        let mut text = String::new();
        for byte in call.text(0).value(row).bytes() {
            match byte {
                b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' | b'-' | b'_' | b'.' | b'*' => text.push(char::from(byte)),
                b' ' => text.push('+'),
                other => text.push_str(&format!("%{other:02X}")),
            }
        }
        Ok(Some(text))
    })
}
