//! Marks in plans: of a limit that keeps ties, which the analyzer takes out before anything is evaluated,
//! of a cast that needs a name of its own, and of a value about which the optimizer shall conclude nothing.

use std::sync::{Arc, LazyLock};

use arrow::datatypes::DataType;
use datafusion::common::plan_err;
use datafusion::logical_expr::ScalarUDF;

use super::scalar::{Function, nullable};
use crate::rules::WITH_TIES;

/// What gives a cast, its first argument, a name with the type, its second.
pub(crate) const TYPED: &str = "trino_typed";

pub(super) fn functions() -> Vec<Function> {
    let with_ties = Function::new(
        WITH_TIES,
        |_, types| match types {
            [rows] if rows.is_integer() => Ok(vec![DataType::Int64]),
            _ => plan_err!("FETCH FIRST takes a number of rows"),
        },
        |_| nullable(DataType::Int64),
        |call| Ok(Arc::clone(&call.args[0])),
    );
    let typed = Function::new(
        TYPED,
        |_, types| Ok(types.to_vec()),
        |args| match args {
            [of, _] => Ok(Arc::clone(of)),
            _ => plan_err!("a cast and its type were expected"),
        },
        |call| Ok(Arc::clone(&call.args[0])),
    );
    vec![with_ties, typed]
}

/// Its argument, as it is. DataFusion takes what was made distinct before a join for a key behind it,
/// and then leaves columns out of GROUP BY; a computed column is no key, and may be NULL.
pub(crate) fn opaque() -> Arc<ScalarUDF> {
    static OPAQUE: LazyLock<Arc<ScalarUDF>> = LazyLock::new(|| {
        let same = |_: &str, types: &[DataType]| Ok(types.to_vec());
        Function::new(
            "trino_opaque",
            same,
            |args| match args {
                [of] => Ok(Arc::new(of.as_ref().clone().with_nullable(true))),
                _ => plan_err!("one argument was expected"),
            },
            |call| Ok(Arc::clone(&call.args[0])),
        )
        .udf()
    });
    Arc::clone(&OPAQUE)
}
