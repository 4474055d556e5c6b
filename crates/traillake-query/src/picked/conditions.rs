//! What is asked of the rows, and what is wanted of those that are picked.

use std::sync::Arc;

use arrow::array::{Array, AsArray, RecordBatch, StringArray, new_null_array};
use arrow::compute::{cast, concat};
use arrow::datatypes::{DataType, FieldRef, Schema as ArrowSchema, SchemaRef};
use datafusion::common::Result;
use datafusion::common::pruning::PruningStatistics;
use datafusion::common::tree_node::TreeNode;
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_expr::expressions::DynamicFilterPhysicalExpr;
use datafusion::physical_expr::projection::{ProjectionExprs, Projector};
use datafusion::physical_expr::utils::{collect_columns, conjunction, reassign_expr_columns, split_conjunction};
use datafusion::physical_expr_common::physical_expr::{is_volatile, snapshot_physical_expr};
use datafusion::physical_optimizer::pruning::{PruningPredicate, PruningPredicateBuilder};

/// A condition on one column of texts.
#[derive(Clone, Debug)]
pub(crate) struct OnText {
    /// Over a batch of that column alone.
    predicate: Arc<dyn PhysicalExpr>,
    schema: SchemaRef,
}

impl OnText {
    /// `predicate` reads the one column of `schema`.
    pub(crate) fn new(predicate: Arc<dyn PhysicalExpr>, schema: SchemaRef) -> Self {
        Self { predicate, schema }
    }

    /// For each code of a dictionary, NULL's first, whether the condition holds. `None` where it fails for a value: no
    /// row may have it, or another condition keep it from these.
    pub(crate) fn codes(&self, values: &StringArray) -> Option<Vec<bool>> {
        let data_type = self.schema.field(0).data_type();
        let values = cast(values, data_type).ok()?;
        let all = concat(&[new_null_array(data_type, 1).as_ref(), values.as_ref()]).ok()?;
        let count = all.len();
        let batch = RecordBatch::try_new(Arc::clone(&self.schema), vec![all]).ok()?;
        let holds = self.predicate.evaluate(&batch).ok()?.into_array(count).ok()?;
        Some(holds.as_boolean_opt()?.iter().map(|holds| holds == Some(true)).collect())
    }
}

/// One of the conditions that all must hold.
#[derive(Debug)]
pub(super) struct Condition {
    pub(super) whole: Arc<dyn PhysicalExpr>,
    pub(super) columns: Vec<FieldRef>,
    /// The same, where it is on one column of texts.
    pub(super) on_text: Option<OnText>,
    /// It is another's help, who asks it again: where it cannot be asked of a dictionary, it is not worth its column.
    pub(super) is_optional: bool,
}

impl Condition {
    fn new(whole: &Arc<dyn PhysicalExpr>, schema: &ArrowSchema) -> Result<Self> {
        let columns = columns_of([whole], schema)?;
        let on_text = match columns.as_slice() {
            // What gives another answer each time is asked for each row.
            [column] if column.data_type() == &DataType::Utf8View && !is_volatile(whole) => {
                let alone = Arc::new(ArrowSchema::new(vec![Arc::clone(column)]));
                Some(OnText::new(reassign_expr_columns(Arc::clone(whole), &alone)?, alone))
            }
            _ => None,
        };
        Ok(Self { whole: Arc::clone(whole), columns, on_text, is_optional: is_dynamic(whole) })
    }
}

/// What a scan asks of a file that has these columns.
#[derive(Debug)]
pub(super) struct Query {
    pub(super) conditions: Vec<Condition>,
    /// What is asked of a column of time.
    pub(super) times: Option<Times>,
    /// The columns that are wanted.
    pub(super) columns: SchemaRef,
    /// Makes of these what the scan gives.
    pub(super) projector: Projector,
}

