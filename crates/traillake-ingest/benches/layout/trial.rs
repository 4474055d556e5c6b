//! What a layout costs.

use std::rc::Rc;

use arrow::array::RecordBatch;
use bytes::Bytes;

use crate::Answer;
use crate::clock::cpu_time;
use crate::events::Events;
use crate::file::{columns, decode, encode, metadata_bytes};
use crate::layout::{Layout, Order};
use crate::needle::{Question, is_kept_otherwise};
use crate::search::{Cost, search};

/// A layout's costs.
#[derive(Default)]
pub(crate) struct Costs {
    pub(crate) bytes: u64,
    pub(crate) metadata_bytes: u64,
    /// CPU seconds of each round.
    pub(crate) encode: Vec<f64>,
    pub(crate) decode: Vec<f64>,
    /// For each question the mean over its needles; none where the layout cannot be asked.
    pub(crate) questions: Vec<Option<Cost>>,
}

/// Tries layouts in turns, so that what else the machine does meets them alike.
///
/// Everything runs on this thread alone. Rows are sorted before the clock runs.
pub(crate) fn try_layouts(
    events: &Events,
    questions: &[Question],
    layouts: &[&Layout],
    rounds: usize,
) -> Answer<Vec<Costs>> {
    let mut sorted: Vec<(Order, Rc<Vec<RecordBatch>>)> = Vec::new();
    let mut costs: Vec<Costs> = layouts.iter().map(|_| Costs::default()).collect();
    for round in 0..rounds {
        for (layout, costs) in layouts.iter().zip(&mut costs) {
            let rows = match sorted.iter().find(|(order, _)| *order == layout.order) {
                Some((_, rows)) => Rc::clone(rows),
                None => {
                    let rows = Rc::new(events.in_order(layout.order)?);
                    sorted.push((layout.order, Rc::clone(&rows)));
                    rows
                }
            };
            let slices = rows.iter().map(|slice| columns(layout, slice)).collect::<Answer<Vec<_>>>()?;
            let start = cpu_time();
            let file = encode(layout, &slices)?;
            costs.encode.push((cpu_time() - start).as_secs_f64());
            let start = cpu_time();
            let count = decode(&file)?;
            costs.decode.push((cpu_time() - start).as_secs_f64());
            if count != events.count() {
                return Err(format!("{count} of {} rows came back", events.count()).into());
            }
            if round == 0 {
                costs.bytes = file.len() as u64;
                costs.metadata_bytes = metadata_bytes(&file)?;
                costs.questions = ask(&file, &slices, questions)?;
            }
        }
    }
    Ok(costs)
}

fn ask(file: &Bytes, slices: &[RecordBatch], questions: &[Question]) -> Answer<Vec<Option<Cost>>> {
    let first = slices.first().ok_or("there are no rows")?;
    let answers = questions.iter().map(|question| {
        if question.needles.is_empty() || question.needles.iter().any(|needle| is_kept_otherwise(needle, first)) {
            return Ok(None);
        }
        let mut sum = Cost::default();
        for needle in &question.needles {
            let cost = search(file, needle)?;
            sum = Cost { bytes: sum.bytes + cost.bytes, reads: sum.reads + cost.reads };
        }
        let count = question.needles.len() as u64;
        Ok(Some(Cost { bytes: (sum.bytes + count / 2) / count, reads: (sum.reads + count / 2) / count }))
    });
    answers.collect()
}
