//! JSON over several lines, for reading.

/// The blanks of one level.
const INDENT: &str = "  ";

/// The text of a JSON object or array with a line for each member; `None` for anything else. Tokens stay as they are,
/// byte for byte: `1.0` remains `1.0`, and members keep their order.
pub(crate) fn indented(json: &str) -> Option<String> {
    let json = json.trim();
    if !json.starts_with(['{', '[']) || serde_json::from_str::<serde::de::IgnoredAny>(json).is_err() {
        return None;
    }
    let mut lines = Lines::default();
    let mut letters = json.char_indices().peekable();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '"' => {
                let end = end_of_string(&json[at..]);
                lines.text.push_str(&json[at..at + end]);
                while letters.next_if(|(next, _)| *next < at + end).is_some() {}
            }
            '{' | '[' => lines.open(letter),
            '}' | ']' => lines.close(letter),
            ',' => {
                lines.text.push(',');
                lines.next();
            }
            ':' => lines.text.push_str(": "),
            letter if letter.is_ascii_whitespace() => {}
            letter => lines.text.push(letter),
        }
    }
    Some(lines.text)
}

/// The bytes of the string that a text begins with, quotes included.
fn end_of_string(text: &str) -> usize {
    let mut is_escaped = false;
    for (at, byte) in text.bytes().enumerate().skip(1) {
        match byte {
            b'"' if !is_escaped => return at + 1,
            b'\\' => is_escaped = !is_escaped,
            _ => is_escaped = false,
        }
    }
    text.len()
}

#[derive(Default)]
struct Lines {
    text: String,
    level: usize,
}

impl Lines {
    fn next(&mut self) {
        self.text.push('\n');
        self.text.push_str(&INDENT.repeat(self.level));
    }

    fn open(&mut self, bracket: char) {
        self.text.push(bracket);
        self.level += 1;
        self.next();
    }

    /// An empty object or array stays on its line.
    fn close(&mut self, bracket: char) {
        self.level = self.level.saturating_sub(1);
        let content = self.text.trim_end().len();
        match self.text[..content].ends_with(['{', '[']) {
            true => self.text.truncate(content),
            false => self.next(),
        }
        self.text.push(bracket);
    }
}

#[cfg(test)]
mod tests {
    use super::indented;

    #[test]
    fn members_stand_on_lines_of_their_own() {
        let json = r#"{"a":1.0,"b":{"c":[],"d" : [true, null]},"e":"x, {y}: \"z\\"}"#;
        let lines = [
            "{",
            "  \"a\": 1.0,",
            "  \"b\": {",
            "    \"c\": [],",
            "    \"d\": [",
            "      true,",
            "      null",
            "    ]",
            "  },",
            "  \"e\": \"x, {y}: \\\"z\\\\\"",
            "}",
        ];
        assert_eq!(indented(json).unwrap(), lines.join("\n"));
        assert_eq!(indented(" { } ").unwrap(), "{}");
    }

    #[test]
    fn a_string_that_ends_with_a_bracket_is_no_empty_object() {
        assert_eq!(indented(r#"["{"]"#).unwrap(), "[\n  \"{\"\n]");
    }

    #[test]
    fn what_is_no_object_or_array_is_left_alone() {
        for text in ["", "12", "\"{}\"", "{", "{a=b}", "[1", "{} x"] {
            assert_eq!(indented(text), None, "{text}");
        }
    }
}
