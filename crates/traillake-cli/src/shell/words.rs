//! Keywords and functions that completion offers and highlighting knows.

/// Keywords of the dialect, in capitals, sorted.
#[rustfmt::skip]
pub(super) const KEYWORDS: &[&str] = &[
    "ALL", "AND", "ANY", "ARRAY", "AS", "ASC", "BETWEEN", "BY", "CASE", "CAST", "CROSS", "CURRENT", "CURRENT_DATE",
    "CURRENT_TIMESTAMP", "DESC", "DISTINCT", "ELSE", "END", "ESCAPE", "EXCEPT", "EXISTS", "EXTRACT", "FALSE", "FILTER",
    "FIRST", "FOLLOWING", "FROM", "FULL", "GROUP", "GROUPING", "HAVING", "IN", "INNER", "INTERSECT", "INTERVAL", "IS",
    "JOIN", "LAST", "LEFT", "LIKE", "LIMIT", "MAP", "NOT", "NULL", "NULLS", "OFFSET", "ON", "OR", "ORDER",
    "ORDINALITY", "OUTER", "OVER", "PARTITION", "PRECEDING", "RANGE", "RECURSIVE", "RIGHT", "ROW", "ROWS", "SELECT",
    "SETS", "THEN", "TIMESTAMP", "TRUE", "TRY_CAST", "UNBOUNDED", "UNION", "UNNEST", "USING", "VALUES", "WHEN",
    "WHERE", "WINDOW", "WITH",
];

/// Functions worth offering, in lower case, sorted.
#[rustfmt::skip]
pub(super) const FUNCTIONS: &[&str] = &[
    "abs", "all_match", "any_match", "approx_distinct", "approx_percentile", "array_agg", "array_distinct",
    "array_join", "array_max", "array_min", "array_sort", "avg", "bool_and", "bool_or", "cardinality", "ceil", "chr",
    "coalesce", "concat", "contains", "count", "current_date", "date", "date_add", "date_diff", "date_format",
    "date_parse", "date_trunc", "day", "day_of_week", "dense_rank", "distinct", "element_at", "every", "filter",
    "first_value", "flatten", "floor", "from_iso8601_timestamp", "from_unixtime", "greatest", "hour",
    "json_array_contains", "json_array_get", "json_array_length", "json_extract", "json_extract_scalar", "json_format",
    "json_parse", "json_size", "lag", "last_value", "lead", "least", "length", "listagg", "lower", "ltrim",
    "map_entries", "map_keys", "map_values", "max", "md5", "min", "minute", "month", "none_match", "now", "ntile",
    "nullif", "percent_rank", "position", "rank", "reduce", "regexp_count", "regexp_extract", "regexp_extract_all",
    "regexp_like", "regexp_replace", "regexp_split", "repeat", "replace", "reverse", "round", "row_number", "rtrim",
    "second", "sequence", "sha256", "slice", "split", "split_part", "starts_with", "strpos", "substr", "substring",
    "sum", "to_hex", "to_iso8601", "to_unixtime", "transform", "trim", "try", "upper", "url_decode", "week", "year",
];

/// Whether a word is a keyword, in any letter case.
pub(super) fn is_keyword(word: &str) -> bool {
    KEYWORDS.binary_search(&word.to_ascii_uppercase().as_str()).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_sorted() {
        assert!(KEYWORDS.is_sorted() && FUNCTIONS.is_sorted());
    }

    /// What is offered must exist.
    #[test]
    fn every_function_offered_is_known_to_the_engine() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let unknown: Vec<&str> = runtime.block_on(async {
            let lake = traillake::Lake::temporary(&traillake::LakeOptions::default()).await.unwrap();
            let mut unknown = Vec::new();
            for function in FUNCTIONS {
                let answer = lake.query(&format!("SELECT {function}()")).await;
                if answer.is_err_and(|error| error.to_string().starts_with("function \"")) {
                    unknown.push(*function);
                }
            }
            unknown
        });
        assert!(unknown.is_empty(), "{unknown:?}");
    }
}
