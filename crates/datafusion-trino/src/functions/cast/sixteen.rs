//! Casts to the types of sixteen bytes: ipaddress and uuid.

use std::net::IpAddr;
use std::sync::{Arc, LazyLock};

use arrow::array::{Array, ArrayRef, AsArray, FixedSizeBinaryBuilder};
use arrow::compute::cast;
use arrow::datatypes::{DataType, FieldRef};
use datafusion::common::{Result, exec_err, plan_err};
use datafusion::logical_expr::ScalarUDF;

use crate::functions::scalar::{Call, Evaluate, Function, Returns, is_text};
use crate::types::{describe, ip_field, uuid_field};

/// `cast(x as ipaddress)` of text and varbinary; a lenient one gives NULL where the other fails.
pub(crate) fn to_ip(lenient: bool) -> Arc<ScalarUDF> {
    static CASTS: LazyLock<[Arc<ScalarUDF>; 2]> = LazyLock::new(|| {
        let returns: Returns = |_: &[FieldRef]| Ok(Arc::new(ip_field("")));
        pair(
            "trino_ipaddress",
            "trino_try_ipaddress",
            returns,
            |call| addresses(call, false),
            |call| addresses(call, true),
        )
    });
    Arc::clone(&CASTS[usize::from(lenient)])
}

/// `cast(x as uuid)` of text and varbinary; a lenient one gives NULL where the other fails.
pub(crate) fn to_uuid(lenient: bool) -> Arc<ScalarUDF> {
    static CASTS: LazyLock<[Arc<ScalarUDF>; 2]> = LazyLock::new(|| {
        let returns: Returns = |_: &[FieldRef]| Ok(Arc::new(uuid_field("")));
        pair("trino_uuid", "trino_try_uuid", returns, |call| uuids(call, false), |call| uuids(call, true))
    });
    Arc::clone(&CASTS[usize::from(lenient)])
}

fn pair(
    strict: &'static str,
    lenient: &'static str,
    returns: Returns,
    strictly: Evaluate,
    leniently: Evaluate,
) -> [Arc<ScalarUDF>; 2] {
    [
        Function::new(strict, text_or_bytes, returns, strictly).udf(),
        Function::new(lenient, text_or_bytes, returns, leniently).udf(),
    ]
}

fn text_or_bytes(_: &str, types: &[DataType]) -> Result<Vec<DataType>> {
    match types {
        [DataType::Binary | DataType::BinaryView | DataType::LargeBinary | DataType::FixedSizeBinary(_)] => {
            Ok(vec![DataType::Binary])
        }
        [given] if is_text(given) => Ok(vec![DataType::Utf8View]),
        [given, ..] => plan_err!("Cannot cast {} to ipaddress or uuid", describe(given)),
        [] => plan_err!("a cast takes a value"),
    }
}

fn addresses(call: &Call, lenient: bool) -> Result<ArrayRef> {
    let from_text = |text: &str| match text.parse::<IpAddr>() {
        Ok(IpAddr::V4(address)) => Ok(address.to_ipv6_mapped().octets()),
        Ok(IpAddr::V6(address)) => Ok(address.octets()),
        Err(_) => exec_err!("Cannot cast value to IPADDRESS: {text}"),
    };
    let from_bytes = |bytes: &[u8]| {
        if let Ok(bytes) = <[u8; 4]>::try_from(bytes) {
            return Ok(std::net::Ipv4Addr::from(bytes).to_ipv6_mapped().octets());
        }
        match bytes.try_into() {
            Ok(bytes) => Ok(bytes),
            Err(_) => exec_err!("Invalid IP address binary length: {}", bytes.len()),
        }
    };
    build(&call.args[0], lenient, from_text, from_bytes)
}

fn uuids(call: &Call, lenient: bool) -> Result<ArrayRef> {
    let from_text = |text: &str| match uuid::Uuid::try_parse(text) {
        // The parser takes other spellings, Trino only this one.
        Ok(uuid) if text.len() == 36 => Ok(uuid.into_bytes()),
        _ => exec_err!("Cannot cast value to UUID: {text}"),
    };
    let from_bytes = |bytes: &[u8]| match bytes.try_into() {
        Ok(bytes) => Ok(bytes),
        Err(_) => exec_err!("Invalid UUID binary length: {}", bytes.len()),
    };
    build(&call.args[0], lenient, from_text, from_bytes)
}

fn build(
    values: &ArrayRef,
    lenient: bool,
    from_text: impl Fn(&str) -> Result<[u8; 16]>,
    from_bytes: impl Fn(&[u8]) -> Result<[u8; 16]>,
) -> Result<ArrayRef> {
    let mut result = FixedSizeBinaryBuilder::with_capacity(values.len(), 16);
    let values = if is_text(values.data_type()) { cast(values, &DataType::Utf8View)? } else { Arc::clone(values) };
    let texts = values.as_string_view_opt();
    for row in 0..values.len() {
        if values.is_null(row) {
            result.append_null();
            continue;
        }
        let bytes = match texts {
            Some(texts) => from_text(texts.value(row)),
            None => from_bytes(values.as_binary::<i32>().value(row)),
        };
        match bytes {
            Ok(bytes) => result.append_value(bytes)?,
            Err(_) if lenient => result.append_null(),
            Err(error) => return Err(error),
        }
    }
    Ok(Arc::new(result.finish()))
}
