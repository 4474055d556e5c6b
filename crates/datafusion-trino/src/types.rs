//! Trino's types and Arrow's.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::datatypes::{DataType, Field, FieldRef, Fields, IntervalUnit, TimeUnit};
use datafusion::common::{Result, not_impl_err};
use datafusion::logical_expr::planner::TypePlanner;
use datafusion::sql::sqlparser::ast::{
    ArrayElemTypeDef, CharacterLength, DataType as SqlType, ExactNumberInfo, IntervalFields, TimezoneInfo,
};

use crate::functions::interval::{DAY_TIME, YEAR_MONTH};
use crate::time::precision::{FINEST, unit};

mod widening;

pub(crate) use widening::{common_field, common_type, widen};

const EXTENSION: &str = "ARROW:extension:name";
const JSON: &str = "arrow.json";
const UUID: &str = "arrow.uuid";
const IP_ADDRESS: &str = "trino.ipaddress";
const PRECISION: &str = "trino.precision";

/// A nullable field of Trino's JSON: text, marked so that casts from it read JSON.
pub(crate) fn json_field(name: &str) -> Field {
    extension(name, DataType::Utf8, JSON)
}

/// A nullable field of Trino's ipaddress: the sixteen bytes of an IPv6 address, IPv4 mapped into it.
pub(crate) fn ip_field(name: &str) -> Field {
    extension(name, DataType::FixedSizeBinary(16), IP_ADDRESS)
}

/// A nullable field of Trino's uuid: its sixteen bytes in the order they are written.
pub(crate) fn uuid_field(name: &str) -> Field {
    extension(name, DataType::FixedSizeBinary(16), UUID)
}

fn extension(name: &str, data_type: DataType, extension: &str) -> Field {
    let mark = HashMap::from([(EXTENSION.to_owned(), extension.to_owned())]);
    Field::new(name, data_type, true).with_metadata(mark)
}

fn is_extension(field: &Field, extension: &str) -> bool {
    field.metadata().get(EXTENSION).is_some_and(|name| name == extension)
}

/// Whether a field holds Trino's JSON.
pub(crate) fn is_json(field: &Field) -> bool {
    is_extension(field, JSON)
}

/// Whether a field holds IP addresses.
pub(crate) fn is_ip(field: &Field) -> bool {
    is_extension(field, IP_ADDRESS)
}

/// Whether a field holds UUIDs.
pub(crate) fn is_uuid(field: &Field) -> bool {
    is_extension(field, UUID)
}

/// The p of a field of timestamp(p): its own mark where the unit cannot say it (1, 2, 4, 5, 7, 8), else
/// the digits of the unit; `None` for other types.
pub(crate) fn precision(field: &Field) -> Option<u8> {
    let DataType::Timestamp(unit, _) = field.data_type() else { return None };
    let marked = field.metadata().get(PRECISION).and_then(|digits| digits.parse().ok());
    Some(marked.unwrap_or(digits(*unit)))
}

/// The field as timestamp(p); the unit must hold p digits.
pub(crate) fn with_precision(mut field: Field, p: u8) -> Field {
    let unit = match field.data_type() {
        DataType::Timestamp(unit, _) => digits(*unit),
        _ => return field,
    };
    let mut metadata = field.metadata().clone();
    metadata.remove(PRECISION);
    if p != unit {
        metadata.insert(PRECISION.to_owned(), p.to_string());
    }
    field.set_metadata(metadata);
    field
}

/// The digits behind the second that a unit holds.
pub(crate) fn digits(unit: TimeUnit) -> u8 {
    match unit {
        TimeUnit::Second => 0,
        TimeUnit::Millisecond => 3,
        TimeUnit::Microsecond => 6,
        TimeUnit::Nanosecond => 9,
    }
}

/// Where a field of type `varchar(n)` keeps its n; only casts look at it.
const LENGTH: &str = "trino.length";

/// The n of `varchar(n)`.
pub(crate) fn text_length(field: &Field) -> Option<usize> {
    field.metadata().get(LENGTH)?.parse().ok()
}

/// The field, and all inside it, without the lengths of texts: what a cast gives.
pub(crate) fn without_length(field: &Field) -> Field {
    let inner = |field: &FieldRef| Arc::new(without_length(field));
    let data_type = match field.data_type() {
        DataType::List(item) => DataType::List(inner(item)),
        DataType::Map(entries, sorted) => DataType::Map(inner(entries), *sorted),
        DataType::Struct(fields) => DataType::Struct(fields.iter().map(inner).collect()),
        other => other.clone(),
    };
    let mut metadata = field.metadata().clone();
    metadata.remove(LENGTH);
    field.clone().with_data_type(data_type).with_metadata(metadata)
}

