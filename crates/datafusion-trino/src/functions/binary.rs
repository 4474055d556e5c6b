//! Functions over varbinary: text forms, numbers in bytes, hashes.

mod digest;
mod forms;
mod murmur;
mod numbers;
mod spooky;

use arrow::datatypes::{DataType, FieldRef};

use super::scalar::{Coerce, Function, Kind, Returns, fit, nullable};

const T: Kind = Kind::Text;
const N: Kind = Kind::Integer;
const D: Kind = Kind::Double;
const B: Kind = Kind::Binary;

pub(crate) fn functions() -> Vec<Function> {
    let bytes: Returns = |_: &[FieldRef]| nullable(DataType::Binary);
    let text: Returns = |_: &[FieldRef]| nullable(DataType::Utf8);
    let returns = |data_type: &DataType| -> Returns {
        match data_type {
            DataType::Int32 => |_| nullable(DataType::Int32),
            DataType::Int64 => |_| nullable(DataType::Int64),
            DataType::Float32 => |_| nullable(DataType::Float32),
            _ => |_| nullable(DataType::Float64),
        }
    };
    let (integer, bigint) = (returns(&DataType::Int32), returns(&DataType::Int64));
    let (real, double) = (returns(&DataType::Float32), returns(&DataType::Float64));
    let one: Coerce = |n, t| fit(n, t, &[&[B]]);
    let two: Coerce = |n, t| fit(n, t, &[&[B, B]]);
    let either: Coerce = |n, t| fit(n, t, &[&[T], &[B]]);
    let number: Coerce = |n, t| fit(n, t, &[&[N]]);
    let fraction: Coerce = |n, t| fit(n, t, &[&[D]]);
    vec![
        Function::new("crc32", one, bigint, digest::crc32),
        Function::new("from_base32", either, bytes, forms::from_base32),
        Function::new("from_base64", either, bytes, forms::from_base64),
        Function::new("from_base64url", either, bytes, forms::from_base64url),
        Function::new("from_big_endian_32", one, integer, numbers::from_big_endian_32),
        Function::new("from_big_endian_64", one, bigint, numbers::from_big_endian_64),
        Function::new("from_hex", either, bytes, forms::from_hex),
        Function::new("from_ieee754_32", one, real, numbers::from_ieee754_32),
        Function::new("from_ieee754_64", one, double, numbers::from_ieee754_64),
        Function::new("from_utf8", |n, t| fit(n, t, &[&[B], &[B, T], &[B, N]]), text, forms::from_utf8),
        Function::new("hmac_md5", two, bytes, digest::hmac_md5),
        Function::new("hmac_sha1", two, bytes, digest::hmac_sha1),
        Function::new("hmac_sha256", two, bytes, digest::hmac_sha256),
        Function::new("hmac_sha512", two, bytes, digest::hmac_sha512),
        Function::new("md5", one, bytes, digest::md5),
        Function::new("murmur3", one, bytes, digest::murmur3),
        Function::new("sha1", one, bytes, digest::sha1),
        Function::new("sha256", one, bytes, digest::sha256),
        Function::new("sha512", one, bytes, digest::sha512),
        Function::new("spooky_hash_v2_32", one, bytes, digest::spooky_hash_v2_32),
        Function::new("spooky_hash_v2_64", one, bytes, digest::spooky_hash_v2_64),
        Function::new("to_base32", one, text, forms::to_base32),
        Function::new("to_base64", one, text, forms::to_base64),
        Function::new("to_base64url", one, text, forms::to_base64url),
        Function::new("to_big_endian_32", number, bytes, numbers::to_big_endian_32),
        Function::new("to_big_endian_64", number, bytes, numbers::to_big_endian_64),
        Function::new("to_hex", one, text, forms::to_hex),
        Function::new("to_ieee754_32", fraction, bytes, numbers::to_ieee754_32),
        Function::new("to_ieee754_64", fraction, bytes, numbers::to_ieee754_64),
        Function::new("to_utf8", |n, t| fit(n, t, &[&[T]]), bytes, forms::to_utf8),
        Function::new("xxhash64", one, bytes, digest::xxhash64),
    ]
}
