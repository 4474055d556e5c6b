//! Messages of the engine that are known by their form.

use std::sync::LazyLock;

use datafusion::common::Diagnostic;
use regex::{Captures, Regex};

use super::types::{in_trino_words, shortened};
use super::{About, Told};
use crate::statement::signatures;

/// A form of message and what to say instead.
struct Pattern {
    form: Regex,
    told: fn(&Captures) -> Told,
}

/// What a message of a known form is in Trino's words.
pub(super) fn tell(message: &str, diagnostic: Option<&Diagnostic>) -> Option<Told> {
    let told = PATTERNS.iter().find_map(|pattern| pattern.form.captures(message).map(|found| (pattern.told)(&found)));
    told.or_else(|| unlike_widths(message, diagnostic?)).map(|told| Told { message: shortened(&told.message), ..told })
}

/// The sides of a set operation have other widths; how wide they are stands only in the notes.
fn unlike_widths(message: &str, diagnostic: &Diagnostic) -> Option<Told> {
    let operation = message.strip_suffix(" queries have different number of columns")?;
    let width = |i: usize| {
        let note = &diagnostic.notes.get(i)?.message;
        note.split(' ').find_map(|word| word.parse::<usize>().ok())
    };
    Some(widths(operation, &width(0)?.to_string(), &width(1)?.to_string()))
}

fn widths(operation: &str, left: &str, right: &str) -> Told {
    Told::new(format!("the sides of {operation} have {left} and {right} columns"))
        .with_hint("both need the same number of columns; NULL stands for one that is missing")
}

const OPERATORS: &str = r"(=|!=|<>|<=|>=|<|>|IS DISTINCT FROM|IS NOT DISTINCT FROM|LIKE|NOT LIKE|AND|OR|\|\||[-+*/%])";

/// What the parts of a message mean.
type Tell = fn(&Captures) -> Told;

static PATTERNS: LazyLock<Vec<Pattern>> = LazyLock::new(|| {
    let forms: [(&str, Tell); 22] = [
        (
            r#"^Column in (?:SELECT|HAVING|QUALIFY|ORDER BY) must be in GROUP BY .*?column "(.+?)" must appear"#,
            ungrouped,
        ),
        (r"^Aggregate functions are not allowed in the WHERE clause", |_| {
            Told::new("WHERE cannot hold an aggregate")
                .with_hint("a condition on an aggregate stands in HAVING, behind GROUP BY")
                .about(About::AggregateInWhere)
        }),
        (r"^Aggregate function calls cannot be nested: '(\w+)\(.*' is nested inside '(\w+)\(", |found| {
            Told::new(format!("aggregates cannot be nested: {} inside of {{name}}", &found[1]))
                .with_hint("compute the inner one in a subquery, and aggregate its result")
                .about(About::Function(found[2].to_owned()))
        }),
        (r"No function matches the given name and argument types '((\w+)\(.*?\))'\.? ", |found| {
            missing_form(&found[1], &found[2])
        }),
        (r"^(\w+)\((.*)\) does not exist; (.*)$", |found| {
            let call = format!("{}({})", &found[1], in_trino_words(&found[2]));
            Told::new(format!("{call} does not exist; {}", in_trino_words(&found[3])))
                .about(About::Function(found[1].to_owned()))
        }),
        (r"^Cannot coerce arithmetic expression (.*) ([-+*/%]) (.*) to valid types", |found| {
            inapplicable(&in_trino_words(&found[1]), &found[2], &in_trino_words(&found[3]))
        }),
        (r"^Invalid function '(\w+)'", |found| {
            Told::new("{name} is a window function: it needs OVER (…)".to_owned())
                .with_hint("write {name}(…) OVER (PARTITION BY … ORDER BY …)")
                .about(About::Function(found[1].to_owned()))
        }),
        (r"^Cannot create filter with non-boolean predicate '(.*)' returning (.*)$", |found| {
            let column = leaf(&found[1]);
            Told::new(format!("a condition is a boolean, and {{name}} is {}", in_trino_words(&found[2])))
                .about(About::Column(column))
        }),
        (r"^Unary operator '(NOT)' requires a boolean expression, got (.*)$", operand),
        (r"^Unary operator '([-+])' only supports", operand),
        (r"^Order by column out of bounds, specified: (\d+), max: (\d+)", |found| {
            ordinal("ORDER BY", &found[1], &found[2])
        }),
        (r"^Cannot find column with position (\d+) in SELECT clause. Valid columns: 1 to (\d+)", |found| {
            ordinal("GROUP BY", &found[1], &found[2])
        }),
        (r"^(\w+/?\w*) query must have the same number of columns. Left is (\d+) and right is (\d+)", |found| {
            widths(&found[1], &found[2], &found[3])
        }),
        (r"^Cannot access field at argument \d+: type (.*) is not Struct", |found| {
            no_fields(&in_trino_words(&found[1]))
        }),
        (r"^Error parsing timestamp from '(.*)': ", |found| {
            Told::new(format!("'{}' is no timestamp: write it like '2023-01-02 03:04:05' or '2023-01-02'", &found[1]))
        }),
        (r"^Cannot cast string '(.*)' to value of (.*) type", |found| {
            Told::new(format!("cannot cast '{}' to {}", &found[1], in_trino_words(&found[2])))
        }),
        (r"^Too many columns! The subquery should only return one column: (.*)$", |found| {
            let columns = found[1].split(", ").count();
            Told::new(format!("a subquery in an expression has one column, and this has {columns}"))
        }),
        (r"^expr type (.*) can't cast to (.*) in InSubquery", |found| {
            let (left, right) = (in_trino_words(&found[1]), in_trino_words(&found[2]));
            Told::new(format!("Cannot apply operator: {left} IN (a subquery of {right})"))
        }),
        (r"^Divide by zero", |_| Told::new("Division by zero").with_hint("x / nullif(y, 0) is NULL where y is 0")),
        (r"^(?:LIMIT|OFFSET) must be >= 0, '(.*)' was provided", |found| {
            Told::new(format!("LIMIT and OFFSET take a number that is not negative, and not {}", &found[1]))
        }),
        (
            r"^(?:Physical plan does not support logical expression|Unsupported ast node|Unsupported logical plan:?) ?(\w*)",
            |found| {
                let what = if found[1].is_empty() { "an expression" } else { &found[1] };
                Told::new(format!("{what} is not supported here"))
            },
        ),
        // The last: it looks for operators anywhere.
        (r"^Cannot infer common argument type for comparison operation (.*)$", compared),
    ];
    let compiled = forms.into_iter().filter_map(|(form, told)| Some(Pattern { form: Regex::new(form).ok()?, told }));
    compiled.collect()
});

