//! A hash of rows that does not depend on their order: without ORDER BY, a query may give them in another one each time.

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use sha2::{Digest, Sha256};

use super::Writer;
use super::destination::hexadecimal;
use super::json::Json;
use crate::failure::Failure;

/// The sum of the SHA-256 of each row as a line of JSON, modulo 2²⁵⁶. It tells a run from another; whoever wants to
/// forge rows is held by the hash of the bytes.
pub(crate) struct RowsHash {
    lines: Json,
    sum: [u8; 32],
}

impl RowsHash {
    pub(super) fn new(schema: &SchemaRef) -> Self {
        Self { lines: Json::lines(schema), sum: [0; 32] }
    }

    pub(super) fn rows(&mut self, batch: &RecordBatch) -> Result<(), Failure> {
        let mut bytes = Vec::new();
        self.lines.rows(batch, &mut bytes)?;
        // A line end within a value is written as \n.
        for line in bytes.split_inclusive(|byte| *byte == b'\n') {
            self.add(&Sha256::digest(line));
        }
        Ok(())
    }

    fn add(&mut self, hash: &[u8]) {
        let mut carry = 0_u16;
        for (digit, more) in self.sum.iter_mut().zip(hash).rev() {
            let sum = u16::from(*digit) + u16::from(*more) + carry;
            let [high, low] = sum.to_be_bytes();
            (*digit, carry) = (low, u16::from(high));
        }
    }

    pub(crate) fn finish(&self) -> String {
        hexadecimal(&self.sum)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::Int64Array;
    use arrow::datatypes::{DataType, Field, Schema};

    use super::*;

    fn hash(rows: &[&[i64]]) -> String {
        let schema = Arc::new(Schema::new(vec![Field::new("n", DataType::Int64, true)]));
        let mut hash = RowsHash::new(&schema);
        for rows in rows {
            let column = Arc::new(Int64Array::from(rows.to_vec()));
            hash.rows(&RecordBatch::try_new(Arc::clone(&schema), vec![column]).unwrap()).unwrap();
        }
        hash.finish()
    }

    #[test]
    fn the_order_does_not_count_and_each_row_does() {
        let rows: Vec<i64> = (0..1_000).collect();
        let reversed: Vec<i64> = (0..1_000).rev().collect();
        assert_eq!(hash(&[&rows]), hash(&[&reversed[..10], &reversed[10..]]));
        assert_ne!(hash(&[&rows]), hash(&[&rows, &[7]]));
        assert_ne!(hash(&[&[1, 1, 2]]), hash(&[&[1, 2, 2]]));
        assert_eq!(hash(&[]), "0".repeat(64));
    }
}
