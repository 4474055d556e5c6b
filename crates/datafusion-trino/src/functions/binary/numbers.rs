//! Numbers in bytes, the most significant first.

use arrow::array::{ArrayRef, AsArray, BinaryArray, Float32Array, Float64Array, Int32Array, Int64Array};
use arrow::datatypes::Float64Type;
use datafusion::common::{Result, exec_datafusion_err};

use crate::functions::scalar::Call;

pub(super) fn to_big_endian_32(call: &Call) -> Result<ArrayRef> {
    call.rows::<_, BinaryArray>(|row| {
        let number = call.integer(0, row);
        let number = i32::try_from(number).map_err(|_| exec_datafusion_err!("{number} is no integer of 32 bits"))?;
        Ok(Some(number.to_be_bytes()))
    })
}

pub(super) fn to_big_endian_64(call: &Call) -> Result<ArrayRef> {
    call.rows::<_, BinaryArray>(|row| Ok(Some(call.integer(0, row).to_be_bytes())))
}

pub(super) fn from_big_endian_32(call: &Call) -> Result<ArrayRef> {
    let wrong = |given| format!("expected 4-byte input, but got instead: {given}");
    call.rows::<_, Int32Array>(|row| Ok(Some(i32::from_be_bytes(exactly(call, row, wrong)?))))
}

pub(super) fn from_big_endian_64(call: &Call) -> Result<ArrayRef> {
    let wrong = |given| format!("expected 8-byte input, but got instead: {given}");
    call.rows::<_, Int64Array>(|row| Ok(Some(i64::from_be_bytes(exactly(call, row, wrong)?))))
}

pub(super) fn to_ieee754_32(call: &Call) -> Result<ArrayRef> {
    let numbers = call.args[0].as_primitive::<Float64Type>();
    call.rows::<_, BinaryArray>(|row| Ok(Some((numbers.value(row) as f32).to_be_bytes())))
}

pub(super) fn to_ieee754_64(call: &Call) -> Result<ArrayRef> {
    let numbers = call.args[0].as_primitive::<Float64Type>();
    call.rows::<_, BinaryArray>(|row| Ok(Some(numbers.value(row).to_be_bytes())))
}

pub(super) fn from_ieee754_32(call: &Call) -> Result<ArrayRef> {
    let wrong = |_| "Input floating-point value must be exactly 4 bytes long".to_owned();
    call.rows::<_, Float32Array>(|row| Ok(Some(f32::from_be_bytes(exactly(call, row, wrong)?))))
}

pub(super) fn from_ieee754_64(call: &Call) -> Result<ArrayRef> {
    let wrong = |_| "Input floating-point value must be exactly 8 bytes long".to_owned();
    call.rows::<_, Float64Array>(|row| Ok(Some(f64::from_be_bytes(exactly(call, row, wrong)?))))
}

fn exactly<const N: usize>(call: &Call, row: usize, wrong: impl Fn(usize) -> String) -> Result<[u8; N]> {
    let bytes = call.bytes(0).value(row);
    bytes.try_into().map_err(|_| exec_datafusion_err!("{}", wrong(bytes.len())))
}
