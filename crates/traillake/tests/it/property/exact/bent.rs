//! Records bent out of the documented shape, at random, while their text stays what it is elsewhere.

use proptest::prelude::*;
use proptest::sample::Index;

/// One change of a record's text. Indexes pick the place; what cannot be done there is not done.
#[derive(Clone, Debug)]
pub(super) enum Bend {
    /// A value of another type.
    Retype(Index, &'static str),
    /// A member that nobody knows, at the front of an object.
    Extra(Index, &'static str),
    /// A member that is there twice, with two values.
    Twice(Index, &'static str),
    /// A member under another name.
    Rename(Index),
    /// White space between two tokens.
    Space(Index, &'static str),
    /// A character of a string, escaped though it need not be.
    Escape(Index, Index, bool),
    /// Something odd within a string.
    Odd(Index, Index, &'static str),
    /// A character taken away: mostly no JSON any more.
    Drop(Index),
    /// The rest taken away.
    Cut(Index),
    /// A byte that is no UTF-8.
    Byte(Index),
}

const VALUES: &[&str] = &[
    "0",
    "-1.50e-7",
    "1E400",
    "123456789012345678901234567890",
    "true",
    "false",
    "null",
    r#""""#,
    r#""text""#,
    "[]",
    "{}",
    r#"[1,{"a":null},[]]"#,
    r#"{"a":{"b":[1, "x"]},"c":null}"#,
    r#""2026-03-01T12:00:00Z""#,
    r#""2026-03-01T12:00:00.123Z""#,
    r#""2026-02-30T12:00:00Z""#,
    "1772366400",
    r#""true""#,
    r#""\u0000""#,
];

const ODD: &[&str] = &[
    r"\u0000",
    r"\ud83d\ude00",
    r"\ud800",
    r"\/",
    r"\b\f\n\r\t",
    "é",
    "😀",
    "\u{2028}",
    "\u{7f}",
    r#"\""#,
    r"\\",
    "\u{feff}",
];

/// Changes of one record; some of them break it when `broken`.
pub(super) fn bends(broken: bool) -> impl Strategy<Value = Vec<Bend>> {
    let value = || prop::sample::select(VALUES);
    let space: &[&str] = if broken { &[" ", "\t", "   "] } else { &[" ", "\t", "\n", "\r\n", " \n "] };
    let whole = prop_oneof![
        4 => (any::<Index>(), value()).prop_map(|(place, value)| Bend::Retype(place, value)),
        2 => (any::<Index>(), value()).prop_map(|(place, value)| Bend::Extra(place, value)),
        2 => (any::<Index>(), value()).prop_map(|(place, value)| Bend::Twice(place, value)),
        1 => any::<Index>().prop_map(Bend::Rename),
        3 => (any::<Index>(), prop::sample::select(space)).prop_map(|(place, space)| Bend::Space(place, space)),
        2 => (any::<Index>(), any::<Index>(), any::<bool>()).prop_map(|(place, at, upper)| Bend::Escape(place, at, upper)),
        2 => (any::<Index>(), any::<Index>(), prop::sample::select(ODD)).prop_map(|(place, at, odd)| Bend::Odd(place, at, odd)),
    ];
    let breaks = prop_oneof![
        2 => any::<Index>().prop_map(Bend::Drop),
        2 => any::<Index>().prop_map(Bend::Cut),
        1 => any::<Index>().prop_map(Bend::Byte),
    ];
    let last = prop::option::weighted(0.3, breaks);
    (prop::collection::vec(whole, 0..5), last).prop_map(move |(mut bends, last)| {
        // What breaks a record comes last: the others look for its tokens.
        bends.extend(last.filter(|_| broken));
        bends
    })
}

/// A piece of JSON text: a string, a number or word, or a bracket, colon or comma.
struct Token {
    start: usize,
    end: usize,
    is_key: bool,
}

/// The tokens of a JSON text.
fn tokens(text: &str) -> Vec<Token> {
    let bytes = text.as_bytes();
    let mut found: Vec<Token> = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let start = at;
        match bytes[at] {
            b' ' | b'\t' | b'\n' | b'\r' => {
                at += 1;
                continue;
            }
            b'"' => {
                at += 1;
                while at < bytes.len() && bytes[at] != b'"' {
                    at += if bytes[at] == b'\\' { 2 } else { 1 };
                }
                at += 1;
            }
            b'{' | b'}' | b'[' | b']' | b',' => at += 1,
            b':' => {
                at += 1;
                found.last_mut().unwrap().is_key = true;
            }
            _ => {
                while at < bytes.len() && !b"{}[],: \t\r\n".contains(&bytes[at]) {
                    at += 1;
                }
            }
        }
        found.push(Token { start, end: at, is_key: false });
    }
    found
}

fn pick<'a>(tokens: &'a [Token], place: &Index, wanted: impl Fn(&Token) -> bool) -> Option<&'a Token> {
    let fitting: Vec<&Token> = tokens.iter().filter(|token| wanted(token)).collect();
    (!fitting.is_empty()).then(|| *place.get(&fitting))
}

/// Where characters of a string can be put or taken, its escapes left whole: starts of characters, and its end.
fn seams(string: &str) -> Vec<usize> {
    let mut seams = Vec::new();
    let mut rest = string.char_indices().skip(1).peekable();
    while let Some((at, letter)) = rest.next() {
        seams.push(at);
        if letter == '\\' {
            let skipped = if rest.next().is_some_and(|(_, letter)| letter == 'u') { 4 } else { 0 };
            rest.by_ref().take(skipped).for_each(drop);
        }
    }
    seams
}

/// The record after its bends, as bytes.
pub(super) fn bend(record: &str, bends: &[Bend]) -> Vec<u8> {
    let mut text = record.to_owned();
    let mut broken = None;
    for bend in bends {
        broken = once(&mut text, bend);
    }
    broken.unwrap_or_else(|| text.into_bytes())
}

/// Applies one bend. Gives bytes when they are no text any more.
fn once(text: &mut String, bend: &Bend) -> Option<Vec<u8>> {
    let tokens = tokens(text);
    let of = |token: &Token| &text[token.start..token.end];
    let is_string = |token: &Token| of(token).starts_with('"');
    match bend {
        Bend::Retype(place, value) => {
            let scalar = |token: &Token| !token.is_key && !"{}[],:".contains(of(token));
            let Token { start, end, .. } = *pick(&tokens, place, scalar)?;
            text.replace_range(start..end, value);
        }
        Bend::Extra(place, value) => {
            let Token { end, .. } = *pick(&tokens, place, |token| of(token) == "{")?;
            let is_empty = tokens.iter().find(|token| token.start >= end).is_some_and(|token| of(token) == "}");
            text.insert_str(end, &format!("\"extraMember\":{value}{}", if is_empty { "" } else { "," }));
        }
        Bend::Twice(place, value) => {
            let key = pick(&tokens, place, |token| token.is_key)?;
            let (start, member) = (key.start, format!("{}:{value},", of(key)));
            text.insert_str(start, &member);
        }
        Bend::Rename(place) => {
            let Token { end, .. } = *pick(&tokens, place, |token| token.is_key)?;
            text.insert(end - 1, 'x');
        }
        Bend::Space(place, space) => {
            let Token { start, .. } = *pick(&tokens[1..], place, |_| true)?;
            text.insert_str(start, space);
        }
        Bend::Escape(place, at, upper) => {
            let string = pick(&tokens, place, |token| is_string(token) && token.end - token.start > 2)?;
            let seams = seams(of(string));
            let start = string.start + at.get(&seams[..seams.len() - 1]);
            let letter = text[start..].chars().next()?;
            if letter == '\\' {
                return None;
            }
            let mut units = [0; 2];
            let escaped: String = letter
                .encode_utf16(&mut units)
                .iter()
                .map(|unit| if *upper { format!("\\u{unit:04X}") } else { format!("\\u{unit:04x}") })
                .collect();
            text.replace_range(start..start + letter.len_utf8(), &escaped);
        }
        Bend::Odd(place, at, odd) => {
            let string = pick(&tokens, place, is_string)?;
            let start = string.start + at.get(&seams(of(string)));
            text.insert_str(start, odd);
        }
        Bend::Drop(place) => {
            let at = place.index(text.len());
            if text.is_char_boundary(at) {
                text.remove(at);
            }
        }
        Bend::Cut(place) => {
            let at = place.index(text.len() - 1) + 1;
            let at = (at..=text.len()).find(|at| text.is_char_boundary(*at))?;
            text.truncate(at);
        }
        Bend::Byte(place) => {
            let at = place.index(text.len() - 1) + 1;
            let mut bytes = text.clone().into_bytes();
            bytes.insert(at, 0xff);
            return Some(bytes);
        }
    }
    None
}

#[test]
fn bends_that_break_nothing_leave_json() {
    let record = r#"{"a":"x\"é","b":{"c":[1,null]},"d":{}}"#;
    super::check(200, &bends(false), async |bends| {
        let bent = bend(record, &bends);
        let is_json = serde_json::from_slice::<&serde_json::value::RawValue>(&bent).is_ok();
        prop_assert!(is_json, "{}", String::from_utf8_lossy(&bent));
        Ok(())
    });
}
