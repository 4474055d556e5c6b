//! The first row of each group so far.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, RecordBatch, UInt32Array};
use arrow::compute::{BatchCoalescer, take_arrays};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use arrow::row::{RowConverter, SortField};
use datafusion::common::Result;
use datafusion::physical_expr::{PhysicalExpr, PhysicalSortExpr};
use datafusion::physical_plan::aggregates::group_values::{GroupValues, new_group_values};
use datafusion::physical_plan::aggregates::order::GroupOrdering;

/// After so many rows it is seen whether groups have several.
const ROWS_TRIED: usize = 200_000;
/// Of so many rows one group at most: otherwise looking for first rows costs more than it saves.
const ROWS_A_GROUP_MIN: usize = 2;
/// Kept rows that are no longer first are let go when they are as many as the others, and more than this.
const STALE_ROWS: usize = 65_536;
/// The batch at hand, which is not kept yet.
const AT_HAND: u32 = u32::MAX;
/// How many rows are handed on at once.
const BATCH_ROWS: usize = 8_192;

/// Groups, and the first row of each.
pub(super) struct Groups {
    schema: SchemaRef,
    partition_by: Arc<[Arc<dyn PhysicalExpr>]>,
    order_by: Arc<[PhysicalSortExpr]>,
    key_schema: SchemaRef,
    values: Box<dyn GroupValues>,
    /// Makes bytes of the expressions rows are ordered by, which compare as these do.
    converter: RowConverter,
    /// Of each group.
    first: Vec<First>,
    /// Rows that were first when they came; those that are still are named by `first`.
    kept: Vec<RecordBatch>,
    kept_rows: usize,
    kept_bytes: usize,
    order_bytes: usize,
    rows_seen: usize,
    /// For each row of a batch the number of its group.
    numbers: Vec<usize>,
}

/// The first row of a group.
struct First {
    /// What it is ordered by.
    order: Box<[u8]>,
    /// Which of the kept batches it is in, or [`AT_HAND`].
    batch: u32,
    row: u32,
}

impl Groups {
    pub(super) fn new(
        schema: &SchemaRef,
        partition_by: &Arc<[Arc<dyn PhysicalExpr>]>,
        order_by: &Arc<[PhysicalSortExpr]>,
    ) -> Result<Self> {
        let keys = partition_by.iter().enumerate().map(|(place, expr)| {
            Ok(Field::new(format!("key{place}"), expr.data_type(schema)?, expr.nullable(schema)?))
        });
        let key_schema = Arc::new(Schema::new(keys.collect::<Result<Vec<_>>>()?));
        let orders =
            order_by.iter().map(|sort| Ok(SortField::new_with_options(sort.expr.data_type(schema)?, sort.options)));
        Ok(Self {
            schema: Arc::clone(schema),
            partition_by: Arc::clone(partition_by),
            order_by: Arc::clone(order_by),
            values: new_group_values(Arc::clone(&key_schema), &GroupOrdering::None)?,
            key_schema,
            converter: RowConverter::new(orders.collect::<Result<Vec<_>>>()?)?,
            first: Vec::new(),
            kept: Vec::new(),
            kept_rows: 0,
            kept_bytes: 0,
            order_bytes: 0,
            rows_seen: 0,
            numbers: Vec::new(),
        })
    }

    /// Whether so far nearly every row is the first of its group.
    pub(super) fn is_of_no_use(&self) -> bool {
        self.rows_seen > ROWS_TRIED && self.first.len() > self.rows_seen / ROWS_A_GROUP_MIN
    }

    /// About what they take of memory.
    pub(super) fn memory_bytes(&self) -> usize {
        self.values.size() + self.first.capacity() * size_of::<First>() + self.order_bytes + self.kept_bytes
    }

