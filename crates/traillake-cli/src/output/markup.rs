//! Text within HTML and SVG.

use super::visible::visible_lines;

/// A text that markup cannot be made of, in an element or an attribute. Lines stay lines; what would steer a reader, or
/// may not stand in XML, is written out.
pub(crate) fn escaped(text: &str) -> String {
    let text = visible_lines(text);
    let mut safe = String::with_capacity(text.len() + 16);
    for letter in text.chars() {
        match letter {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            '\u{fffe}' | '\u{ffff}' => safe.extend(letter.escape_unicode()),
            letter => safe.push(letter),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::escaped;

    #[test]
    fn no_text_becomes_markup() {
        assert_eq!(
            escaped("<script>&'\"</script>\n\u{202e}\u{0}"),
            concat!("&lt;script&gt;&amp;&#39;&quot;&lt;/script&gt;\n", "\\u{202e}\\u{0}")
        );
        for code in 0..=0xffff_u32 {
            let Some(letter) = char::from_u32(code) else { continue };
            let safe = escaped(&letter.to_string());
            assert!(!safe.contains(['<', '>', '"', '\'', '\u{fffe}', '\u{ffff}']), "{code:x}");
            assert!(safe.chars().all(|letter| !letter.is_control() || letter == '\n'), "{code:x}");
            assert!(!safe.contains('&') || safe.ends_with(';'), "{code:x}");
        }
    }
}
