//! Text with holes: JSON that reads as the record it becomes, with `<name>` where a value goes.

/// Fills the holes of a JSON template and takes out the layout white space.
///
/// A hole is `<` followed by letters, digits and `.:#-` up to `>`. `value` is asked once per hole, in order, and
/// what it answers is escaped as the inside of a JSON string, which leaves numbers and booleans as they are.
pub(crate) fn fill(template: &str, mut value: impl FnMut(&str) -> String) -> String {
    let mut text = String::with_capacity(template.len() * 2);
    let mut in_string = false;
    let mut rest = template;
    while let Some(first) = rest.chars().next() {
        if let Some((hole, after)) = hole(rest) {
            text.push_str(&escaped(&value(hole)));
            rest = after;
            continue;
        }
        match first {
            '\\' => {
                // An escape is two characters; the second may be a quote that does not end the string.
                let width = 1 + rest[1..].chars().next().map_or(0, char::len_utf8);
                text.push_str(&rest[..width]);
                rest = &rest[width..];
                continue;
            }
            '"' => {
                in_string = !in_string;
                text.push(first);
            }
            _ if first.is_whitespace() && !in_string => {}
            _ => text.push(first),
        }
        rest = &rest[first.len_utf8()..];
    }
    text
}

/// The text as it stands between the quotes of a JSON string.
pub(crate) fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '"' => escaped.push_str("\\\""),
            '\\' => escaped.push_str("\\\\"),
            '\n' => escaped.push_str("\\n"),
            '\r' => escaped.push_str("\\r"),
            '\t' => escaped.push_str("\\t"),
            '\u{0}'..='\u{1f}' => escaped.push_str(&format!("\\u{:04x}", u32::from(character))),
            _ => escaped.push(character),
        }
    }
    escaped
}

/// The JSON object being written, member by member, in the order CloudTrail writes them.
#[derive(Debug)]
pub(crate) struct Object {
    text: String,
}

impl Object {
    pub(crate) fn new() -> Self {
        Self { text: "{".into() }
    }

    /// A member whose value is already JSON.
    pub(crate) fn json(&mut self, name: &str, json: &str) -> &mut Self {
        if self.text.len() > 1 {
            self.text.push(',');
        }
        self.text.push_str(&format!("\"{name}\":{json}"));
        self
    }

    pub(crate) fn string(&mut self, name: &str, value: &str) -> &mut Self {
        self.json(name, &format!("\"{}\"", escaped(value)))
    }

    pub(crate) fn boolean(&mut self, name: &str, value: bool) -> &mut Self {
        self.json(name, if value { "true" } else { "false" })
    }

    pub(crate) fn finish(mut self) -> String {
        self.text.push('}');
        self.text
    }
}

fn hole(text: &str) -> Option<(&str, &str)> {
    let (name, after) = text.strip_prefix('<')?.split_once('>')?;
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b".:#-".contains(&byte);
    (!name.is_empty() && name.bytes().all(fits)).then_some((name, after))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn layout_goes_and_strings_stay() {
        let filled = fill("{ \"a b\" : [ 1,\n  2 ], \"c\": \"d \\\" <e> f\" }", |name| format!("{name} \"\n"));
        assert_eq!(filled, r#"{"a b":[1,2],"c":"d \" e \"\n f"}"#);
    }

    #[test]
    fn a_lone_angle_is_text() {
        assert_eq!(fill("\"<none of it> < 3\"", |_| "x".into()), "\"<none of it> < 3\"");
    }

    #[test]
    fn members_stand_in_the_order_written() {
        let mut object = Object::new();
        object.string("b", "x\ty").boolean("a", true).json("c", "null");
        assert_eq!(object.finish(), r#"{"b":"x\ty","a":true,"c":null}"#);
    }
}
