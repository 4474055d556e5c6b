//! `checksum`: of a column, whatever the order of its rows.

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, FieldRef, Float64Type, Int64Type, TimeUnit};
use datafusion::common::{Result, ScalarValue};
use datafusion::logical_expr::Accumulator;

use super::{Aggregate, nullable, wrong};

const P1: u64 = 0x9E37_79B1_85EB_CA87;
const P2: u64 = 0xC2B2_AE3D_27D4_EB4F;
const P3: u64 = 0x1656_67B1_9E37_79F9;
const P4: u64 = 0x85EB_CA77_C2B2_AE63;
const P5: u64 = 0x27D4_EB2F_1656_67C5;

pub(super) fn functions() -> Vec<Aggregate> {
    let make = |_: &super::Call| Ok(Box::new(Checksum { sum: None }) as Box<dyn Accumulator>);
    vec![Aggregate::new("checksum", types, |_| nullable(DataType::Binary), state, make)]
}

/// Numbers, dates and timestamps are hashed as 64 bits, texts and bytes as they are.
fn types(name: &str, types: &[DataType]) -> Result<Vec<DataType>> {
    let [of] = types else { return wrong(name, types, "one value") };
    let hashed = match of {
        DataType::Boolean | DataType::Date32 => Some(of.clone()),
        DataType::Timestamp(_, zone) => Some(DataType::Timestamp(TimeUnit::Microsecond, zone.clone())),
        number if number.is_integer() => Some(DataType::Int64),
        number if number.is_floating() => Some(DataType::Float64),
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View | DataType::Null => Some(DataType::Utf8),
        DataType::Binary | DataType::LargeBinary | DataType::BinaryView => Some(DataType::Binary),
        _ => None,
    };
    match hashed {
        Some(hashed) => Ok(vec![hashed]),
        None => wrong(name, types, "a boolean, number, varchar, varbinary, date or timestamp"),
    }
}

fn state(_args: &[FieldRef]) -> Result<Vec<DataType>> {
    Ok(vec![DataType::Int64])
}

/// XXH64 of some bytes with seed zero.
fn xxh64(bytes: &[u8]) -> u64 {
    let (blocks, mut rest) = bytes.as_chunks::<32>();
    let mut hash = if blocks.is_empty() {
        P5
    } else {
        let mut lanes = [P1.wrapping_add(P2), P2, 0, 0u64.wrapping_sub(P1)];
        for block in blocks {
            for (lane, word) in lanes.iter_mut().zip(block.as_chunks::<8>().0) {
                *lane = round(*lane, u64::from_le_bytes(*word));
            }
        }
        let turns = lanes.iter().zip([1, 7, 12, 18]);
        let joined = turns.fold(0u64, |sum, (lane, turn)| sum.wrapping_add(lane.rotate_left(turn)));
        let joined = lanes.iter().fold(joined, |hash, lane| (hash ^ round(0, *lane)).wrapping_mul(P1).wrapping_add(P4));
        rest = &bytes[blocks.len() * 32..];
        joined
    };
    hash = hash.wrapping_add(bytes.len() as u64);
    let (words, tail) = rest.as_chunks::<8>();
    for word in words {
        hash = (hash ^ round(0, u64::from_le_bytes(*word))).rotate_left(27).wrapping_mul(P1).wrapping_add(P4);
    }
    let (halves, tail) = tail.as_chunks::<4>();
    for half in halves {
        let half = u64::from(u32::from_le_bytes(*half)).wrapping_mul(P1);
        hash = (hash ^ half).rotate_left(23).wrapping_mul(P2).wrapping_add(P3);
    }
    for byte in tail {
        hash = (hash ^ u64::from(*byte).wrapping_mul(P5)).rotate_left(11).wrapping_mul(P1);
    }
    hash = (hash ^ (hash >> 33)).wrapping_mul(P2);
    hash = (hash ^ (hash >> 29)).wrapping_mul(P3);
    hash ^ (hash >> 32)
}

fn round(lane: u64, word: u64) -> u64 {
    lane.wrapping_add(word.wrapping_mul(P2)).rotate_left(31).wrapping_mul(P1)
}

/// The sum of the hashes, each times a prime; NULL counts as the prime alone.
#[derive(Debug)]
struct Checksum {
    sum: Option<u64>,
}

impl Checksum {
    fn add(&mut self, hash: Option<u64>) {
        let value = hash.map_or(P1, |hash| hash.wrapping_mul(P1));
        self.sum = Some(self.sum.unwrap_or(0).wrapping_add(value));
    }
}

impl Accumulator for Checksum {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        let values = &values[0];
        match values.data_type() {
            DataType::Utf8 => {
                let texts = values.as_string::<i32>();
                texts.iter().for_each(|text| self.add(text.map(|text| xxh64(text.as_bytes()))));
            }
            DataType::Binary => {
                values.as_binary::<i32>().iter().for_each(|bytes| self.add(bytes.map(xxh64)));
            }
            DataType::Float64 => {
                // Both zeros are the same.
                let bits = |value: f64| if value == 0.0 { 0 } else { value.to_bits() };
                let numbers = values.as_primitive::<Float64Type>();
                numbers.iter().for_each(|number| self.add(number.map(|number| xxh64(&bits(number).to_le_bytes()))));
            }
            _ => {
                let numbers = cast(values, &DataType::Int64)?;
                let numbers = numbers.as_primitive::<Int64Type>();
                numbers.iter().for_each(|number| self.add(number.map(|number| xxh64(&number.to_le_bytes()))));
            }
        }
        Ok(())
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        Ok(ScalarValue::Binary(self.sum.map(|sum| sum.to_le_bytes().to_vec())))
    }

    fn size(&self) -> usize {
        size_of_val(self)
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        Ok(vec![ScalarValue::Int64(self.sum.map(|sum| sum as i64))])
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        for sum in states[0].as_primitive::<Int64Type>().iter().flatten() {
            self.sum = Some(self.sum.unwrap_or(0).wrapping_add(sum as u64));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::xxh64;

    #[test]
    fn published_hashes() {
        for (text, hash) in [
            ("", 0xEF46_DB37_51D8_E999),
            ("a", 0xD24E_C4F1_A98C_6E5B),
            ("abc", 0x44BC_2CF5_AD77_0999),
            ("Nobody inspects the spammish repetition", 0xFBCE_A83C_8A37_8BF1),
        ] {
            assert_eq!(xxh64(text.as_bytes()), hash, "{text}");
        }
    }
}
