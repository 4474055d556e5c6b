//! Rows that a condition leaves out: one on a single column of texts is asked once for each value of a dictionary.

use std::sync::Arc;

use arrow::array::StringArray;
use arrow::datatypes::{Field, Schema as ArrowSchema};
use datafusion::catalog::Session;
use datafusion::common::DFSchema;
use datafusion::logical_expr::Expr;
use traillake_store::CodedTexts;

use super::scan::Counted;
use crate::picked::OnText;

/// The code of NULL.
const NULL: u32 = 0;
/// Codes that are passed over at once.
const CODES_AT_ONCE: usize = 16;

/// A condition on one of the columns.
#[derive(Clone, Debug)]
pub(super) struct Wanted {
    /// The column's place.
    pub(super) place: usize,
    condition: OnText,
    /// Whether it leaves out NULL.
    pub(super) wants_value: bool,
}

impl Wanted {
    /// Those among some conditions. All of them are asked again of what was counted: one that is left out here costs
    /// time, no more.
    pub(super) fn of(state: &dyn Session, columns: &[Counted], conditions: &[Expr]) -> Vec<Self> {
        conditions.iter().filter_map(|condition| Self::of_one(state, columns, condition)).collect()
    }

    fn of_one(state: &dyn Session, columns: &[Counted], condition: &Expr) -> Option<Self> {
        let read = condition.column_refs();
        let name = match read.iter().collect::<Vec<_>>().as_slice() {
            [column] => column.name(),
            _ => return None,
        };
        let is_read = |column: &Counted| matches!(column, Counted::Text(_)) && column.name() == name;
        let place = columns.iter().position(is_read)?;
        let schema = Arc::new(ArrowSchema::new(vec![Field::new(name, columns[place].data_type(), true)]));
        let named = DFSchema::try_from(Arc::clone(&schema)).ok()?;
        let predicate = state.create_physical_expr(condition.clone(), &named).ok()?;
        let condition = OnText::new(predicate, schema);
        let of_null = condition.codes(&StringArray::new_null(0));
        let wants_value = of_null.is_some_and(|holds| holds == [false]);
        Some(Self { place, condition, wants_value })
    }

    /// The places of the rows that it does not leave out; `None` where it leaves out none.
    pub(super) fn picks(&self, texts: &CodedTexts) -> Option<Vec<u32>> {
        let is_wanted = self.condition.codes(&texts.values)?;
        if is_wanted.iter().all(|wanted| *wanted) {
            return None;
        }
        let of_code = |code: u32| is_wanted.get(code as usize).copied().unwrap_or(true);
        let mut places: Vec<u32> = Vec::new();
        for (first, codes) in (0..).step_by(CODES_AT_ONCE).zip(texts.codes.chunks(CODES_AT_ONCE)) {
            // Of many columns most rows have no value.
            if of_code(NULL) || codes.iter().fold(NULL, |all, code| all | code) != NULL {
                let wanted = (first..).zip(codes).filter(|(_, code)| of_code(**code));
                places.extend(wanted.map(|(place, _)| place));
            }
        }
        (places.len() < texts.codes.len()).then_some(places)
    }
}
