//! The shape of Athena's table for CloudTrail as expressions over the flat columns.
//!
//! An event data store is there a second time as `athena.NAME`: JSON objects are text, times are ISO 8601 text, and
//! the partition columns of AWS's tables stand at the end ([`athena::FIELDS`]). Comparisons keep pruning:
//!
//! | asked for | becomes |
//! | --- | --- |
//! | `eventtime >= '2023-01-02'`, `eventtime LIKE '2023-01%'` | bounds of the time |
//! | `from_iso8601_timestamp(eventtime) > now() - interval '1' day` | a bound of the time |
//! | `timestamp BETWEEN '2023/01/02' AND '2023/01/09'`, `year = '2023'` | bounds of the time |
//! | `useridentity.arn = '…'`, `region = '…'`, `account = '…'` | the flat column |
//! | `json_extract_scalar(requestparameters, '$.bucketName') = '…'` | the same, and the key's own column ([`crate::json_key_rule`]) |

use datafusion::common::Result;
use datafusion::functions::core::expr_fn::named_struct;
use datafusion::logical_expr::{Expr, LogicalPlan, LogicalPlanBuilder, cast};
use datafusion::prelude::lit;
use traillake_event::schema::Schema;
use traillake_event::schema::athena::{self, Field, Shape};

use crate::functions::{TimeText, TrailMap, TrailNested, TrailSame};
use crate::view::{call, column, named, present};

/// The view over a scan of the physical columns.
pub(crate) fn athena_view(_: &Schema, scan: LogicalPlan) -> Result<LogicalPlan> {
    let columns = athena::FIELDS.iter().map(|field| named(expression(field), field.name)).collect::<Vec<_>>();
    LogicalPlanBuilder::from(scan).project(columns)?.build()
}

fn expression(field: &'static Field) -> Expr {
    let flat = || column(&field.path.join("_"));
    match &field.shape {
        Shape::Text => flat(),
        Shape::Same => call(TrailSame::new(), vec![flat()]),
        Shape::Boolean => cast(flat(), arrow::datatypes::DataType::Utf8View),
        Shape::Time(form) => call(TimeText::new(*form), vec![flat()]),
        Shape::Map => call(TrailMap::new(), vec![flat()]),
        Shape::Nested(nested) => call(TrailNested::new(&format!("athena_{}", field.name), nested), vec![flat()]),
        Shape::Struct(fields) => {
            let row = named_struct(fields.iter().flat_map(|field| [lit(field.name), expression(field)]).collect());
            present(Schema::events(), field.path, row)
        }
    }
}
