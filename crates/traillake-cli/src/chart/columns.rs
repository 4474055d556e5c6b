//! What a chart needs of a result's columns.

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, Float64Type, Int64Type, SchemaRef, TimeUnit};
use traillake::text::Formatter;

use super::NoChart;
use super::calendar::time_of;

/// Rows a chart is drawn of at most.
pub(super) const ROWS_MAX: usize = 100_000;
/// Columns of text that together name what a number is of.
pub(super) const TEXTS_MAX: usize = 3;
/// Characters of a text that count.
pub(super) const LABEL_CHARS_MAX: usize = 200;

/// The columns, as far as they can be drawn, and how many rows they have.
#[derive(Debug)]
pub(super) struct Columns {
    pub(super) columns: Vec<Column>,
    pub(super) rows: usize,
}

#[derive(Debug)]
pub(super) struct Column {
    pub(super) name: String,
    /// As SQL writes it.
    kind: &'static str,
    pub(super) values: Values,
}

/// The values of a column; one for each row, but none where the column is left out.
#[derive(Debug)]
pub(super) enum Values {
    /// Milliseconds since 1970.
    Times(Vec<Option<i64>>),
    Numbers {
        values: Vec<Option<Number>>,
        /// Whether they are whole, so that sums of them mean something.
        whole: bool,
    },
    Texts(Vec<Option<String>>),
    LeftOut,
}

/// A number, and how it is written.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Number {
    pub(super) value: f64,
    pub(super) text: String,
}

impl Columns {
    pub(super) fn new(schema: &SchemaRef) -> Self {
        let mut texts = 0;
        let column = |field: &arrow::datatypes::FieldRef| {
            let (kind, mut values) = kind(field.data_type());
            if matches!(values, Values::Texts(_)) {
                texts += 1;
                if texts > TEXTS_MAX {
                    values = Values::LeftOut;
                }
            }
            Column { name: field.name().clone(), kind, values }
        };
        Self { columns: schema.fields().iter().map(column).collect(), rows: 0 }
    }

    /// Whether there is anything that can be drawn or counted.
    pub(super) fn may_be_charted(&self) -> bool {
        let count = |is: fn(&Values) -> bool| self.columns.iter().filter(|column| is(&column.values)).count();
        let numbers = count(|values| matches!(values, Values::Numbers { .. }));
        let times = count(|values| matches!(values, Values::Times(_)));
        let texts = count(|values| matches!(values, Values::Texts(_)));
        // Texts may turn out to be times.
        numbers > 0 || times > 0 || texts > 0
    }

    /// Each column with its type.
    pub(super) fn described(&self) -> String {
        let described = self.columns.iter().map(|column| format!("{} ({})", column.name, column.kind));
        described.collect::<Vec<_>>().join(", ")
    }

    pub(super) fn take(&mut self, batch: &RecordBatch) -> Result<(), NoChart> {
        self.rows += batch.num_rows();
        if self.rows > ROWS_MAX {
            return Err(NoChart::TooManyRows);
        }
        let fields = batch.schema_ref().fields().iter();
        for ((column, array), field) in self.columns.iter_mut().zip(batch.columns()).zip(fields) {
            column.values.take(field, array);
        }
        Ok(())
    }

    /// Texts that are all written as times become times.
    pub(super) fn read_times(&mut self) {
        for column in &mut self.columns {
            let Values::Texts(texts) = &column.values else { continue };
            let times = texts.iter().map(|text| text.as_deref().map_or(Some(None), |text| time_of(text).map(Some)));
            if let Some(times) = times.collect::<Option<Vec<_>>>()
                && times.iter().any(Option::is_some)
            {
                column.values = Values::Times(times);
            }
        }
    }
}

impl Values {
    fn take(&mut self, field: &Field, array: &ArrayRef) {
        match self {
            Values::Times(all) => times(array, all),
            Values::Numbers { values, .. } => numbers(field, array, values),
            Values::Texts(all) => {
                let texts = Formatter::for_field(field, array.as_ref());
                all.extend((0..array.len()).map(|row| written(&texts, row).map(label)));
            }
            Values::LeftOut => {}
        }
    }
}

fn kind(data_type: &DataType) -> (&'static str, Values) {
    let number = |whole| Values::Numbers { values: Vec::new(), whole };
    match data_type {
        DataType::Timestamp(_, _) => ("timestamp", Values::Times(Vec::new())),
        DataType::Date32 | DataType::Date64 => ("date", Values::Times(Vec::new())),
        DataType::Decimal32(_, scale)
        | DataType::Decimal64(_, scale)
        | DataType::Decimal128(_, scale)
        | DataType::Decimal256(_, scale) => ("decimal", number(*scale <= 0)),
        data_type if data_type.is_integer() => ("bigint", number(true)),
        data_type if data_type.is_floating() => ("double", number(false)),
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => ("varchar", Values::Texts(Vec::new())),
        DataType::Boolean => ("boolean", Values::Texts(Vec::new())),
        DataType::Dictionary(_, value) => kind(value),
        DataType::Struct(_) => ("row", Values::LeftOut),
        DataType::Map(_, _) => ("map", Values::LeftOut),
        DataType::List(_) | DataType::LargeList(_) => ("array", Values::LeftOut),
        DataType::FixedSizeBinary(_) => ("ipaddress", Values::Texts(Vec::new())),
        _ => ("another type", Values::LeftOut),
    }
}

/// What cannot be cast is as good as NULL.
fn times(array: &ArrayRef, to: &mut Vec<Option<i64>>) {
    let millis = DataType::Timestamp(TimeUnit::Millisecond, None);
    match cast(array, &millis).and_then(|millis| cast(&millis, &DataType::Int64)) {
        Ok(millis) => to.extend(millis.as_primitive::<Int64Type>().iter()),
        Err(_) => to.extend(std::iter::repeat_n(None, array.len())),
    }
}

fn numbers(field: &Field, array: &ArrayRef, to: &mut Vec<Option<Number>>) {
    let texts = Formatter::for_field(field, array.as_ref());
    let Ok(doubles) = cast(array, &DataType::Float64) else {
        return to.extend(std::iter::repeat_n(None, array.len()));
    };
    let doubles = doubles.as_primitive::<Float64Type>();
    let number = |(row, value): (usize, Option<f64>)| {
        let value = value.filter(|value| value.is_finite())?;
        written(&texts, row).map(|text| Number { value, text })
    };
    to.extend(doubles.iter().enumerate().map(number));
}

fn written(texts: &Formatter, row: usize) -> Option<String> {
    let mut text = String::new();
    texts.write(row, &mut text).then_some(text)
}

fn label(mut text: String) -> String {
    if let Some((end, _)) = text.char_indices().nth(LABEL_CHARS_MAX) {
        text.truncate(end);
        text.push('…');
    }
    text
}
