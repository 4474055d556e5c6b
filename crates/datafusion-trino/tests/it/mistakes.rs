//! Mistakes of analysts, and what they are told.

use crate::session::session;
use datafusion_trino::Statement;

/// The report for a statement, with what running it says when planning lets it pass.
async fn report(sql: &str) -> String {
    let session = session();
    let error = match Statement::parse(sql) {
        Err(error) => error,
        Ok(statement) => match statement.plan(&session.state()).await {
            Err(error) => error,
            Ok(planned) => match session.execute_logical_plan(planned.plan).await {
                Err(error) => error.into(),
                Ok(frame) => match frame.collect().await {
                    Err(error) => error.into(),
                    Ok(_) => return "no error".to_owned(),
                },
            },
        },
    };
    error.report(sql).to_string()
}

#[tokio::test]
async fn print_all() {
    let file = std::fs::read_to_string("/tmp/front/mistakes.sql").unwrap();
    for sql in file.split("\n;\n") {
        println!("=== {sql}\n{}\n", report(sql.trim()).await);
    }
}
