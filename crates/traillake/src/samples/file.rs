//! The form of a file of sample queries.

use super::{Sample, SampleParameter};

/// The queries of a file, in order.
pub(super) fn read(category: &'static str, text: &'static str) -> Vec<Sample> {
    text.split(";\n").map(str::trim).filter(|part| !part.is_empty()).filter_map(|part| query(category, part)).collect()
}

/// A header of comments and a SELECT; `None` when the first line is no `-- name: title`.
fn query(category: &'static str, part: &'static str) -> Option<Sample> {
    let mut rest = part;
    let mut header = Vec::new();
    while let Some(comment) = rest.strip_prefix("-- ") {
        let (line, below) = comment.split_once('\n')?;
        header.push(line.trim());
        rest = below;
    }
    let (name, title) = header.first()?.split_once(": ")?;
    let mut sample = Sample {
        name,
        category,
        title,
        description: String::new(),
        tags: Vec::new(),
        parameters: Vec::new(),
        text: rest.trim(),
    };
    for line in header.into_iter().skip(1) {
        if let Some(tags) = line.strip_prefix("tags: ") {
            sample.tags = tags.split_whitespace().collect();
        } else if let Some(parameter) = line.strip_prefix("param ") {
            sample.parameters.push(self::parameter(parameter)?);
        } else {
            sample.description.push_str(if sample.description.is_empty() { "" } else { " " });
            sample.description.push_str(line);
        }
    }
    Some(sample)
}

/// `name = default: about`; the default may have colons, but none with a blank behind it.
fn parameter(line: &'static str) -> Option<SampleParameter> {
    let (name, rest) = line.split_once(" = ")?;
    let (default, about) = rest.split_once(": ")?;
    Some(SampleParameter { name, default, about })
}

/// Puts text literals in the places of `:name`, outside quotes and comments. A name without a value stays.
pub(super) fn bind<'v>(text: &str, mut value: impl FnMut(&str) -> Option<&'v str>) -> String {
    let mut bound = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '\'' | '"' => rest[1..].find(first).map_or(rest.len(), |end| end + 2),
            '-' if rest.starts_with("--") => rest.find('\n').unwrap_or(rest.len()),
            ':' => {
                let name: &str = rest[1..].split(|c: char| !c.is_ascii_alphanumeric() && c != '_').next().unwrap_or("");
                if let Some(value) = Some(name).filter(|name| !name.is_empty()).and_then(&mut value) {
                    bound.push_str(&format!("'{}'", value.replace('\'', "''")));
                    rest = &rest[1 + name.len()..];
                    continue;
                }
                1
            }
            _ => first.len_utf8(),
        };
        let (taken, left) = rest.split_at(length);
        bound.push_str(taken);
        rest = left;
    }
    bound
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_is_read_line_by_line() {
        let text = "-- a-b: A title: with a colon\n-- One line\n-- and another.\n-- tags: x y\n\
                    -- param k = arn:aws:%: what it is\nSELECT :k;\n\n-- c: C\n-- D.\nSELECT 2;\n";
        let found = read("change", text);
        assert_eq!(found.len(), 2);
        assert_eq!((found[0].name, found[0].title, found[0].text), ("a-b", "A title: with a colon", "SELECT :k"));
        assert_eq!(found[0].description, "One line and another.");
        assert_eq!(found[0].tags, ["x", "y"]);
        assert_eq!(found[0].parameters, [SampleParameter { name: "k", default: "arn:aws:%", about: "what it is" }]);
        assert_eq!((found[1].name, found[1].category), ("c", "change"));
    }

    #[test]
    fn places_are_found_outside_quotes_and_comments() {
        let bound = bind("SELECT ':k', \":k\", :k -- :k\n, ':é' || :k2", |name| (name == "k").then_some("v"));
        assert_eq!(bound, "SELECT ':k', \":k\", 'v' -- :k\n, ':é' || :k2");
    }
}
