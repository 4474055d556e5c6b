//! Names in little room.

use crate::output::{cut, visible, width};

/// A text, safe to be shown, in at most so many columns. What makes names different stands at both ends of them: the
/// middle gives way.
pub(super) fn shortened(text: &str, columns: usize) -> String {
    let text = visible(text);
    if width(&text) <= columns {
        return text.into_owned();
    }
    let head = cut(&text, columns / 3 + 1).into_owned();
    let room = columns.saturating_sub(width(&head));
    let mut tail = "";
    for (at, _) in text.char_indices().rev() {
        let longer = text.get(at..).unwrap_or_default();
        if width(longer) > room {
            break;
        }
        tail = longer;
    }
    format!("{head}{tail}")
}

#[cfg(test)]
mod tests {
    use super::shortened;

    #[test]
    fn both_ends_of_a_name_stay() {
        for (text, columns, expected) in [
            ("abcdefghij", 10, "abcdefghij"),
            ("abcdefghij", 9, "abc…fghij"),
            ("日本語日本語", 9, "日…日本語"),
            ("a\u{202e}b", 12, "a\\u{202e}b"),
        ] {
            assert_eq!(shortened(text, columns), expected);
        }
    }
}
