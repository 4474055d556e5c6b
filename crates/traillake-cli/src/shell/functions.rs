//! The functions of the dialect, for looking up.

use traillake::{Function, FunctionKind};
use unicode_width::UnicodeWidthStr;

/// Blanks between names side by side.
const BETWEEN: usize = 2;
/// What stands below a signature.
const INDENT: &str = "    ";

/// The functions whose names or explanations hold all of some words, each with its forms; all names when there are none.
/// Names stand side by side in so many columns.
pub(crate) fn listed(functions: &[Function], words: &[String], columns: usize) -> String {
    if words.is_empty() {
        return names(functions, columns);
    }
    let words: Vec<String> = words.iter().map(|word| word.to_lowercase()).collect();
    let mut found: Vec<&Function> = functions.iter().filter(|function| has(function, &words)).collect();
    // What is called so comes before what is about it.
    found.sort_by_key(|function| !words.iter().any(|word| function.name.contains(word.as_str())));
    if let Some(same) = found.iter().position(|function| [function.name] == words[..]) {
        let function = found.remove(same);
        found.insert(0, function);
    }
    match found.is_empty() {
        true => nothing(functions, &words),
        false => found.into_iter().map(explained).collect(),
    }
}

fn has(function: &Function, words: &[String]) -> bool {
    let about = function.about.to_lowercase();
    words.iter().all(|word| {
        function.name.contains(word.as_str()) || about.contains(word.as_str()) || function.kind.as_str() == word
    })
}

/// A function with its forms and what it gives.
fn explained(function: &Function) -> String {
    let forms: Vec<String> = function.signatures.iter().map(|signature| signature.replace("->", "→")).collect();
    let forms = if forms.is_empty() { function.name.to_owned() } else { forms.join("\n") };
    let kind = match function.kind {
        FunctionKind::Scalar => "",
        FunctionKind::Aggregate => " (aggregate)",
        FunctionKind::Window => " (window function)",
    };
    format!("{forms}\n{INDENT}{}{kind}\n", function.about)
}

/// The names of all functions by kind.
fn names(functions: &[Function], columns: usize) -> String {
    let of = |title: &str, kind: FunctionKind| {
        let names: Vec<&str> =
            functions.iter().filter(|function| function.kind == kind).map(|function| function.name).collect();
        format!("{title}\n{}", side_by_side(&names, columns))
    };
    [
        of("Functions of values", FunctionKind::Scalar),
        of("Aggregates", FunctionKind::Aggregate),
        of("Window functions, with OVER", FunctionKind::Window),
    ]
    .join("\n")
}

/// Names in columns, to be read downwards.
fn side_by_side(names: &[&str], columns: usize) -> String {
    let width = names.iter().map(|name| name.width()).max().unwrap_or(0) + BETWEEN;
    let beside = (columns.saturating_sub(BETWEEN) / width).max(1);
    let lines = names.len().div_ceil(beside);
    let line = |line: usize| {
        let names = names.iter().skip(line).step_by(lines.max(1));
        let line: String = names.map(|name| format!("{name:width$}")).collect();
        format!("{:BETWEEN$}{}\n", "", line.trim_end())
    };
    (0..lines).map(line).collect()
}

fn nothing(functions: &[Function], words: &[String]) -> String {
    let sought = words.join(" ");
    let near = functions.iter().map(|function| (strsim::jaro_winkler(&sought, function.name), function.name));
    let near = near.max_by(|a, b| a.0.total_cmp(&b.0)).filter(|(likeness, _)| *likeness > 0.8);
    let near = near.map_or_else(String::new, |(_, name)| format!("; did you mean {name}?"));
    format!("no function is called {sought} or is about it{near}\n")
}

#[cfg(test)]
mod tests {
    use super::super::catalog::tests::known;
    use super::*;

    fn listed_for(words: &[&str]) -> String {
        let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
        listed(known().functions(), &words, 80)
    }

    #[test]
    fn words_find_functions_by_name_and_by_what_they_give() {
        insta::assert_snapshot!(listed_for(&["Date_trunc"]), @"
        date_trunc(unit, x) → [same as input]
            a time cut to a unit: 'minute', 'hour', 'day', 'week', 'month' …
        ");
        insta::assert_snapshot!(listed_for(&["median"]), @"
        approx_percentile(x, percentage) → [same as x]
        approx_percentile(x, percentages) → array<[same as x]>
        approx_percentile(x, w, percentage) → [same as x]
            about the value at a percentage, 0.5 for the median (aggregate)
        ");
        assert!(listed_for(&["count"]).starts_with("count(*) → bigint\n"), "{}", listed_for(&["count"]));
        assert!(listed_for(&["occurs"]).contains("whether any value in JSON holds one of some texts"));
    }

    #[test]
    fn what_is_not_found_names_its_neighbour() {
        assert_eq!(
            listed_for(&["data_trunc"]),
            "no function is called data_trunc or is about it; did you mean date_trunc?\n"
        );
        assert_eq!(listed_for(&["zzz"]), "no function is called zzz or is about it\n");
    }

    #[test]
    fn without_words_all_names_are_listed_in_columns() {
        let all = listed_for(&[]);
        assert!(all.lines().all(|line| line.width() <= 80), "{all}");
        for function in known().functions() {
            assert!(all.split_whitespace().any(|name| name == function.name), "{}", function.name);
        }
        assert_eq!(side_by_side(&["a", "b", "c"], 8), "  a  c\n  b\n");
    }
}
