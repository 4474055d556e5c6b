//! JSON in one form only, so that a hash of it means something.

use serde_json::Value;

/// Without blanks, with the keys of each object in the order of their bytes.
pub(super) fn written(value: &Value) -> String {
    let mut text = String::new();
    write(value, &mut text);
    text
}

fn write(value: &Value, to: &mut String) {
    match value {
        Value::Object(members) => {
            let mut members: Vec<_> = members.iter().collect();
            members.sort_by_key(|(key, _)| key.as_str());
            to.push('{');
            for (i, (key, value)) in members.into_iter().enumerate() {
                to.push_str(if i > 0 { "," } else { "" });
                to.push_str(&Value::from(key.as_str()).to_string());
                to.push(':');
                write(value, to);
            }
            to.push('}');
        }
        Value::Array(items) => {
            to.push('[');
            for (i, item) in items.iter().enumerate() {
                to.push_str(if i > 0 { "," } else { "" });
                write(item, to);
            }
            to.push(']');
        }
        value => to.push_str(&value.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::written;

    #[test]
    fn the_layout_does_not_count() {
        let laid_out = "{ \"b\" : [ 1, {\"y\":null,\"x\":\"\\u00e9\"} ],\n \"a\": true, \"B\": \"q\\\"\" }";
        let value = serde_json::from_str(laid_out).unwrap();
        assert_eq!(written(&value), r#"{"B":"q\"","a":true,"b":[1,{"x":"é","y":null}]}"#);
    }
}
