//! What the optimizer makes of structs and maps that are only expressions over flat columns.

use std::sync::Arc;

use arrow::array::{RecordBatch, StringArray};
use arrow::datatypes::{DataType, Field, Fields, Schema};
use datafusion::common::{Result, ScalarValue};
use datafusion::datasource::{MemTable, ViewTable};
use datafusion::execution::SessionStateBuilder;
use datafusion::functions::core::expr_fn::named_struct;
use datafusion::logical_expr::{
    ColumnarValue, Expr, ExpressionPlacement, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility, col,
    lit,
};
use datafusion::prelude::{SessionConfig, SessionContext};
use datafusion_trino::{Options, Statement, register_with, session_config, text};

/// A map of a JSON text and some of its values as columns: `flat_map(json, 'k', k, …)`.
#[derive(Debug, PartialEq, Eq, Hash)]
struct FlatMap {
    signature: Signature,
}

fn map_type() -> DataType {
    let entries =
        Fields::from(vec![Field::new("key", DataType::Utf8, false), Field::new("value", DataType::Utf8, true)]);
    DataType::Map(Arc::new(Field::new("entries", DataType::Struct(entries), false)), false)
}

impl ScalarUDFImpl for FlatMap {
    fn name(&self) -> &str {
        "flat_map"
    }
    fn signature(&self) -> &Signature {
        &self.signature
    }
    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(map_type())
    }
    fn invoke_with_args(&self, _: ScalarFunctionArgs) -> Result<ColumnarValue> {
        Ok(ColumnarValue::Scalar(ScalarValue::try_from(map_type())?))
    }
    fn placement(&self, _: &[ExpressionPlacement]) -> ExpressionPlacement {
        ExpressionPlacement::MoveTowardsLeafNodes
    }
}

fn lookup(map: &Expr, key: &str) -> Option<Expr> {
    let Expr::ScalarFunction(call) = map else { return None };
    if call.func.name() != "flat_map" {
        return None;
    }
    let pair = call.args[1..].chunks_exact(2).find(|pair| pair[0] == lit(key))?;
    Some(pair[1].clone())
}

async fn session() -> SessionContext {
    let options = Options { map_lookup: Some(Arc::new(lookup)) };
    let config = session_config(SessionConfig::new().with_target_partitions(1));
    let builder = SessionStateBuilder::new().with_config(config).with_default_features();
    let session = SessionContext::new_with_state(register_with(builder, options).build());
    let names = ["id", "ui_arn", "ui_type", "rp", "rp_bucketname"];
    let schema = Arc::new(Schema::new(names.map(|n| Field::new(n, DataType::Utf8, true)).to_vec()));
    let columns = ["e1", "arn:x", "Root", "{}", "b"].map(|v| Arc::new(StringArray::from(vec![v])) as _);
    let batch = RecordBatch::try_new(Arc::clone(&schema), columns.to_vec()).unwrap();
    session.register_table("flat", Arc::new(MemTable::try_new(schema, vec![vec![batch]]).unwrap())).unwrap();
    let signature = Signature::variadic_any(Volatility::Immutable);
    let map = ScalarUDF::new_from_impl(FlatMap { signature });
    let view = session
        .table("flat")
        .await
        .unwrap()
        .select(vec![
            col("id").alias("eventid"),
            named_struct(vec![lit("type"), col("ui_type"), lit("arn"), col("ui_arn")]).alias("useridentity"),
            map.call(vec![col("rp"), lit("bucketName"), col("rp_bucketname")]).alias("requestparameters"),
        ])
        .unwrap();
    let view = ViewTable::new(view.into_unoptimized_plan(), None);
    session.register_table("events", Arc::new(view)).unwrap();
    session
}

#[tokio::test]
async fn fields_and_literal_keys_become_flat_columns() {
    let session = session().await;
    for (sql, expected) in [
        ("SELECT userIdentity.arn FROM events WHERE element_at(requestParameters, 'bucketName') = 'b'", "arn:x"),
        (
            "SELECT requestParameters['bucketName'], count(*) FROM events WHERE userIdentity.type = 'Root' GROUP BY 1",
            "b|1",
        ),
        (
            "WITH x AS (SELECT requestParameters AS p, userIdentity AS u FROM events) SELECT p['bucketName'], u.arn FROM x",
            "b|arn:x",
        ),
        (
            "SELECT a.userIdentity.arn FROM events a JOIN events b ON a.requestParameters['bucketName'] = element_at(b.requestParameters, 'bucketName')",
            "arn:x",
        ),
        (
            "SELECT element_at(requestParameters, 'bucketName') AS n FROM events ORDER BY userIdentity.arn DESC LIMIT 1",
            "b",
        ),
        ("SELECT e.userIdentity.arn, n FROM events e CROSS JOIN UNNEST(ARRAY['x']) AS t(n)", "arn:x|x"),
    ] {
        let planned = Statement::parse(sql).unwrap().plan(&session.state()).await.unwrap();
        let optimized = session.state().optimize(&planned.plan).unwrap();
        let shown = optimized.display_indent().to_string();
        assert!(!shown.contains("flat_map") && !shown.contains("named_struct"), "{sql}\n{shown}");
        let batches = session.execute_logical_plan(planned.plan).await.unwrap().collect().await.unwrap();
        let batch = batches.iter().find(|batch| batch.num_rows() > 0).unwrap();
        let row: Vec<String> = batch.columns().iter().filter_map(|c| text::format(c, 0)).collect();
        assert_eq!(row.join("|"), expected, "{sql}");
    }
}

#[tokio::test]
async fn filters_by_time_leave_the_column_bare() {
    let session = crate::session::session();
    for condition in [
        "eventTime > '2023-01-02 03:04:05'",
        "eventTime >= '2023-01-02'",
        "eventTime BETWEEN '2023-01-02' AND '2023-01-03 00:00:00'",
        "eventTime > timestamp '2023-01-02 03:04:05'",
        "eventTime > date '2023-01-02'",
        "eventTime > date_add('day', -7, current_timestamp)",
        "eventTime > now() - interval '7' day",
        "eventTime > from_iso8601_timestamp('2023-01-02T03:04:05Z')",
        "eventTime > date_parse('2023-01-02', '%Y-%m-%d')",
    ] {
        let sql = format!("SELECT eventid FROM events WHERE {condition}");
        let planned = Statement::parse(&sql).unwrap().plan(&session.state()).await.unwrap();
        let optimized = session.state().optimize(&planned.plan).unwrap();
        let shown = optimized.display_indent().to_string();
        let filter = shown.lines().find(|line| line.contains("Filter:")).unwrap_or_default();
        let bare = filter.contains("events.eventtime >") && !filter.contains("CAST(") && !filter.contains("(Utf8");
        assert!(bare, "{condition}\n{shown}");
    }
}
