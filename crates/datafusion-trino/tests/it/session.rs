//! A session over a small table of the shape CloudTrail Lake documents, and short ways to ask it.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanArray, ListArray, MapBuilder, RecordBatch, StringArray, StringBuilder, StructArray,
    TimestampMillisecondArray,
};
use arrow::buffer::OffsetBuffer;
use arrow::datatypes::{Field, FieldRef, Schema};
use datafusion::datasource::MemTable;
use datafusion::execution::SessionStateBuilder;
use datafusion::prelude::{SessionConfig, SessionContext};
use datafusion_trino::{Error, Planned, Statement, register, session_config, text};

pub(crate) fn session() -> SessionContext {
    session_of(2)
}

/// A session that works in so many partitions.
pub(crate) fn session_of(partitions: usize) -> SessionContext {
    let config = session_config(SessionConfig::new().with_target_partitions(partitions).with_batch_size(512));
    let builder = SessionStateBuilder::new().with_config(config).with_default_features();
    let session = SessionContext::new_with_state(register(builder).build());
    session.register_table("events", Arc::new(events())).unwrap();
    session.register_table("config", Arc::new(config_items())).unwrap();
    session
}

/// Headers and rows as text; NULL reads `NULL`.
#[derive(Debug, PartialEq)]
pub(crate) struct Answer {
    pub(crate) headers: Vec<String>,
    pub(crate) rows: Vec<Vec<String>>,
}

pub(crate) async fn try_plan(sql: &str) -> Result<Planned, Error> {
    Statement::parse(sql)?.plan(&session().state()).await
}

pub(crate) async fn try_ask(sql: &str) -> Result<Answer, Box<dyn std::error::Error>> {
    try_ask_in(&session(), sql).await
}

pub(crate) async fn ask_in(session: &SessionContext, sql: &str) -> Answer {
    try_ask_in(session, sql).await.unwrap_or_else(|error| panic!("{sql}\n{error}"))
}

async fn try_ask_in(session: &SessionContext, sql: &str) -> Result<Answer, Box<dyn std::error::Error>> {
    let Planned { plan, headers } = Statement::parse(sql)?.plan(&session.state()).await?;
    let frame = session.execute_logical_plan(plan).await.map_err(Error::from)?;
    let batches = frame.collect().await.map_err(Error::from)?;
    Ok(Answer { headers, rows: batches.iter().flat_map(texts_of).collect() })
}

/// The rows of a batch as text.
fn texts_of(batch: &RecordBatch) -> Vec<Vec<String>> {
    let schema = batch.schema();
    let formatters: Vec<text::Formatter> = schema
        .fields()
        .iter()
        .zip(batch.columns())
        .map(|(field, column)| text::Formatter::for_field(field, column))
        .collect();
    let shown = |formatter: &text::Formatter, row| {
        let mut text = String::new();
        if formatter.write(row, &mut text) { text } else { "NULL".to_owned() }
    };
    (0..batch.num_rows()).map(|row| formatters.iter().map(|formatter| shown(formatter, row)).collect()).collect()
}

pub(crate) async fn ask(sql: &str) -> Answer {
    try_ask(sql).await.unwrap_or_else(|error| panic!("{sql}\n{error}"))
}

/// The optimized plan as text.
pub(crate) async fn optimized(sql: &str) -> String {
    let session = session();
    let planned = Statement::parse(sql).unwrap().plan(&session.state()).await.unwrap();
    session.state().optimize(&planned.plan).unwrap().to_string()
}

/// The rows, values joined by `|`.
pub(crate) async fn rows(sql: &str) -> Vec<String> {
    ask(sql).await.rows.into_iter().map(|row| row.join("|")).collect()
}

/// The text of the one value of `SELECT expression`, or `error: …`.
pub(crate) async fn value(expression: &str) -> String {
    match try_ask(&format!("SELECT {expression}")).await {
        Ok(answer) => answer.rows[0][0].clone(),
        Err(error) => format!("error: {error}"),
    }
}

