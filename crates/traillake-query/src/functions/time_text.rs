//! Instants as text, for tables whose times are text.

use std::sync::Arc;

use arrow::array::{AsArray, StringViewBuilder};
use arrow::datatypes::{DataType, TimestampMillisecondType};
use datafusion::common::{Result, ScalarValue, exec_err};
use datafusion::logical_expr::interval_arithmetic::Interval;
use datafusion::logical_expr::preimage::PreimageResult;
use datafusion::logical_expr::simplify::SimplifyContext;
use datafusion::logical_expr::{ColumnarValue, Expr, ScalarFunctionArgs, ScalarUDFImpl, Signature, Volatility};
use traillake_event::time::Form;

/// `trail_time_text(time)`: an instant in one of its forms.
///
/// Where texts are in the order of time, a comparison with a text becomes one of instants, which prunes. The function
/// therefore stays where it is written: below a filter, the filter would see a column of texts.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(crate) struct TimeText {
    form: Form,
    name: &'static str,
    signature: Signature,
}

impl TimeText {
    pub(crate) fn new(form: Form) -> Self {
        let name = match form {
            Form::Instant => "trail_time_text",
            Form::Date => "trail_date_text",
            Form::Year => "trail_year_text",
            Form::Month => "trail_month_text",
            Form::Day => "trail_day_text",
        };
        Self { form, name, signature: Signature::any(1, Volatility::Immutable) }
    }

    /// Whether its texts tell the whole instant, to the second.
    pub(crate) fn is_instant(&self) -> bool {
        self.form == Form::Instant
    }

    /// The instants whose text begins with a prefix: from the first up to, not including, the second.
    pub(crate) fn beginning_with(&self, prefix: &str) -> Option<(ScalarValue, ScalarValue)> {
        let first = self.form.first_not(|text| text < prefix)?;
        let end = self.form.first_not(|text| text < prefix || text.starts_with(prefix))?;
        Some((millis(first), millis(end)))
    }
}

fn millis(value: i64) -> ScalarValue {
    ScalarValue::TimestampMillisecond(Some(value), None)
}

impl ScalarUDFImpl for TimeText {
    fn name(&self) -> &str {
        self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Utf8View)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let [time] = args.args.as_slice() else { return exec_err!("{} wants one argument", self.name) };
        let array = time.to_array(args.number_rows)?;
        let times = array.as_primitive::<TimestampMillisecondType>();
        let mut builder = StringViewBuilder::with_capacity(times.len());
        let mut text = String::new();
        for time in times {
            text.clear();
            if let Some(time) = time {
                self.form.write(&mut text, time);
            }
            builder.append_option(time.map(|_| &text));
        }
        Ok(ColumnarValue::Array(Arc::new(builder.finish())))
    }

    fn preimage(&self, args: &[Expr], literal: &Expr, _: &SimplifyContext) -> Result<PreimageResult> {
        let ([time], Expr::Literal(value, _)) = (args, literal) else { return Ok(PreimageResult::None) };
        let Some(value) = value.try_as_str().flatten() else { return Ok(PreimageResult::None) };
        let (first, end) = (self.form.first_not(|text| text < value), self.form.first_not(|text| text <= value));
        let (Some(first), Some(end)) = (first, end) else { return Ok(PreimageResult::None) };
        let interval = Box::new(Interval::try_new(millis(first), millis(end))?);
        Ok(PreimageResult::Range { expr: time.clone(), interval })
    }
}
