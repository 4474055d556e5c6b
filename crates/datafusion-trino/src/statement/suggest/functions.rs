//! Functions nobody knows: misspelt, of another system, or of Trino and not supported here.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::LazyLock;

use datafusion::execution::SessionState;
use datafusion::sql::sqlparser::ast::{Expr, Ident, Query, Visit, Visitor};

use super::super::known_position;
use super::super::tokens::Spelling;
use super::similar;
use crate::error::Error;

/// All functions of Trino's documentation (the list of functions and its pages). Those that are here have their
/// signatures and what they give: a name, a tab, signatures between semicolons, a tab, a line.
const DOCUMENTED: &str = include_str!("functions.tsv");

/// A function as it is documented.
#[derive(Clone, Copy)]
pub(crate) struct Documented {
    pub(crate) name: &'static str,
    pub(crate) signatures: &'static [&'static str],
    pub(crate) about: &'static str,
}

struct Entry {
    signatures: Vec<&'static str>,
    about: &'static str,
}

static ENTRIES: LazyLock<BTreeMap<&'static str, Entry>> = LazyLock::new(|| {
    let entry = |line: &'static str| {
        let (name, rest) = line.split_once('\t')?;
        let (signatures, about) = rest.split_once('\t').unwrap_or((rest, ""));
        let signatures = signatures.split("; ").filter(|signature| !signature.is_empty()).collect();
        Some((name, Entry { signatures, about }))
    };
    DOCUMENTED.lines().filter_map(entry).collect()
});

/// All functions of Trino's documentation, by name.
pub(crate) fn documented() -> impl Iterator<Item = Documented> {
    ENTRIES.iter().map(|(name, entry)| Documented { name, signatures: &entry.signatures, about: entry.about })
}

/// How Trino documents a function, one for each form of it; empty when it does not.
pub(crate) fn signatures(name: &str) -> &'static [&'static str] {
    ENTRIES.get(name).map_or(&[], |entry| entry.signatures.as_slice())
}

/// Whether statements of a session may call a function, in whatever form.
pub(crate) fn is_known_function(name: &str, state: &SessionState) -> bool {
    is_registered(name, state) || [&REWRITTEN[..], &RENAMED, &PARSED].iter().any(|names| names.contains(&name))
}

fn is_registered(name: &str, state: &SessionState) -> bool {
    state.scalar_functions().contains_key(name)
        || state.higher_order_functions().contains_key(name)
        || state.aggregate_functions().contains_key(name)
        || state.window_functions().contains_key(name)
}

/// Every function of the query exists.
pub(crate) fn check_functions(query: &Query, spelling: &Spelling, state: &SessionState) -> Result<(), Error> {
    let mut search = Functions { state, unknown: None };
    let _ = Visit::visit(query, &mut search);
    let Some(ident) = search.unknown else { return Ok(()) };
    let name = spelling.of(&ident.value, ident.span.start);
    let position = known_position(ident.span.start);
    if REWRITTEN.contains(&ident.value.as_str()) {
        let forms = signatures(&ident.value).join(" and ");
        let error = Error::syntax(format!("{name} does not exist with these arguments"), position);
        return Err(error.with_hint(format!("there is {forms}")));
    }
    let instead = instead(&ident.value).map(str::to_owned);
    if ENTRIES.contains_key(ident.value.as_str()) {
        return Err(Error::UnsupportedFunction { name, position, instead });
    }
    let similar = match instead {
        Some(_) => Vec::new(),
        None => similar(&ident.value, known(state)),
    };
    Err(Error::UnknownFunction { name, position, similar, instead })
}

/// Functions that are other expressions when they are written in a form Trino has.
const REWRITTEN: [&str; 15] = [
    "any_value",
    "approx_percentile",
    "arbitrary",
    "bitwise_and",
    "bitwise_or",
    "bitwise_xor",
    "count_if",
    "every",
    "histogram",
    "if",
    "listagg",
    "map_agg",
    "max_by",
    "min_by",
    "mod",
];

/// Functions that have another name in plans.
const RENAMED: [&str; 4] = ["bitwise_and_agg", "bitwise_or_agg", "bitwise_xor_agg", "variance"];

/// Functions that the grammar knows.
const PARSED: [&str; 5] = ["cast", "extract", "grouping", "position", "try_cast"];

/// The names of the session that a statement may use: Trino's own, and those of the session's owner.
fn known(state: &SessionState) -> impl Iterator<Item = &str> {
    let names = state
        .scalar_functions()
        .keys()
        .chain(state.higher_order_functions().keys())
        .chain(state.aggregate_functions().keys())
        .chain(state.window_functions().keys());
    names.map(String::as_str).filter(|name| ENTRIES.contains_key(name))
}

struct Functions<'a> {
    state: &'a SessionState,
    unknown: Option<Ident>,
}

impl Visitor for Functions<'_> {
    type Break = ();

    fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<()> {
        let Expr::Function(function) = expr else { return ControlFlow::Continue(()) };
        let [part] = function.name.0.as_slice() else { return ControlFlow::Continue(()) };
        let Some(ident) = part.as_ident() else { return ControlFlow::Continue(()) };
        let name = &ident.value;
        if is_registered(name, self.state) || matches!(name.as_str(), "unnest" | "struct" | "row" | "grouping") {
            return ControlFlow::Continue(());
        }
        self.unknown = Some(ident.clone());
        ControlFlow::Break(())
    }
}

