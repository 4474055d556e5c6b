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

use datafusion::functions::core::expr_fn::named_struct;
use datafusion::logical_expr::{Expr, cast};
use datafusion::prelude::lit;
use datafusion_trino::Mentions;
use traillake_event::schema::Schema;
use traillake_event::schema::athena::{self, Field, Shape};

use crate::functions::{TimeText, TrailMap, TrailNested, TrailSame};
use crate::view::{call, column, mentioned, named, present, within};

/// The columns of the table that a statement mentions.
pub(crate) fn athena_columns(_: &Schema, mentions: &Mentions) -> Vec<Expr> {
    mentioned(athena::FIELDS, |field| field.name, mentions)
        .map(|field| named(expression(field, mentions), field.name))
        .collect()
}

fn expression(field: &'static Field, mentions: &Mentions) -> Expr {
    let flat = || column(&field.path.join("_"));
    match &field.shape {
        Shape::Text => flat(),
        Shape::Same => call(TrailSame::new(), vec![flat()]),
        Shape::Boolean => cast(flat(), arrow::datatypes::DataType::Utf8View),
        Shape::Time(form) => call(TimeText::new(*form), vec![flat()]),
        Shape::Map => call(TrailMap::new(), vec![flat()]),
        Shape::Nested(nested) => call(TrailNested::new(&format!("athena_{}", field.name), nested), vec![flat()]),
        Shape::Struct(fields) => {
            let mentions = within(field.name, mentions);
            let kept = mentioned(fields, |field| field.name, &mentions);
            let row = named_struct(kept.flat_map(|kept| [lit(kept.name), expression(kept, &mentions)]).collect());
            present(Schema::events(), field.path, row)
        }
    }
}