/// The name Trino gives a type.
pub(crate) fn describe(data_type: &DataType) -> String {
    match data_type {
        DataType::Null => "unknown".into(),
        DataType::Boolean => "boolean".into(),
        DataType::Int8 => "tinyint".into(),
        DataType::Int16 => "smallint".into(),
        DataType::Int32 => "integer".into(),
        DataType::Int64 | DataType::UInt8 | DataType::UInt16 | DataType::UInt32 | DataType::UInt64 => "bigint".into(),
        DataType::Float16 | DataType::Float32 => "real".into(),
        DataType::Float64 => "double".into(),
        DataType::Decimal128(p, s) | DataType::Decimal256(p, s) => format!("decimal({p},{s})"),
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => "varchar".into(),
        DataType::Binary | DataType::LargeBinary | DataType::BinaryView | DataType::FixedSizeBinary(_) => {
            "varbinary".into()
        }
        DataType::Date32 | DataType::Date64 => "date".into(),
        DataType::Time32(_) | DataType::Time64(_) => "time".into(),
        DataType::Timestamp(unit, zone) => {
            let digits = digits(*unit);
            let zone = if zone.is_some() { " with time zone" } else { "" };
            format!("timestamp({digits}){zone}")
        }
        DataType::Interval(IntervalUnit::YearMonth) => "interval year to month".into(),
        DataType::Interval(_) | DataType::Duration(_) => "interval day to second".into(),
        DataType::Dictionary(_, value) => describe(value),
        DataType::List(item) | DataType::LargeList(item) | DataType::FixedSizeList(item, _) => {
            format!("array({})", describe_field(item))
        }
        DataType::Struct(fields) => {
            let fields: Vec<String> = fields
                .iter()
                .enumerate()
                .map(|(i, f)| match is_anonymous(i, f) {
                    true => describe_field(f),
                    false => format!("{} {}", f.name(), describe_field(f)),
                })
                .collect();
            format!("row({})", fields.join(", "))
        }
        DataType::Map(entries, _) => match entries.data_type() {
            DataType::Struct(pair) if pair.len() == 2 => {
                format!("map({}, {})", describe_field(&pair[0]), describe_field(&pair[1]))
            }
            _ => "map".into(),
        },
        other => other.to_string(),
    }
}

/// The name Trino gives the type of a field, marks included.
pub(crate) fn describe_field(field: &Field) -> String {
    if is_json(field) {
        return "json".into();
    }
    if is_ip(field) {
        return "ipaddress".into();
    }
    if is_uuid(field) {
        return "uuid".into();
    }
    match (field.data_type(), precision(field)) {
        (DataType::Timestamp(_, None), Some(p)) => format!("timestamp({p})"),
        (DataType::Timestamp(_, Some(_)), Some(p)) => format!("timestamp({p}) with time zone"),
        (other, _) => describe(other),
    }
}

/// The field of a row in a place, without a name. Arrow's fields have names: it gets the one under which
/// Trino's clients print it.
pub(crate) fn anonymous_field(place: usize, like: &Field) -> Field {
    like.clone().with_name(format!("field{place}")).with_nullable(true)
}

/// Whether the field of a row in a place has no name.
pub(crate) fn is_anonymous(place: usize, field: &Field) -> bool {
    field.name().strip_prefix("field").is_some_and(|rest| rest == place.to_string())
}

/// The Arrow type of a map with these fields for key and value.
pub(crate) fn map_type(key: Field, value: Field) -> DataType {
    let key = key.with_name("key").with_nullable(false);
    let value = value.with_name("value").with_nullable(true);
    let entries = Field::new("entries", DataType::Struct(Fields::from(vec![key, value])), false);
    DataType::Map(Arc::new(entries), false)
}

/// The key and value fields of a map type.
pub(crate) fn map_fields(data_type: &DataType) -> Option<(&FieldRef, &FieldRef)> {
    let DataType::Map(entries, _) = data_type else { return None };
    let DataType::Struct(pair) = entries.data_type() else { return None };
    match pair.as_ref() {
        [key, value] => Some((key, value)),
        _ => None,
    }
}

/// A list of nullable items.
pub(crate) fn list_type(item: Field) -> DataType {
    DataType::List(Arc::new(item.with_name("item").with_nullable(true)))
}

