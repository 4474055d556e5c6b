//! What is asked of the lake for completion, and what it may cost.

use arrow::array::{Array, AsArray};
use arrow::datatypes::Int64Type;
use traillake::schema::{Field, Shape, Text};
use traillake::{Error, Lake, QueryOptions, StoreType, text};

use super::{Store, as_table};
use crate::output::visible_lines;
use crate::shell::columns::spelled;

/// Values of a list.
const VALUES_MAX: usize = 1000;
/// Longer values are nothing to choose from.
const VALUE_BYTES_MAX: usize = 256;
/// What counting all events may read; of more a sample is taken.
const BYTES_MAX: u64 = 10 << 20;
/// Events of a sample of values, and of one of keys.
const SAMPLE_EVENTS: usize = 20_000;
const SAMPLE_MAPS: usize = 2000;

/// A list that completion wants.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(in crate::shell) struct Question {
    /// The table, as FROM names it.
    pub(in crate::shell) table: String,
    pub(in crate::shell) of: Of,
    /// Expressions of the table and the texts they are equal to.
    pub(in crate::shell) conditions: Vec<(String, String)>,
}

/// What a list is of.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(in crate::shell) enum Of {
    /// The values of an expression.
    Values(String),
    /// The keys of a map.
    Keys(String),
    /// The members of objects in JSON text.
    Members(String),
    /// The ARNs in `resources`.
    Resources,
}

/// Texts, the most frequent first.
#[derive(Debug, Default, PartialEq, Eq)]
pub(in crate::shell) struct List {
    /// The texts and how often they occur.
    pub(in crate::shell) values: Vec<(String, u64)>,
    /// Whether all events were looked at.
    pub(in crate::shell) is_whole: bool,
}

impl Question {
    pub(in crate::shell) fn new(table: &str, of: Of) -> Self {
        Self { table: table.to_owned(), of, conditions: Vec::new() }
    }

    /// Asks the lake; `None` when it fails.
    pub(super) async fn answer(&self, lake: &Lake) -> Option<List> {
        if let Of::Values(expression) = &self.of {
            let all = self.counted(expression);
            let cost = lake.explain(&all, &QueryOptions::default()).await.ok()?;
            if cost.bytes() <= BYTES_MAX {
                return read(lake, &all, true).await.ok();
            }
        }
        read(lake, &self.sampled(), false).await.ok()
    }

    /// The query that counts in all events.
    fn counted(&self, expression: &str) -> String {
        let Self { table, .. } = self;
        let conditions = self.conditions_and(expression);
        format!("SELECT {expression} AS v, count(*) AS n FROM {table} WHERE {conditions} {ORDER}")
    }

    /// The query that counts in some events.
    fn sampled(&self) -> String {
        let Self { table, .. } = self;
        match &self.of {
            Of::Values(expression) => {
                let conditions = self.conditions_and(expression);
                format!(
                    "SELECT v, count(*) AS n FROM (SELECT {expression} AS v FROM {table} WHERE {conditions} \
                     LIMIT {SAMPLE_EVENTS}) {ORDER}"
                )
            }
            Of::Keys(map) => self.elements(map, &format!("map_keys({map})"), "v", SAMPLE_MAPS),
            Of::Members(json) => {
                let keys = format!("map_keys(TRY_CAST(TRY(json_parse({json})) AS map(varchar, json)))");
                self.elements(json, &keys, "v", SAMPLE_MAPS)
            }
            Of::Resources => self.elements("resources", "resources", "account, kind, v, prefix", SAMPLE_EVENTS),
        }
    }

    /// The query that counts the elements of an array.
    fn elements(&self, present: &str, array: &str, names: &str, events: usize) -> String {
        let Self { table, .. } = self;
        let conditions = self.conditions_and(present);
        format!(
            "SELECT v, count(*) AS n FROM (SELECT {array} AS a FROM {table} WHERE {conditions} LIMIT {events}) \
             CROSS JOIN UNNEST(a) AS u ({names}) {ORDER}"
        )
    }

    fn conditions_and(&self, present: &str) -> String {
        let equal = |(expression, text): &(String, String)| format!("{expression} = {}", quoted(text));
        let conditions = self.conditions.iter().map(equal).chain([format!("{present} IS NOT NULL")]);
        conditions.collect::<Vec<_>>().join(" AND ")
    }
}

const ORDER: &str = "GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 1000";

/// A text as SQL.
pub(in crate::shell) fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

async fn read(lake: &Lake, sql: &str, is_whole: bool) -> Result<List, Error> {
    let mut results = lake.query(sql).await?;
    let mut values = Vec::new();
    for batch in results.collect().await? {
        let (texts, counts) = (batch.column(0), batch.column(1).as_primitive_opt::<Int64Type>());
        for row in (0..batch.num_rows()).take(VALUES_MAX) {
            let count = counts.filter(|counts| counts.is_valid(row)).map_or(0, |counts| counts.value(row));
            let value = text::format(texts, row).filter(|value| can_be_offered(value));
            values.extend(value.map(|value| (value, count.unsigned_abs())));
        }
    }
    Ok(List { values, is_whole })
}

/// Whether a value can be typed: what would steer the terminal cannot.
fn can_be_offered(value: &str) -> bool {
    !value.is_empty() && value.len() <= VALUE_BYTES_MAX && !value.contains('\n') && visible_lines(value) == value
}

/// The columns of events whose values are looked up without being asked for.
const COMMON: &[&str] = &[
    "eventName",
    "eventSource",
    "errorCode",
    "awsRegion",
    "recipientAccountId",
    "userIdentity.type",
    "userIdentity.userName",
    "sourceIPAddress",
    "userIdentity.arn",
    "userAgent",
];
/// How many columns of other stores are.
const COMMON_OTHERS: usize = 8;

/// What is asked for most of a store.
pub(super) fn common(store: &Store) -> Vec<Question> {
    let table = as_table(&store.name);
    let question = |expression: &str| Question::new(&table, Of::Values(expression.to_owned()));
    match store.schema.store_type() {
        StoreType::Events => COMMON.iter().map(|expression| question(expression)).collect(),
        _ => {
            let is_common = |field: &&Field| matches!(field.shape, Shape::Text(Text::Few | Text::Sought));
            let fields = store.schema.fields().iter().filter(is_common).take(COMMON_OTHERS);
            fields.map(|field| question(spelled(field))).collect()
        }
    }
}
