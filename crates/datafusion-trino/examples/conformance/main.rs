//! Trino's own assertions as a conformance suite.
//!
//! Reads (SQL, expected) pairs taken from Trino's unit tests, one JSON object a line, from the file that
//! `TRINO_ASSERTIONS` names; evaluates each and prints, by family, how many are right, wrong (another
//! value, or no error where Trino has one) and missing (an error where Trino has a value). A pair that is
//! wrong must stand in `conformance/accepted.tsv` with a reason; one that stands there and is no longer
//! wrong must go. Either fails the run, so the list can only shrink.
//!
//! ```text
//! TRINO_ASSERTIONS=pairs.jsonl cargo run -p datafusion-trino --example conformance -- --relevant
//! ```
#![allow(clippy::print_stdout, reason = "a report is what this program is for")]

mod accepted;
mod functions;
mod options;
mod pair;
mod report;
mod value;

use std::process::ExitCode;
use std::time::Duration;

use datafusion::execution::SessionStateBuilder;
use datafusion::prelude::{SessionConfig, SessionContext};
use datafusion_trino::{register, session_config};

use accepted::Accepted;
use options::Options;
use pair::{Outcome, Pair};
use report::Report;

type Failure = Box<dyn std::error::Error>;

/// The zone in which Trino's tests run.
const ZONE: &str = "Pacific/Apia";
/// A pair that takes longer is missing.
const PATIENCE: Duration = Duration::from_secs(20);

fn main() -> Result<ExitCode, Failure> {
    let Some(options) = Options::read()? else { return Ok(ExitCode::SUCCESS) };
    let Some(path) = std::env::var_os("TRINO_ASSERTIONS") else {
        println!("TRINO_ASSERTIONS names no file of pairs: nothing is tried");
        return Ok(ExitCode::SUCCESS);
    };
    let pairs = Pair::read(&path, &options)?;
    let accepted = Accepted::read()?;
    // What panics is counted; its trace would only hide the report.
    std::panic::set_hook(Box::new(|_| {}));
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().thread_stack_size(16 << 20).build()?;
    let outcomes = runtime.block_on(evaluate(&pairs));
    runtime.shutdown_background();
    let report = Report::new(&pairs, &outcomes, &accepted, &options);
    report.print();
    Ok(if report.is_clean() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The outcome of each pair, a few at a time.
async fn evaluate(pairs: &[Pair]) -> Vec<Outcome> {
    use futures::StreamExt;
    let session = session();
    let outcomes = futures::stream::iter(pairs.iter().cloned()).map(|pair| {
        let session = session.clone();
        async move {
            let task = tokio::spawn(async move { pair.evaluate(&session).await });
            match tokio::time::timeout(PATIENCE, task).await {
                Ok(Ok(outcome)) => outcome,
                Ok(Err(_)) => Outcome::Missing("panic".to_owned()),
                Err(_) => Outcome::Missing("timeout".to_owned()),
            }
        }
    });
    outcomes.buffered(2).collect().await
}

fn session() -> SessionContext {
    let mut config = session_config(SessionConfig::new().with_target_partitions(1));
    config.options_mut().execution.time_zone = Some(ZONE.to_owned());
    let builder = SessionStateBuilder::new().with_config(config).with_default_features();
    let mut builder = register(builder);
    builder.higher_order_functions().get_or_insert_default().extend(functions::functions());
    SessionContext::new_with_state(builder.build())
}
