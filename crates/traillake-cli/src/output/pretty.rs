//! JSON with each member on its line, for reading.
//!
//! Only blanks are added: numbers and the order of members stay as they were delivered. Letters that would steer a
//! terminal are written as JSON's escapes, which mean the same.

use serde::de::IgnoredAny;

use super::visible::is_hidden;

/// Whether a text is a JSON object or array.
pub(super) fn is_nested_json(text: &str) -> bool {
    text.trim_start().starts_with(['{', '[']) && serde_json::from_str::<IgnoredAny>(text).is_ok()
}

/// A JSON text with each member on its line. What is no JSON comes out with its letters in order.
pub(crate) fn pretty(json: &str) -> String {
    let mut text = String::with_capacity(json.len() * 2);
    let mut depth = 0_usize;
    let mut letters = json.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '"' => {
                text.push('"');
                string(&mut letters, &mut text);
            }
            '{' | '[' => {
                while letters.next_if(|next| next.is_ascii_whitespace()).is_some() {}
                text.push(letter);
                match letters.next_if(|next| matches!(next, '}' | ']')) {
                    Some(close) => text.push(close),
                    None => {
                        depth += 1;
                        line(depth, &mut text);
                    }
                }
            }
            '}' | ']' => {
                depth = depth.saturating_sub(1);
                line(depth, &mut text);
                text.push(letter);
            }
            ',' => {
                text.push(',');
                line(depth, &mut text);
            }
            ':' => text.push_str(": "),
            blank if blank.is_ascii_whitespace() => {}
            other => push(other, &mut text),
        }
    }
    text
}

/// The rest of a string, its closing quote included.
fn string(letters: &mut impl Iterator<Item = char>, text: &mut String) {
    while let Some(letter) = letters.next() {
        push(letter, text);
        match letter {
            '"' => return,
            '\\' => letters.next().into_iter().for_each(|escaped| push(escaped, text)),
            _ => {}
        }
    }
}

fn push(letter: char, text: &mut String) {
    match is_hidden(letter) {
        true => letter.encode_utf16(&mut [0; 2]).iter().for_each(|unit| text.push_str(&format!("\\u{unit:04x}"))),
        false => text.push(letter),
    }
}

fn line(depth: usize, text: &mut String) {
    text.push('\n');
    text.push_str(&"  ".repeat(depth));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_blanks_are_added() {
        let json = r#"{"b":1.10,"a":[1,{"x":null}],"e":{},"f":[ ],"s":"a, b: \"{c}\" \\"}"#;
        let text = pretty(json);
        assert_eq!(
            text,
            "{\n  \"b\": 1.10,\n  \"a\": [\n    1,\n    {\n      \"x\": null\n    }\n  ],\n  \"e\": {},\n  \"f\": [],\n  \
             \"s\": \"a, b: \\\"{c}\\\" \\\\\"\n}"
        );
        let values = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap();
        assert_eq!(values(&text), values(json));
    }

    #[test]
    fn what_would_steer_a_terminal_is_escaped_and_means_the_same() {
        let json = "{\"a\":\"x\u{202e}y\u{9b}\"}";
        let text = pretty(json);
        assert!(text.contains(r"x\u202ey\u009b"), "{text}");
        let values = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap();
        assert_eq!(values(&text), values(json));
    }

    #[test]
    fn broken_json_is_shown_as_far_as_it_goes() {
        for (broken, letters) in [("{\"a\":", "{\"a\":"), ("]]]", "]]]"), ("\"\\", "\"\\"), ("", ""), ("{{{", "{{{")] {
            assert_eq!(pretty(broken).split_whitespace().collect::<String>(), letters);
        }
    }
}
