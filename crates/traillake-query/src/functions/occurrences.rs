//! Where in a record a text occurs.

use std::fmt::Write;
use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanBuilder, ListBuilder, StringViewArray, StringViewBuilder};
use arrow::datatypes::{DataType, Field};
use datafusion::common::{Result, exec_err, plan_err};
use datafusion::logical_expr::{ColumnarValue, ScalarFunctionArgs, ScalarUDFImpl, Signature, Volatility};
use datafusion_trino::{Function, FunctionKind};
use traillake_event::json::{Cursor, Kind, Value};

use super::{text_argument, text_at};

/// `occurs(json, text, …)` and `occurrences(json, text, …)`: whether a value of a JSON text holds one of some texts, and
/// the paths of all values that do.
///
/// A text occurs where it is a value, or stands in one with neither a letter nor a digit beside it: `alice` in
/// `arn:aws:iam::123456789012:user/alice`, not in `malice`. Letter case counts. Values are strings, numbers and
/// booleans; keys are none. Paths are those of `json_extract`. What is no JSON is a value itself, its path `$`.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(crate) struct Occurrences {
    paths: bool,
    signature: Signature,
}

impl Occurrences {
    /// The name of the one that is a condition.
    pub(crate) const CONDITION: &str = "occurs";
    const PATHS: &str = "occurrences";

    /// Both, as a person looks them up.
    pub(crate) const LISTED: [Function; 2] = [
        Function {
            name: Self::CONDITION,
            kind: FunctionKind::Scalar,
            signatures: &["occurs(json, text[, ...]) -> boolean"],
            about: "whether any value in JSON holds one of some texts",
        },
        Function {
            name: Self::PATHS,
            kind: FunctionKind::Scalar,
            signatures: &["occurrences(json, text[, ...]) -> array(varchar)"],
            about: "the paths of all values in JSON that hold one of some texts",
        },
    ];

    pub(crate) fn condition() -> Self {
        Self { paths: false, signature: Signature::variadic_any(Volatility::Immutable) }
    }

    pub(crate) fn paths() -> Self {
        Self { paths: true, signature: Signature::variadic_any(Volatility::Immutable) }
    }
}

impl ScalarUDFImpl for Occurrences {
    fn name(&self) -> &str {
        if self.paths { Self::PATHS } else { Self::CONDITION }
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, types: &[DataType]) -> Result<DataType> {
        if types.len() < 2 || !types.iter().all(|given| given.is_string() || given.is_null()) {
            return plan_err!("{} wants a text and one or more texts to be found in it", self.name());
        }
        Ok(match self.paths {
            true => DataType::List(Arc::new(Field::new_list_field(DataType::Utf8View, true))),
            false => DataType::Boolean,
        })
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let rows = args.number_rows;
        let Some((json, sought)) = args.args.split_first() else { return exec_err!("{} wants arguments", self.name()) };
        let json = text_argument(json, rows)?;
        let sought = sought.iter().map(|text| text_argument(text, rows)).collect::<Result<Vec<_>>>()?;
        let given = |row: usize| sought.iter().map(move |texts: &StringViewArray| text_at(texts, row)).collect();
        let array: ArrayRef = if self.paths {
            let mut lists = ListBuilder::new(StringViewBuilder::new());
            for row in 0..rows {
                let texts: Option<Vec<&str>> = given(row);
                let (Some(json), Some(texts)) = (text_at(&json, row), texts) else {
                    lists.append_null();
                    continue;
                };
                each(json, &texts, |path| {
                    lists.values().append_value(path);
                    true
                });
                lists.append(true);
            }
            Arc::new(lists.finish())
        } else {
            let mut found = BooleanBuilder::with_capacity(rows);
            for row in 0..rows {
                let texts: Option<Vec<&str>> = given(row);
                found.append_option(text_at(&json, row).zip(texts).map(|(json, texts)| {
                    let mut any = false;
                    each(json, &texts, |_| {
                        any = true;
                        false
                    });
                    any
                }));
            }
            Arc::new(found.finish())
        };
        Ok(ColumnarValue::Array(array))
    }
}

/// Calls `found` with the path of each value of a JSON text that holds one of some texts, until it is enough.
fn each(json: &str, texts: &[&str], mut found: impl FnMut(&str) -> bool) {
    // Text that is written without escapes stands there as it is.
    if !json.contains('\\') && !texts.iter().any(|text| json.contains(text)) {
        return;
    }
    let holds = |value: &str| texts.iter().any(|text| is_word_of(text, value));
    let mut walk = Walk { cursor: Cursor::new(json), path: "$".to_owned(), frames: Vec::new() };
    if walk.cursor.value().is_err() || !walk.cursor.at_end() {
        if holds(json) {
            found("$");
        }
        return;
    }
    walk.cursor.seek(0);
    while let Some(value) = walk.next() {
        if value.map_text().is_some_and(|text| holds(&text)) && !found(&walk.path) {
            return;
        }
    }
}