static COMPARISON: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(&format!("^(.*?) {OPERATORS} (.*)$")).ok());

fn compared(found: &Captures) -> Told {
    match COMPARISON.as_ref().and_then(|form| form.captures(&found[1])) {
        Some(sides) => inapplicable(&in_trino_words(&sides[1]), &sides[2], &in_trino_words(&sides[3])),
        None => Told::new(format!("cannot compare {}", in_trino_words(&found[1]))),
    }
}

/// What is neither grouped nor aggregated.
fn ungrouped(found: &Captures) -> Told {
    Told::new("{name} must be in GROUP BY or inside of an aggregate")
        .with_hint("GROUP BY {name}, or write arbitrary({name}) for any of its values")
        .about(About::Column(leaf(&found[1])))
}

fn operand(found: &Captures) -> Told {
    match found.get(2) {
        Some(given) => Told::new(format!("Cannot apply operator: {} {}", &found[1], in_trino_words(given.as_str()))),
        None => Told::new(format!("\"{}\" stands before numbers and intervals only", &found[1])),
    }
}

/// The last name in the engine's writing of an expression.
fn leaf(expression: &str) -> String {
    let names = |c: char| !(c.is_alphanumeric() || c == '_' || c == ':');
    let text = expression.trim_end_matches([')', ']', '"']);
    text.rsplit(names).find(|name| !name.is_empty()).unwrap_or(expression).to_owned()
}

/// A function that is not there for these types; `call` has Arrow's.
fn missing_form(call: &str, name: &str) -> Told {
    let told = Told::new(format!("{} does not exist", in_trino_words(call))).about(About::Function(name.to_owned()));
    match signatures(name) {
        [] => told,
        forms => {
            let some: Vec<&str> = forms.iter().take(3).copied().collect();
            told.with_hint(format!("there is {}", some.join(" and ")))
        }
    }
}

fn inapplicable(left: &str, operator: &str, right: &str) -> Told {
    let told = Told::new(format!("Cannot apply operator: {left} {operator} {right}"));
    let is_time = |name: &str| name.starts_with("timestamp") || name.starts_with("date") || name.starts_with("time");
    let is = |kind: &str| left.starts_with(kind) || right.starts_with(kind);
    let arithmetic = matches!(operator, "+" | "-" | "*" | "/" | "%");
    let hint = if arithmetic && (is_time(left) || is_time(right)) && operator != "-" {
        "a time is moved by an interval: time + INTERVAL '1' DAY"
    } else if arithmetic && (is_time(left) || is_time(right)) {
        "a time is moved by an interval: time - INTERVAL '1' DAY; between two times it is date_diff('day', from, to)"
    } else if operator == "+" && left == "varchar" && right == "varchar" {
        "texts are joined by ||"
    } else if arithmetic && is("varchar") {
        "CAST(text AS bigint) is the number in a text"
    } else if is("map(") {
        "a value of a map is element_at(map, 'key')"
    } else if is("array(") {
        "contains(array, element) looks into an array, any_match(array, x -> condition) for more"
    } else if is("row(") {
        "a field of a row is row.field"
    } else if is("boolean") {
        "a boolean compares with true and false"
    } else {
        return told;
    };
    told.with_hint(hint)
}

fn ordinal(clause: &str, given: &str, most: &str) -> Told {
    Told::new(format!("{clause} {given} is not a column of the result, which has {most}"))
}

fn no_fields(data_type: &str) -> Told {
    let told = Told::new(format!("{data_type} has no fields"));
    match data_type.starts_with("array(") {
        true => told.with_hint("take an element first: element_at(array, 1).field, or CROSS JOIN UNNEST(array) AS t"),
        false => told,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_is_a_regular_expression() {
        assert_eq!(PATTERNS.len(), 22);
        assert!(COMPARISON.is_some());
    }

    #[test]
    fn the_last_name_of_an_expression_is_found() {
        for (expression, name) in [
            ("events.eventname", "eventname"),
            ("eventname", "eventname"),
            ("get_field(events.useridentity, Utf8(\"arn\"))", "arn"),
            ("events.useridentity[arn]", "arn"),
        ] {
            assert_eq!(leaf(expression), name, "{expression}");
        }
    }
}