    pub(super) fn add(&mut self, batch: &RecordBatch) -> Result<()> {
        let columns = |exprs: &mut dyn Iterator<Item = &Arc<dyn PhysicalExpr>>| {
            exprs.map(|expr| expr.evaluate(batch)?.into_array(batch.num_rows())).collect::<Result<Vec<ArrayRef>>>()
        };
        let keys = columns(&mut self.partition_by.iter())?;
        let orders = columns(&mut self.order_by.iter().map(|sort| &sort.expr))?;
        self.values.intern(&keys, &mut self.numbers)?;
        let orders = self.converter.convert_columns(&orders)?;
        self.rows_seen += batch.num_rows();

        // Groups whose first row is in this batch, each once.
        let mut improved = Vec::new();
        for ((row, &number), order) in (0_u32..).zip(&self.numbers).zip(&orders) {
            match self.first.get_mut(number) {
                None => {
                    // Numbers are given one after another.
                    self.first.push(First { order: Box::default(), batch: AT_HAND, row });
                    improved.push(number);
                }
                Some(first) if first.batch == AT_HAND => {
                    if order < orders.row(first.row as usize) {
                        first.row = row;
                    }
                }
                Some(first) => {
                    if order.data() < &*first.order {
                        (first.batch, first.row) = (AT_HAND, row);
                        improved.push(number);
                    }
                }
            }
        }
        if improved.is_empty() {
            return Ok(());
        }
        let rows = UInt32Array::from_iter_values(improved.iter().map(|number| self.first[*number].row));
        for (row, number) in (0_u32..).zip(improved) {
            let first = &mut self.first[number];
            let order: Box<[u8]> = orders.row(first.row as usize).data().into();
            self.order_bytes = self.order_bytes + order.len() - first.order.len();
            *first = First { order, batch: self.kept.len() as u32, row };
        }
        let columns = take_arrays(batch.columns(), &rows, None)?;
        self.keep(RecordBatch::try_new(Arc::clone(&self.schema), columns)?)?;
        let stale = self.kept_rows - self.first.len();
        if stale > self.first.len().max(STALE_ROWS) {
            let live = self.live()?;
            (self.kept, self.kept_rows, self.kept_bytes) = (Vec::new(), 0, 0);
            live.into_iter().try_for_each(|rows| self.keep(rows))?;
        }
        Ok(())
    }

    /// Takes the first rows of all groups; there are no groups then.
    pub(super) fn take(&mut self) -> Result<Vec<RecordBatch>> {
        let live = self.live()?;
        self.values = new_group_values(Arc::clone(&self.key_schema), &GroupOrdering::None)?;
        (self.first, self.kept) = (Vec::new(), Vec::new());
        (self.kept_rows, self.kept_bytes, self.order_bytes) = (0, 0, 0);
        Ok(live)
    }

    fn keep(&mut self, rows: RecordBatch) -> Result<()> {
        let rows = without_others(&rows)?;
        self.kept_rows += rows.num_rows();
        self.kept_bytes += rows.get_array_memory_size();
        self.kept.push(rows);
        Ok(())
    }

    /// The rows that are first, in batches that share nothing, as whoever takes one has to account for all it holds;
    /// and each group's place in them.
    fn live(&mut self) -> Result<Vec<RecordBatch>> {
        let mut is_live: Vec<Vec<Option<usize>>> = self.kept.iter().map(|batch| vec![None; batch.num_rows()]).collect();
        for (number, first) in self.first.iter().enumerate() {
            is_live[first.batch as usize][first.row as usize] = Some(number);
        }
        let mut place = 0;
        let mut live = BatchCoalescer::new(Arc::clone(&self.schema), BATCH_ROWS);
        for (batch, is_live) in self.kept.iter().zip(is_live) {
            for number in is_live.iter().flatten() {
                let first = &mut self.first[*number];
                (first.batch, first.row) = ((place / BATCH_ROWS) as u32, (place % BATCH_ROWS) as u32);
                place += 1;
            }
            let mask: BooleanArray = is_live.iter().map(|number| Some(number.is_some())).collect();
            live.push_batch_with_filter(batch.clone(), &mask)?;
        }
        live.finish_buffered_batch()?;
        Ok(std::iter::from_fn(|| live.next_completed_batch()).collect())
    }
}