/// What to write for a function that is not here.
fn instead(name: &str) -> Option<&'static str> {
    INSTEAD.iter().find(|(names, _)| names.split(' ').any(|known| known == name)).map(|(_, advice)| *advice)
}

/// Functions of other systems, and Trino's that have a near one here: names, and the advice.
const INSTEAD: [(&str, &str); 52] = [
    ("adddate dateadd timestampadd", "write date_add('day', n, time)"),
    ("array_contains list_contains array_has", "write contains(array, element)"),
    ("array_length array_size size list_length", "write cardinality(array)"),
    ("array_to_string list_to_string", "write array_join(array, ', ')"),
    ("array_filter list_filter", "write filter(array, x -> condition)"),
    ("array_transform list_transform apply", "write transform(array, x -> expression)"),
    ("array_slice list_slice", "write slice(array, start, length)"),
    ("bit_length octet_length lengthb", "write length(to_utf8(text))"),
    ("charindex instr locate", "write strpos(text, part)"),
    ("char_length len", "write length(text)"),
    ("collect_list list group_array", "write array_agg(x)"),
    ("collect_set", "write array_agg(DISTINCT x)"),
    ("convert", "write CAST(x AS type)"),
    ("countif", "write count_if(condition)"),
    ("curdate", "write current_date"),
    ("date_part datepart", "write extract(HOUR FROM time), or hour(time)"),
    ("date_sub datesub subdate", "write date_add('day', -n, time), or time - INTERVAL '7' DAY"),
    ("datediff timestampdiff", "write date_diff('day', from, to)"),
    ("dayname", "write date_format(time, '%W')"),
    ("dayofmonth", "write day(time)"),
    ("dayofweek weekday", "write day_of_week(time)"),
    ("dayofyear", "write day_of_year(time)"),
    ("editdist3 levenshtein", "write levenshtein_distance(a, b)"),
    ("explode", "write FROM t CROSS JOIN UNNEST(array) AS u(x)"),
    ("first any", "write arbitrary(x), or min_by(x, time) for the first in time"),
    ("from_timestamp format_timestamp strftime to_varchar", "write date_format(time, '%Y-%m-%d')"),
    ("get_json_object json_extract_string json_extract_path_text", "write json_extract_scalar(text, '$.path')"),
    ("getdate sysdate systimestamp today", "write now(), or current_date"),
    ("group_concat string_agg wm_concat", "write listagg(x, ', ') WITHIN GROUP (ORDER BY x)"),
    ("hex", "write to_hex(to_utf8(text))"),
    ("iif", "write if(condition, a, b)"),
    ("ifnull nvl isnull zeroifnull", "write coalesce(x, instead)"),
    ("inet_aton inet_ntoa", "write CAST(address AS ipaddress), or contains('10.0.0.0/8', CAST(address AS ipaddress))"),
    ("json_array_elements json_each", "write UNNEST(CAST(json_parse(text) AS array(json)))"),
    ("json_length", "write json_array_length(json)"),
    ("json_object_keys", "write map_keys(CAST(json_parse(text) AS map(varchar, json)))"),
    ("last", "write max_by(x, time) for the last in time"),
    ("left", "write substr(text, 1, n)"),
    ("right", "write substr(text, -n)"),
    ("mid", "write substr(text, start, length)"),
    ("median percentile percentile_cont percentile_disc quantile", "write approx_percentile(x, 0.5)"),
    ("monthname", "write date_format(time, '%M')"),
    ("nvl2", "write if(x IS NOT NULL, a, b)"),
    ("regexp regexp_contains regexp_matches regexp_match rlike", "write regexp_like(text, 'pattern')"),
    ("regexp_substr regexp_extract_first", "write regexp_extract(text, 'pattern')"),
    ("str_to_date str_to_time to_date", "write date_parse(text, '%Y-%m-%d'), or CAST(text AS date)"),
    ("string_to_array split_to_array str_split", "write split(text, ',')"),
    (
        "to_timestamp str_to_timestamp parse_timestamp",
        "write from_iso8601_timestamp(text), or date_parse(text, '%Y-%m-%d %H:%i:%s')",
    ),
    ("to_char", "write date_format(time, '%Y-%m-%d'), or CAST(x AS varchar)"),
    ("ucase", "write upper(text)"),
    ("lcase", "write lower(text)"),
    ("unix_timestamp epoch", "write to_unixtime(time)"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_sorted_and_holds_what_is_used_most() {
        let names: Vec<&str> = DOCUMENTED.lines().map(|line| line.split('\t').next().unwrap()).collect();
        assert!(names.is_sorted_by(|a, b| a < b), "sorted, each once");
        assert!(names.len() > 440);
        for name in ["element_at", "json_extract_scalar", "date_trunc", "st_contains", "qdigest_agg"] {
            assert!(names.contains(&name), "{name}");
        }
        assert_eq!(
            signatures("split_part"),
            ["split_part(string, delimiter, index) -> varchar"],
            "signatures follow the name"
        );
    }

    #[test]
    fn advice_is_given_once_for_a_name() {
        let mut seen = std::collections::HashSet::new();
        for name in INSTEAD.iter().flat_map(|(names, _)| names.split(' ')) {
            assert!(seen.insert(name), "{name}");
        }
    }
}
