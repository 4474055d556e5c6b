//! # Trino's SQL over a table of one's own
//!
//! A DataFusion session, a table in memory, and queries as one would send them to Trino or Athena. The same texts
//! run in a plain DataFusion session, too, and there give other answers or none.

#![allow(clippy::print_stdout, reason = "an example shows what it finds")]

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, Float64Array, Int64Array, RecordBatch, StringArray, TimestampMillisecondArray};
use datafusion::execution::SessionStateBuilder;
use datafusion::prelude::{SessionConfig, SessionContext};
use datafusion_trino::text::Formatter;
use datafusion_trino::{Statement, register, session_config};

const QUERIES: [&str; 5] = [
    // NULLs stand last in both directions, and headers keep their letter case.
    "SELECT orderId, Coupon FROM orders ORDER BY coupon DESC LIMIT 3",
    // JSON in a column of text: a path, an array, a lambda.
    "SELECT orderid,
            json_extract_scalar(details, '$.ship.city') AS city,
            cardinality(filter(CAST(json_extract(details, '$.items') AS array(varchar)), i -> i LIKE 'b%')) AS books
     FROM orders ORDER BY 1",
    // An array spread into rows, beside the row it came from.
    "SELECT item, count(*) AS n
     FROM orders CROSS JOIN UNNEST(CAST(json_extract(details, '$.items') AS array(varchar))) AS t(item)
     GROUP BY 1 ORDER BY n DESC, item",
    // MySQL's codes for dates, as Trino has them; whole days between two times.
    "SELECT date_format(placed, '%W %d %M') AS day, date_diff('day', placed, timestamp '2024-03-10 00:00:00') AS age
     FROM orders ORDER BY placed",
    // Aggregates with an order of their own.
    "SELECT max_by(orderid, price) AS dearest, map_agg(orderid, price), approx_distinct(coupon) FROM orders",
];

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    // Two steps make a session speak Trino: its settings, and what is registered with it.
    let config = session_config(SessionConfig::new());
    let builder = SessionStateBuilder::new().with_config(config).with_default_features();
    let session = SessionContext::new_with_state(register(builder).build());
    session.register_batch("orders", orders()?)?;

    for sql in QUERIES {
        println!("{sql}");
        // A statement is parsed once and planned against the tables of the session.
        let planned = Statement::parse(sql)?.plan(&session.state()).await?;
        println!("  {}", planned.headers.join(" | "));
        for batch in session.execute_logical_plan(planned.plan).await?.collect().await? {
            print(&batch);
        }
        println!();
    }

    // A slip of the pen is found with its place and what may have been meant.
    let error = match Statement::parse("SELECT ordrid FROM orders")?.plan(&session.state()).await {
        Ok(_) => return Err("a column that does not exist was found".into()),
        Err(error) => error,
    };
    println!("{error}\n  {}", error.hint().unwrap_or_default());
    Ok(())
}

/// Rows in Trino's text form.
fn print(batch: &RecordBatch) {
    let schema = batch.schema();
    let columns: Vec<Formatter> = schema
        .fields()
        .iter()
        .zip(batch.columns())
        .map(|(field, column)| Formatter::for_field(field, column))
        .collect();
    for row in 0..batch.num_rows() {
        let texts = columns.iter().map(|column| {
            let mut text = String::new();
            if column.write(row, &mut text) { text } else { "NULL".to_owned() }
        });
        println!("  {}", texts.collect::<Vec<_>>().join(" | "));
    }
}

fn orders() -> Result<RecordBatch, Box<dyn std::error::Error>> {
    let hour = 3_600_000;
    let march = 1_709_251_200_000;
    let columns: [(&str, ArrayRef); 5] = [
        ("orderid", Arc::new(Int64Array::from(vec![1, 2, 3]))),
        (
            "placed",
            Arc::new(TimestampMillisecondArray::from(vec![march + 9 * hour, march + 33 * hour, march + 58 * hour])),
        ),
        ("price", Arc::new(Float64Array::from(vec![12.5, 99.0, 40.25]))),
        ("coupon", Arc::new(StringArray::from(vec![Some("SPRING"), None, Some("FRIEND")]))),
        (
            "details",
            Arc::new(StringArray::from(vec![
                r#"{"ship": {"city": "Turin"}, "items": ["book", "pen"]}"#,
                r#"{"ship": {"city": "Oslo"}, "items": ["book", "bag", "lamp"]}"#,
                r#"{"items": ["pen"]}"#,
            ])),
        ),
    ];
    let columns = columns.into_iter().map(|(name, column)| {
        let nullable = column.null_count() > 0;
        (name, column, nullable)
    });
    Ok(RecordBatch::try_from_iter_with_nullable(columns)?)
}