/// Rows that do not hold the texts of others: views do.
fn without_others(rows: &RecordBatch) -> Result<RecordBatch> {
    let columns = rows.columns().iter().map(|column| match column.data_type() {
        DataType::Utf8View => Arc::new(column.as_string_view().gc()) as ArrayRef,
        DataType::BinaryView => Arc::new(column.as_binary_view().gc()) as ArrayRef,
        _ => Arc::clone(column),
    });
    Ok(RecordBatch::try_new(rows.schema(), columns.collect())?)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use arrow::array::{Int64Array, StringViewArray};
    use arrow::compute::SortOptions;
    use arrow::datatypes::Int64Type;
    use datafusion::physical_expr::expressions::Column;
    use proptest::prelude::*;

    use super::*;

    type Row = (Option<u8>, Option<i64>, i64);

    /// Groups, what rows are ordered by, and which row it is.
    fn batch(rows: &[Row]) -> RecordBatch {
        let group: StringViewArray =
            rows.iter().map(|row| row.0.map(|group| format!("a group with a name: {group}"))).collect();
        let (time, id) = (rows.iter().map(|row| row.1), rows.iter().map(|row| row.2));
        let columns: [(_, ArrayRef); 3] = [
            ("group", Arc::new(group)),
            ("time", Arc::new(time.collect::<Int64Array>())),
            ("id", Arc::new(Int64Array::from_iter_values(id))),
        ];
        RecordBatch::try_from_iter_with_nullable(columns.map(|(name, column)| (name, column, true))).unwrap()
    }

    fn groups(descending: bool) -> Groups {
        let column = |name: &str, place| Arc::new(Column::new(name, place)) as Arc<dyn PhysicalExpr>;
        let options = SortOptions { descending, nulls_first: false };
        let order = |name, place| PhysicalSortExpr { expr: column(name, place), options };
        Groups::new(
            &batch(&[]).schema(),
            &Arc::from([column("group", 0)]),
            &Arc::from([order("time", 1), order("id", 2)]),
        )
        .unwrap()
    }

    fn taken(groups: &mut Groups) -> BTreeMap<Option<String>, i64> {
        let batches = groups.take().unwrap();
        let mut firsts = BTreeMap::new();
        for batch in &batches {
            let (group, id) = (batch.column(0).as_string_view(), batch.column(2).as_primitive::<Int64Type>());
            for row in 0..batch.num_rows() {
                let group = group.is_valid(row).then(|| group.value(row).to_owned());
                assert!(firsts.insert(group, id.value(row)).is_none(), "a group came twice");
            }
        }
        firsts
    }

    proptest! {
        #[test]
        fn each_group_has_its_first_row(
            batches in prop::collection::vec(
                prop::collection::vec((prop::option::of(0..6_u8), prop::option::of(-5..5_i64)), 0..40), 0..8),
            descending in any::<bool>(),
            taken_after in 0..8_usize,
        ) {
            let mut groups = groups(descending);
            let mut expected: BTreeMap<Option<String>, (i64, i64, i64)> = BTreeMap::new();
            let mut id = 0;
            for (place, rows) in batches.into_iter().enumerate() {
                if place == taken_after {
                    let firsts = taken(&mut groups);
                    prop_assert_eq!(firsts, expected.iter().map(|(group, key)| (group.clone(), key.2)).collect());
                    expected.clear();
                }
                let rows: Vec<Row> = rows.into_iter().map(|(group, time)| {
                    id += 1;
                    (group, time, id)
                }).collect();
                groups.add(&batch(&rows)).unwrap();
                for (group, time, id) in rows {
                    let sign = if descending { -1 } else { 1 };
                    let key = (time.map_or(i64::MAX, |time| sign * time), sign * id, id);
                    let known = expected.entry(group.map(|group| format!("a group with a name: {group}"))).or_insert(key);
                    *known = (*known).min(key);
                }
            }
            let firsts = taken(&mut groups);
            prop_assert_eq!(firsts, expected.into_iter().map(|(group, key)| (group, key.2)).collect());
            prop_assert_eq!(taken(&mut groups).len(), 0);
        }
    }

    #[test]
    fn rows_that_are_first_no_more_are_let_go() {
        let mut groups = groups(false);
        for round in 0..600_i64 {
            let rows: Vec<Row> = (0..250).map(|row| (Some(row as u8), Some(-round), row)).collect();
            groups.add(&batch(&rows)).unwrap();
        }
        assert!(!groups.is_of_no_use());
        assert!(groups.kept_rows < 2 * STALE_ROWS, "{}", groups.kept_rows);
        assert_eq!(taken(&mut groups).len(), 250);
    }

    #[test]
    fn groups_of_one_row_each_are_of_no_use() {
        let by_id = Arc::new(Column::new("id", 2)) as Arc<dyn PhysicalExpr>;
        let order = PhysicalSortExpr::new_default(Arc::new(Column::new("time", 1)));
        let mut groups = Groups::new(&batch(&[]).schema(), &Arc::from([by_id]), &Arc::from([order])).unwrap();
        let rows: Vec<Row> = (0..=ROWS_TRIED as i64).map(|row| (None, Some(0), row)).collect();
        groups.add(&batch(&rows)).unwrap();
        assert!(groups.is_of_no_use());
    }
}