/// The scalars of a JSON text that is known to be one, with their paths.
struct Walk<'a> {
    cursor: Cursor<'a>,
    path: String,
    /// Of each container around: what is left of it, and how long its path is.
    frames: Vec<(Left, usize)>,
}

enum Left {
    Members(traillake_event::json::Members),
    Elements(traillake_event::json::Elements, usize),
}

impl<'a> Walk<'a> {
    fn next(&mut self) -> Option<Value<'a>> {
        // The text as a whole is one value.
        let mut is_first = self.frames.is_empty() && self.cursor.offset() == 0;
        loop {
            if !is_first && !self.step()? {
                continue;
            }
            is_first = false;
            let left = match self.cursor.kind().ok()? {
                Kind::Object => Left::Members(self.cursor.members().ok()?),
                Kind::Array => Left::Elements(self.cursor.elements().ok()?, 0),
                _ => return self.cursor.value().ok(),
            };
            self.frames.push((left, self.path.len()));
        }
    }

    /// Moves to the next value of the innermost container; `false` when it has none left, `None` at the end.
    fn step(&mut self) -> Option<bool> {
        let (left, length) = self.frames.last_mut()?;
        self.path.truncate(*length);
        let there = match left {
            Left::Members(members) => match members.next(&mut self.cursor).ok()? {
                Some(key) => {
                    push_key(&mut self.path, &key.as_text().unwrap_or_default());
                    true
                }
                None => false,
            },
            Left::Elements(elements, place) => {
                let there = elements.next(&mut self.cursor).ok()?;
                if there {
                    // Writing to a `String` cannot fail.
                    let _ = write!(self.path, "[{place}]");
                    *place += 1;
                }
                there
            }
        };
        if !there {
            self.frames.pop();
        }
        Some(there)
    }
}

fn push_key(path: &mut String, key: &str) {
    let is_plain = !key.is_empty() && key.chars().all(|char| char.is_ascii_alphanumeric() || char == '_');
    if is_plain {
        path.push('.');
        path.push_str(key);
    } else {
        path.push_str("[\"");
        path.push_str(&key.replace('\\', "\\\\").replace('"', "\\\""));
        path.push_str("\"]");
    }
}

/// Whether a text stands in a value with neither a letter nor a digit beside it.
fn is_word_of(text: &str, value: &str) -> bool {
    if text.is_empty() {
        return value.is_empty();
    }
    // One that stands alone may begin within one that does not.
    let mut from = 0;
    while let Some(at) = value[from..].find(text).map(|at| from + at) {
        let before = value[..at].chars().next_back();
        let after = value[at + text.len()..].chars().next();
        if ![before, after].into_iter().flatten().any(char::is_alphanumeric) {
            return true;
        }
        from = at + value[at..].chars().next().map_or(1, char::len_utf8);
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(json: &str, text: &str) -> Vec<String> {
        let mut paths = Vec::new();
        each(json, &[text], |path| {
            paths.push(path.to_owned());
            true
        });
        paths
    }

    #[test]
    fn a_text_is_found_in_every_depth() {
        let json = r#"{"a":"x-1","b":[{"c d":"x"},["y","x"]],"x":{"n":1.50,"t":true,"e":"\u0078"},"z":"xx"}"#;
        assert_eq!(paths(json, "x"), ["$.a", "$.b[0][\"c d\"]", "$.b[1][1]", "$.x.e"]);
        assert_eq!(paths(json, "1.50"), ["$.x.n"]);
        assert_eq!(paths(json, "true"), ["$.x.t"]);
        assert_eq!(paths(json, "c d"), [""; 0]);
        assert_eq!(paths("alice in chains", "alice"), ["$"]);
        assert_eq!(paths("\"alice\"", "alice"), ["$"]);
        assert_eq!(paths("malice", "alice"), [""; 0]);
    }

    #[test]
    fn words_have_neither_letters_nor_digits_beside_them() {
        for (value, is_there) in [
            ("alice", true),
            ("user/alice", true),
            ("malice alice", true),
            ("\u{e9}alice", false),
            ("alice2", false),
            ("alic", false),
        ] {
            assert_eq!(is_word_of("alice", value), is_there, "{value}");
        }
        assert!(is_word_of("1.1", "21.1.1") && is_word_of("10.0.0.1", "z10.0.0.10.0.0.1"));
        assert!(is_word_of("", "") && !is_word_of("", "x"));
    }

    #[test]
    fn deep_texts_take_no_stack() {
        let json = format!("{}\"x\"{}", "[".repeat(400), "]".repeat(400));
        assert_eq!(paths(&json, "x"), [format!("${}", "[0]".repeat(400))]);
    }
}
