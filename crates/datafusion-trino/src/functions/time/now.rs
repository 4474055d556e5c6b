//! The start of the query, as every function of it sees it: `now`, `current_timestamp(p)`,
//! `localtimestamp(p)`; and the session's zone, `current_timezone`.

use std::sync::Arc;

use arrow::array::{ArrayRef, StringArray};
use arrow::datatypes::{DataType, Field, FieldRef};
use chrono::{DateTime, Utc};
use datafusion::common::config::ConfigOptions;
use datafusion::common::metadata::FieldMetadata;
use datafusion::common::{Result, ScalarValue, exec_err, internal_err, plan_err};
use datafusion::logical_expr::simplify::{ExprSimplifyResult, SimplifyContext};
use datafusion::logical_expr::{
    ColumnarValue, Expr, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};

use super::super::cast::time::zone_of;
use super::super::scalar::{Call, session_zone};
use crate::time::precision::{FINEST, per_second, power, unit};
use crate::time::zone::Zone;
use crate::types::with_precision;

/// Digits when none are asked for.
const DIGITS: u8 = 3;

/// A function that gives the start of the query, rounded to so many digits of the second.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Now {
    name: &'static str,
    aliases: Vec<String>,
    zoned: bool,
    zone: String,
    signature: Signature,
}

impl Now {
    /// With the session's zone, or what its clock shows.
    pub(super) fn new(name: &'static str, aliases: &[&str], zoned: bool) -> Now {
        let signature = Signature::user_defined(Volatility::Stable);
        let aliases = aliases.iter().map(|&alias| alias.to_owned()).collect();
        Now { name, aliases, zoned, zone: "UTC".to_owned(), signature }
    }

    fn digits(&self, p: Option<&ScalarValue>) -> Result<u8> {
        let Some(p) = p else { return plan_err!("{}(p): p must be a constant", self.name) };
        match p.cast_to(&DataType::Int64)? {
            ScalarValue::Int64(Some(p)) if (0..=i64::from(FINEST)).contains(&p) => Ok(p as u8),
            _ => plan_err!("{}({p}): timestamps have 0 to {FINEST} digits of the second", self.name),
        }
    }

    fn field(&self, digits: u8) -> Result<Field> {
        let zone = if self.zoned { Some(zone_of(&self.zone)?.arrow_name()) } else { None };
        let field = Field::new(self.name, DataType::Timestamp(unit(digits), zone), false);
        Ok(with_precision(field, digits))
    }

    fn value(&self, start: DateTime<Utc>, digits: u8) -> Result<Expr> {
        let zone = zone_of(&self.zone)?;
        let ahead = if self.zoned { 0 } else { zone.offset_at(start.timestamp()) };
        let step = power(FINEST - digits);
        let nanos = (i64::from(start.timestamp_subsec_nanos()) + step / 2) / step * step;
        let count = per_second(unit(digits));
        let value = (start.timestamp() + ahead) * count + nanos / (power(FINEST) / count);
        let field = self.field(digits)?;
        let number = ScalarValue::Int64(Some(value)).cast_to(field.data_type())?;
        Ok(Expr::Literal(number, Some(FieldMetadata::from(field.metadata().clone()))))
    }
}

impl ScalarUDFImpl for Now {
    fn name(&self) -> &str {
        self.name
    }

    fn aliases(&self) -> &[String] {
        &self.aliases
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, types: &[DataType]) -> Result<Vec<DataType>> {
        match types {
            [] => Ok(vec![]),
            [p] if p.is_integer() => Ok(vec![DataType::Int64]),
            _ => plan_err!("{} takes nothing, or how many digits of the second", self.name),
        }
    }

    fn return_type(&self, _types: &[DataType]) -> Result<DataType> {
        Ok(self.field(DIGITS)?.data_type().clone())
    }

    fn return_field_from_args(&self, args: ReturnFieldArgs) -> Result<FieldRef> {
        let digits = match args.scalar_arguments {
            [] => DIGITS,
            [p, ..] => self.digits(*p)?,
        };
        Ok(Arc::new(self.field(digits)?))
    }

    fn with_updated_config(&self, config: &ConfigOptions) -> Option<ScalarUDF> {
        Some(ScalarUDF::new_from_impl(Now { zone: session_zone(config).to_owned(), ..self.clone() }))
    }

    fn simplify(&self, args: Vec<Expr>, info: &SimplifyContext) -> Result<ExprSimplifyResult> {
        let Some(start) = info.query_execution_start_time() else {
            return Ok(ExprSimplifyResult::Original(args));
        };
        let digits = match args.as_slice() {
            [] => DIGITS,
            [p, ..] => self.digits(p.as_literal())?,
        };
        Ok(ExprSimplifyResult::Simplified(self.value(start, digits)?))
    }

    fn invoke_with_args(&self, _args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        internal_err!("{} has no value before the query starts", self.name)
    }
}

/// The name of the session's zone.
pub(super) fn current_timezone(call: &Call) -> Result<ArrayRef> {
    let name = call.session_zone();
    match Zone::parse(name) {
        Some(zone) => Ok(Arc::new(StringArray::from(vec![zone.name(); call.rows]))),
        None => exec_err!("'{name}' is not a valid time zone"),
    }
}

/// The name of the zone of a timestamp with time zone.
pub(super) fn timezone(call: &Call) -> Result<ArrayRef> {
    let times = call.times(0)?;
    let zone = times.zone().map_or("UTC", Zone::name);
    let names = (0..call.rows).map(|row| times.instant(row).map(|_| zone));
    Ok(Arc::new(names.collect::<StringArray>()))
}
