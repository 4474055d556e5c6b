//! Intervals times numbers, which DataFusion does not multiply.

use std::sync::{Arc, LazyLock};

use arrow::array::{Array, AsArray, IntervalMonthDayNanoArray};
use arrow::datatypes::{DataType, Int64Type, IntervalMonthDayNano, IntervalMonthDayNanoType, IntervalUnit};
use datafusion::common::{Result, exec_datafusion_err};
use datafusion::logical_expr::ScalarUDF;

use super::scalar::{Call, Function, nullable};

const INTERVAL: DataType = DataType::Interval(IntervalUnit::MonthDayNano);

/// `trino_interval_times(interval, n)`.
pub(crate) fn interval_times() -> Arc<ScalarUDF> {
    static TIMES: LazyLock<Arc<ScalarUDF>> = LazyLock::new(|| {
        let types = |_: &str, _: &[DataType]| Ok(vec![INTERVAL, DataType::Int64]);
        Function::new(
            "trino_interval_times",
            types,
            |_| nullable(INTERVAL),
            |call| {
                let products: Result<Vec<_>> = (0..call.rows).map(|row| product(call, row)).collect();
                Ok(Arc::new(IntervalMonthDayNanoArray::from(products?)))
            },
        )
        .udf()
    });
    Arc::clone(&TIMES)
}

fn product(call: &Call, row: usize) -> Result<Option<IntervalMonthDayNano>> {
    let intervals = call.args[0].as_primitive::<IntervalMonthDayNanoType>();
    let numbers = call.args[1].as_primitive::<Int64Type>();
    if intervals.is_null(row) || numbers.is_null(row) {
        return Ok(None);
    }
    let (interval, n) = (intervals.value(row), numbers.value(row));
    let short = |part: i32| i64::from(part).checked_mul(n).and_then(|p| i32::try_from(p).ok());
    match (short(interval.months), short(interval.days), interval.nanoseconds.checked_mul(n)) {
        (Some(months), Some(days), Some(nanos)) => Ok(Some(IntervalMonthDayNano::new(months, days, nanos))),
        _ => Err(exec_datafusion_err!("interval overflow: {n} times {interval:?}")),
    }
}
