//! A drawing, for reading. It needs the whole result: nothing is written before the last row has come.

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;

use super::Writer;
use crate::chart::{Paper, Sketch};
use crate::failure::Failure;

/// What becomes of the sketch when all rows are there.
#[derive(Clone, Copy, Debug)]
pub(super) enum Medium {
    Text(Paper),
    Svg,
}

pub(super) struct Chart {
    sketch: Option<Sketch>,
    medium: Medium,
}

impl Chart {
    /// Columns that cannot be charted are refused before the query has run.
    pub(super) fn new(schema: &SchemaRef, medium: Medium) -> Result<Self, Failure> {
        Ok(Self { sketch: Some(Sketch::new(schema)?), medium })
    }
}

impl Writer for Chart {
    fn begin(&mut self, _to: &mut Vec<u8>) -> Result<(), Failure> {
        Ok(())
    }

    fn rows(&mut self, batch: &RecordBatch, _to: &mut Vec<u8>) -> Result<(), Failure> {
        if let Some(sketch) = &mut self.sketch {
            sketch.rows(batch)?;
        }
        Ok(())
    }

    fn end(&mut self, to: &mut Vec<u8>) -> Result<(), Failure> {
        let Some(sketch) = self.sketch.take() else { return Ok(()) };
        let chart = sketch.chart()?;
        to.extend_from_slice(
            match self.medium {
                Medium::Text(paper) => chart.text(paper),
                Medium::Svg => chart.svg(),
            }
            .as_bytes(),
        );
        Ok(())
    }
}