impl Query {
    /// `predicate` and `projection` read columns of `schema`.
    pub(super) fn new(
        predicate: Option<&Arc<dyn PhysicalExpr>>,
        projection: &ProjectionExprs,
        schema: &SchemaRef,
    ) -> Result<Self> {
        let parts = predicate.map(split_conjunction).unwrap_or_default();
        let conditions = parts.iter().map(|part| Condition::new(part, schema)).collect::<Result<Vec<_>>>()?;
        let wanted: Vec<_> = projection.expr_iter().collect();
        let columns = Arc::new(ArrowSchema::new(columns_of(&wanted, schema)?));
        let projection = projection.clone().try_map_exprs(|expr| reassign_expr_columns(expr, &columns))?;
        let projector = projection.make_projector(&columns)?;
        Ok(Self { times: Times::of(&conditions, schema)?, conditions, columns, projector })
    }

    /// All columns that are read.
    pub(super) fn reads(&self) -> impl Iterator<Item = &FieldRef> {
        self.conditions.iter().flat_map(|condition| &condition.columns).chain(self.columns.fields())
    }

    /// Whether more may be known of times later.
    pub(super) fn awaits_times(&self) -> bool {
        self.times.as_ref().is_some_and(|times| !times.later.is_empty())
    }
}

/// What conditions tell of the rows by the bounds of their times.
#[derive(Debug)]
pub(super) struct Times {
    pub(super) column: FieldRef,
    schema: SchemaRef,
    now: Option<PruningPredicate>,
    /// What is becoming known: the newest rows, found so far, leave out the older ones.
    later: Vec<Arc<dyn PhysicalExpr>>,
}

impl Times {
    fn of(conditions: &[Condition], schema: &SchemaRef) -> Result<Option<Self>> {
        let is_time = |column: &&FieldRef| matches!(column.data_type(), DataType::Timestamp(..));
        let Some(column) = conditions.iter().flat_map(|condition| &condition.columns).find(is_time) else {
            return Ok(None);
        };
        let own = conditions.iter().filter(|condition| condition.columns.contains(column));
        let (later, now): (Vec<&Condition>, Vec<&Condition>) = own.partition(|condition| condition.is_optional);
        let whole = |conditions: Vec<&Condition>| -> Vec<Arc<dyn PhysicalExpr>> {
            conditions.into_iter().map(|condition| Arc::clone(&condition.whole)).collect()
        };
        let (column, schema) = (Arc::clone(column), Arc::clone(schema));
        Ok(Some(Self { now: pruning(whole(now), &schema)?, later: whole(later), column, schema }))
    }

    /// Whether each of some containers can have a row that is wanted.
    pub(super) fn prune(&self, bounds: &impl PruningStatistics) -> Result<Vec<bool>> {
        let mut can = vec![true; bounds.num_containers()];
        let later = self.later.iter().map(|expr| snapshot_physical_expr(Arc::clone(expr)));
        let later = pruning(later.collect::<Result<_>>()?, &self.schema)?;
        for predicate in self.now.iter().chain(&later) {
            can.iter_mut().zip(predicate.prune(bounds)?).for_each(|(all, can)| *all &= can);
        }
        Ok(can)
    }
}

/// `None` where nothing can be known.
fn pruning(conditions: Vec<Arc<dyn PhysicalExpr>>, schema: &SchemaRef) -> Result<Option<PruningPredicate>> {
    if conditions.is_empty() {
        return Ok(None);
    }
    let all = conjunction(conditions);
    let predicate = PruningPredicateBuilder::new().with_file_schema(Arc::clone(schema)).try_build(all)?;
    Ok((!predicate.always_true()).then_some(predicate))
}

/// The columns that expressions read, in the order of a schema.
fn columns_of<'a>(
    expressions: impl IntoIterator<Item = &'a Arc<dyn PhysicalExpr>>,
    schema: &ArrowSchema,
) -> Result<Vec<FieldRef>> {
    let read = expressions.into_iter().flat_map(collect_columns);
    let mut places = read.map(|column| schema.index_of(column.name())).collect::<Result<Vec<_>, _>>()?;
    places.sort_unstable();
    places.dedup();
    Ok(places.into_iter().map(|place| Arc::clone(&schema.fields()[place])).collect())
}

/// Whether an expression has a part that becomes known while the query runs. Such a part saves work, no more.
pub(super) fn is_dynamic(expr: &Arc<dyn PhysicalExpr>) -> bool {
    expr.exists(|expr| Ok(expr.is::<DynamicFilterPhysicalExpr>())).unwrap_or(false)
}
