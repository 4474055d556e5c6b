//! The functions of a session, as a person looks them up.

use datafusion::execution::SessionState;

use crate::statement::{documented, is_known_function};

/// A function, by the name a statement calls it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Function {
    /// The name, in lower case.
    pub name: &'static str,
    /// What it is called over.
    pub kind: FunctionKind,
    /// Its forms, as Trino documents them: `date_trunc(unit, x) -> [same as input]`.
    pub signatures: &'static [&'static str],
    /// What it gives, in a line.
    pub about: &'static str,
}

/// What a function is called over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FunctionKind {
    /// The values of one row.
    Scalar,
    /// All rows of a group, or of a window.
    Aggregate,
    /// A row among others: it wants `OVER`.
    Window,
}

impl FunctionKind {
    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            FunctionKind::Scalar => "scalar",
            FunctionKind::Aggregate => "aggregate",
            FunctionKind::Window => "window",
        }
    }
}

/// Trino's functions that a session has, by name. Those it has only for plans are not among them.
pub fn functions(state: &SessionState) -> Vec<Function> {
    let known = documented().filter(|documented| is_known_function(documented.name, state));
    let function = |name, signatures, about| Function { name, kind: kind(name, state), signatures, about };
    known.map(|documented| function(documented.name, documented.signatures, documented.about)).collect()
}

/// Functions of the value of one row of the window, which DataFusion has as aggregates.
const OF_WINDOWS: [&str; 3] = ["first_value", "last_value", "nth_value"];
/// Aggregates of Trino that are other calls here.
const AGGREGATES: [&str; 14] = [
    "any_value",
    "approx_percentile",
    "arbitrary",
    "bitwise_and_agg",
    "bitwise_or_agg",
    "bitwise_xor_agg",
    "count_if",
    "every",
    "histogram",
    "listagg",
    "map_agg",
    "max_by",
    "min_by",
    "variance",
];

fn kind(name: &str, state: &SessionState) -> FunctionKind {
    if OF_WINDOWS.contains(&name) || state.window_functions().contains_key(name) {
        FunctionKind::Window
    } else if AGGREGATES.contains(&name) || state.aggregate_functions().contains_key(name) {
        FunctionKind::Aggregate
    } else {
        FunctionKind::Scalar
    }
}

#[cfg(test)]
mod tests {
    use datafusion::execution::SessionStateBuilder;

    use super::*;

    fn all() -> Vec<Function> {
        functions(&crate::register(SessionStateBuilder::new()).build())
    }

    #[test]
    fn every_function_is_explained() {
        for Function { name, signatures, about, .. } in all() {
            assert!(!signatures.is_empty() && !about.is_empty(), "{name}");
            assert!(!about.ends_with('.') && about.chars().count() <= 90, "{name}: {about}");
        }
    }

    #[test]
    fn what_is_explained_is_there() {
        let all: Vec<&str> = all().iter().map(|function| function.name).collect();
        let surplus: Vec<&str> =
            documented().filter(|one| !one.about.is_empty() && !all.contains(&one.name)).map(|one| one.name).collect();
        assert!(surplus.is_empty(), "{surplus:?}");
    }

    #[test]
    fn kinds_are_told() {
        let kind = |name: &str| all().iter().find(|function| function.name == name).map(|function| function.kind);
        for name in ["element_at", "cast", "transform", "bitwise_and", "current_date"] {
            assert_eq!(kind(name), Some(FunctionKind::Scalar), "{name}");
        }
        for name in ["count", "max_by", "every", "approx_percentile", "listagg"] {
            assert_eq!(kind(name), Some(FunctionKind::Aggregate), "{name}");
        }
        for name in ["row_number", "lag", "first_value"] {
            assert_eq!(kind(name), Some(FunctionKind::Window), "{name}");
        }
        for name in ["st_area", "map_extract", "get_field", "nothing"] {
            assert_eq!(kind(name), None, "{name}");
        }
    }
}
