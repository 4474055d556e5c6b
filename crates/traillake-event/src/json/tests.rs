use super::*;

fn read(text: &str) -> Result<Value<'_>, JsonError> {
    let mut cursor = Cursor::new(text);
    let value = cursor.value()?;
    if cursor.at_end() { Ok(value) } else { Err(cursor.error("the end")) }
}

#[test]
fn values_are_their_exact_text() {
    for text in
        ["{}", "[]", "[[],{}]", r#"{"a":[1,-0.5e+3,{"b":null}],"c":"x\"y"}"#, "true", "0", "\"\"", "{ \"a\" : 1 }"]
    {
        assert_eq!(read(text).unwrap().raw, text);
    }
}

#[test]
fn what_is_not_json_is_refused_where_it_breaks() {
    for (text, offset) in [
        ("", 0),
        ("{", 1),
        ("[1,]", 3),
        ("[1 2]", 3),
        ("{\"a\" 1}", 5),
        ("{\"a\":1,}", 7),
        ("{1:2}", 1),
        ("\"abc", 4),
        ("\"a\\x\"", 2),
        ("\"\\u12g4\"", 1),
        ("01", 0),
        ("1.", 0),
        ("[1}", 2),
        ("tru", 0),
        ("nul", 0),
        ("{}}", 2),
    ] {
        assert_eq!(read(text).unwrap_err().offset, offset, "{text}");
    }
}

#[test]
fn raw_control_characters_inside_strings_pass() {
    assert_eq!(read("{\"a\":\"x\ny\"}").unwrap().raw.len(), 11);
}

#[test]
fn nesting_has_a_limit_and_needs_no_stack() {
    let fits = "[".repeat(DEPTH_MAX) + &"]".repeat(DEPTH_MAX);
    assert!(read(&fits).is_ok());
    assert!(read(&"[".repeat(1_000_000)).is_err());
}

#[test]
fn escapes_resolve() {
    let text = |json: &str| read(json).unwrap().as_text().unwrap().into_owned();
    assert_eq!(text(r#""a\"\\\/\b\f\n\r\té""#), "a\"\\/\u{8}\u{c}\n\r\té");
    assert_eq!(text(r#""\ud83d\ude00!""#), "😀!");
    assert_eq!(text(r#""\ud800x""#), "\u{fffd}x");
    assert_eq!(text(r#""\u0041\u00e9""#), "Aé");
}

#[test]
fn strings_write_in_the_shortest_spelling() {
    for json in [r#""plain""#, r#""q\"b\\n\n\r\t\b\f""#, r#""\u0001\u001f""#, "\"é😀/\"", "\"\""] {
        let mut out = String::new();
        write_string(&mut out, &read(json).unwrap().as_text().unwrap());
        assert_eq!(out, json);
    }
}

#[test]
fn a_map_shows_strings_as_they_are_and_the_rest_as_json() {
    let text = r#"{"a":"x","b":1.50,"c":{"d":[1]},"e":null,"f":true,"a":"last"}"#;
    for (key, value) in [
        ("a", Some("last")),
        ("b", Some("1.50")),
        ("c", Some("{\"d\":[1]}")),
        ("e", None),
        ("f", Some("true")),
        ("g", None),
    ] {
        assert_eq!(member_text(text, key).as_deref(), value, "{key}");
    }
    assert_eq!(member_text("\"no object\"", "a"), None);
}

#[test]
fn copies_that_differ_in_blanks_are_one_text() {
    let compact = r#"{"a b":" x\" ,y\\","c":[1,{"d":null}]}"#;
    let indented = "{\n  \"a b\" : \" x\\\" ,y\\\\\",\r\n\t\"c\": [1, {\"d\": null}]\n}";
    assert_eq!(without_blanks(indented), compact);
    assert!(matches!(without_blanks(compact), Cow::Borrowed(_)));
    assert_eq!(without_blanks(" \"open "), "\"open ");
}

#[test]
fn plain_bytes_end_at_the_first_special_one_wherever_it_stands() {
    for length in 0..40 {
        for at in 0..length {
            for special in [b'"', b'\\', 0, 0x1f] {
                let mut bytes: Vec<u8> = (0..length).map(|n| [b'x', 0x7f, 0x80, 0xff, b'!', b'#'][n % 6]).collect();
                bytes[at] = special;
                assert_eq!(super::plain_length(&bytes), at, "{length} {special}");
                bytes[length - 1] = b'"';
                assert_eq!(super::plain_length(&bytes), at.min(length - 1));
            }
        }
        assert_eq!(super::plain_length(&vec![b' '; length]), length);
    }
}