/// Plans the types Trino spells its own way: `json`, `map(K, V)`, `array(T)`, `row(…)`,
/// `timestamp(p) with time zone`, `varchar(n)`, `varbinary`, `ipaddress`, `uuid`.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct TrinoTypes;

impl TypePlanner for TrinoTypes {
    fn plan_type_field(&self, sql_type: &SqlType) -> Result<Option<FieldRef>> {
        if let SqlType::Timestamp(Some(p), _) = sql_type
            && *p > u64::from(FINEST)
        {
            return not_impl_err!("timestamp({p}) is not supported: timestamps have at most {FINEST} digits");
        }
        Ok(field("", sql_type).map(Arc::new))
    }
}

/// `None` for what DataFusion may plan its own way.
fn field(name: &str, sql_type: &SqlType) -> Option<Field> {
    let plain = |data_type| Some(Field::new(name, data_type, true));
    match sql_type {
        SqlType::JSON => Some(json_field(name)),
        SqlType::Varchar(Some(CharacterLength::IntegerLength { length, .. })) => {
            let length = HashMap::from([(LENGTH.to_owned(), length.to_string())]);
            Some(Field::new(name, DataType::Utf8, true).with_metadata(length))
        }
        SqlType::Varchar(_)
        | SqlType::Char(_)
        | SqlType::Text
        | SqlType::String(_)
        | SqlType::CharVarying(_)
        | SqlType::CharacterVarying(_)
        | SqlType::Character(_) => plain(DataType::Utf8),
        SqlType::Varbinary(_) => plain(DataType::Binary),
        SqlType::Boolean => plain(DataType::Boolean),
        SqlType::TinyInt(_) => plain(DataType::Int8),
        SqlType::SmallInt(_) => plain(DataType::Int16),
        SqlType::Int(_) | SqlType::Integer(_) => plain(DataType::Int32),
        SqlType::BigInt(_) => plain(DataType::Int64),
        SqlType::Real => plain(DataType::Float32),
        SqlType::Double(_) | SqlType::DoublePrecision => plain(DataType::Float64),
        SqlType::Decimal(info) | SqlType::Numeric(info) => plain(decimal(info)?),
        SqlType::Date => plain(DataType::Date32),
        SqlType::Timestamp(precision, zone) => {
            let zone = match zone {
                TimezoneInfo::WithTimeZone | TimezoneInfo::Tz => Some("+00:00".into()),
                TimezoneInfo::None | TimezoneInfo::WithoutTimeZone => None,
            };
            let p = u8::try_from(precision.unwrap_or(3)).ok().filter(|p| *p <= FINEST)?;
            Some(with_precision(Field::new(name, DataType::Timestamp(unit(p), zone), true), p))
        }
        SqlType::Interval { fields, .. } => plain(match fields {
            Some(IntervalFields::Year | IntervalFields::Month | IntervalFields::YearToMonth) => YEAR_MONTH,
            _ => DAY_TIME,
        }),
        SqlType::Map(key, value) => {
            let (key, value) = (field("key", key)?, field("value", value)?);
            plain(map_type(key, value))
        }
        SqlType::Array(ArrayElemTypeDef::AngleBracket(item) | ArrayElemTypeDef::Parenthesis(item)) => {
            plain(list_type(field("item", item)?))
        }
        SqlType::Struct(fields, _) => {
            let fields: Option<Vec<Field>> = fields
                .iter()
                .enumerate()
                .map(|(i, f)| {
                    let name = f.field_name.as_ref().map_or(format!("field{i}"), |n| n.value.clone());
                    field(&name, &f.field_type)
                })
                .collect();
            plain(DataType::Struct(Fields::from(fields?)))
        }
        SqlType::Custom(custom, _) if custom.to_string() == "ipaddress" => Some(ip_field(name)),
        SqlType::Custom(custom, _) if custom.to_string() == "unknown" => plain(DataType::Null),
        SqlType::Uuid => Some(uuid_field(name)),
        _ => None,
    }
}

/// `decimal` alone is `decimal(38, 0)`.
fn decimal(info: &ExactNumberInfo) -> Option<DataType> {
    let (precision, scale) = match info {
        ExactNumberInfo::None => (38, 0),
        ExactNumberInfo::Precision(p) => (*p, 0),
        ExactNumberInfo::PrecisionAndScale(p, s) => (*p, *s),
    };
    let scale = i8::try_from(scale).ok().filter(|s| (0..=38).contains(s))?;
    let precision = u8::try_from(precision).ok().filter(|p| (1..=38).contains(p))?;
    Some(DataType::Decimal128(precision, scale))
}