/// Every expression has its value; all that differ are shown.
pub(crate) async fn values(expected: &[(&str, &str)]) {
    let mut wrong = Vec::new();
    for (expression, expected) in expected {
        let found = value(expression).await;
        if found != *expected {
            wrong.push(format!("{expression}\n  expected {expected}\n  found    {found}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Every expression fails, with a message that says so; all that do not are shown.
pub(crate) async fn fails(expected: &[(&str, &str)]) {
    let mut wrong = Vec::new();
    for (expression, message) in expected {
        let found = value(expression).await;
        if !found.starts_with("error: ") || !found.contains(message) {
            wrong.push(format!("{expression}\n  expected error: … {message}\n  found    {found}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn texts(values: &[Option<&str>]) -> ArrayRef {
    Arc::new(StringArray::from(values.to_vec()))
}

fn row(fields: Vec<(&str, ArrayRef)>) -> ArrayRef {
    let pairs: Vec<(FieldRef, ArrayRef)> = fields
        .into_iter()
        .map(|(name, column)| (Arc::new(Field::new(name, column.data_type().clone(), true)), column))
        .collect();
    Arc::new(StructArray::from(pairs))
}

/// The entries of one map.
type Entries<'a> = &'a [(&'a str, Option<&'a str>)];

fn maps(rows: &[Option<Entries>]) -> ArrayRef {
    let mut map = MapBuilder::new(None, StringBuilder::new(), StringBuilder::new());
    for entries in rows {
        for (key, value) in entries.unwrap_or_default() {
            map.keys().append_value(key);
            map.values().append_option(*value);
        }
        map.append(entries.is_some()).unwrap();
    }
    Arc::new(map.finish())
}

fn lists(items: ArrayRef, lengths: &[usize]) -> ArrayRef {
    let field = Arc::new(Field::new("item", items.data_type().clone(), true));
    Arc::new(ListArray::new(field, OffsetBuffer::from_lengths(lengths.iter().copied()), items, None))
}

fn table(columns: Vec<(&str, ArrayRef)>) -> MemTable {
    let fields: Vec<Field> =
        columns.iter().map(|(name, column)| Field::new(*name, column.data_type().clone(), true)).collect();
    let schema = Arc::new(Schema::new(fields));
    let columns = columns.into_iter().map(|(_, column)| column).collect();
    let batch = RecordBatch::try_new(Arc::clone(&schema), columns).unwrap();
    MemTable::try_new(schema, vec![vec![batch]]).unwrap()
}

/// Four events: two by Alice, one by a role without error, one with nearly everything NULL.
fn events() -> MemTable {
    let issuer = row(vec![
        ("type", texts(&[None, None, Some("Role"), None])),
        ("arn", texts(&[None, None, Some("arn:aws:iam::1:role/Ops"), None])),
        ("username", texts(&[None, None, Some("Ops"), None])),
    ]);
    let attributes = row(vec![
        ("mfaauthenticated", texts(&[Some("false"), Some("true"), None, None])),
        ("creationdate", texts(&[None; 4])),
    ]);
    let session = row(vec![("attributes", attributes), ("sessionissuer", issuer)]);
    let identity = row(vec![
        ("type", texts(&[Some("IAMUser"), Some("IAMUser"), Some("AssumedRole"), None])),
        ("principalid", texts(&[Some("AIDA"), Some("AIDA"), Some("AROA:x"), None])),
        (
            "arn",
            texts(&[
                Some("arn:aws:iam::1:user/alice"),
                Some("arn:aws:iam::1:user/alice"),
                Some("arn:aws:sts::1:assumed-role/Ops/x"),
                None,
            ]),
        ),
        ("accountid", texts(&[Some("1"), Some("1"), Some("1"), None])),
        ("accesskeyid", texts(&[Some("AKIA"), Some("AKIA"), Some("ASIA"), None])),
        ("username", texts(&[Some("alice"), Some("alice"), None, None])),
        ("sessioncontext", session),
        ("invokedby", texts(&[None, None, None, Some("s3.amazonaws.com")])),
    ]);
    let resources = row(vec![
        ("arn", texts(&[Some("arn:aws:s3:::b"), Some("arn:aws:s3:::b/k"), Some("arn:aws:s3:::c")])),
        ("accountid", texts(&[Some("1"); 3])),
        ("type", texts(&[Some("AWS::S3::Bucket"), Some("AWS::S3::Object"), Some("AWS::S3::Bucket")])),
    ]);
    let time = TimestampMillisecondArray::from(vec![
        1_672_628_645_000,
        1_672_628_646_500,
        1_672_718_400_000,
        1_673_308_800_000,
    ]);
    let tags = row(vec![("arn", texts(&[Some("arn:aws:s3:::b")])), ("tags", texts(&[Some("team=red")]))]);
    let context = row(vec![("tagcontext", row(vec![("resourcetags", lists(tags, &[0, 1, 0, 0]))]))]);
    table(vec![
        ("eventid", texts(&[Some("e1"), Some("e2"), Some("e3"), Some("e4")])),
        ("eventversion", texts(&[Some("1.08"); 4])),
        ("eventtime", Arc::new(time)),
        (
            "eventsource",
            texts(&[
                Some("s3.amazonaws.com"),
                Some("s3.amazonaws.com"),
                Some("sts.amazonaws.com"),
                Some("kms.amazonaws.com"),
            ]),
        ),
        ("eventname", texts(&[Some("GetObject"), Some("PutObject"), Some("AssumeRole"), Some("Decrypt")])),
        ("eventcategory", texts(&[Some("Management"); 4])),
        ("awsregion", texts(&[Some("us-east-1"), Some("eu-west-1"), Some("us-east-1"), None])),
        ("sourceipaddress", texts(&[Some("10.0.0.1"), Some("10.0.0.2"), Some("10.0.0.1"), None])),
        ("useragent", texts(&[Some("aws-cli/2"), Some("aws-cli/2"), Some("Boto3"), None])),
        ("errorcode", texts(&[Some("AccessDenied"), None, None, None])),
        ("errormessage", texts(&[Some("no"), None, None, None])),
        ("recipientaccountid", texts(&[Some("1"); 4])),
        ("readonly", Arc::new(BooleanArray::from(vec![Some(true), Some(false), Some(true), None]))),
        ("useridentity", identity),
        ("resources", lists(resources, &[2, 0, 1, 0])),
        (
            "requestparameters",
            maps(&[
                Some(&[("bucketName", Some("b")), ("key", Some("k"))]),
                Some(&[("bucketName", Some("c")), ("Tagging", None)]),
                Some(&[("roleArn", Some("arn:aws:iam::1:role/Ops"))]),
                None,
            ]),
        ),
        (
            "responseelements",
            maps(&[
                None,
                Some(&[("ConsoleLogin", Some("Success"))]),
                Some(&[("credentials", Some(r#"{"accessKeyId":"ASIA","n":[1,2]}"#))]),
                None,
            ]),
        ),
        ("additionaleventdata", maps(&[Some(&[("MFAUsed", Some("No"))]), None, None, None])),
        ("serviceeventdetails", maps(&[None, None, None, None])),
        ("eventcontext", context),
    ])
}

fn config_items() -> MemTable {
    let data = row(vec![
        ("arn", texts(&[Some("arn:aws:iam::1:role/Ops")])),
        ("resourcetype", texts(&[Some("AWS::IAM::Role")])),
        ("tags", maps(&[Some(&[("team", Some("red"))])])),
    ]);
    table(vec![("eventdata", data)])
}
