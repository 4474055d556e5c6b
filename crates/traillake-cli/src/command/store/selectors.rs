//! `store explain-selectors`: why a record is kept or left out.

use std::io::Read;

use traillake::Lake;
use traillake::selector::EventFields;

use crate::arguments::StoreExplain;
use crate::failure::Failure;
use crate::output::{Destination, visible_lines};

pub(super) async fn explain(lake: &Lake, explain: StoreExplain) -> Result<(), Failure> {
    let store = lake.event_data_store(&explain.store.name).await?;
    let text = read(&explain.record)?;
    let text = text.trim();
    // A value of a CSV result, as `query --format csv` writes it.
    let unquoted =
        text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).map(|text| text.replace("\"\"", "\""));
    let record = unquoted.as_deref().filter(|text| text.starts_with('{')).unwrap_or(text);
    let fields = EventFields::read(record).map_err(|error| Failure::Record {
        expected: error.expected,
        found: error.found,
        offset: error.offset as u64,
    })?;
    if fields.event_name.is_none() && fields.event_category.is_none() {
        return Err(Failure::NoRecord);
    }
    let selectors = store.attributes().effective_selectors();
    let explanation = selectors.explain(&fields).to_string();
    Destination::stdout().put(&mut format!("{}\n", visible_lines(explanation.trim_end())).into_bytes())
}

fn read(path: &std::path::Path) -> Result<String, Failure> {
    if path.as_os_str() == "-" {
        let mut text = String::new();
        std::io::stdin().read_to_string(&mut text).map_err(Failure::ReadStdin)?;
        return Ok(text);
    }
    std::fs::read_to_string(path).map_err(|source| Failure::ReadScript { path: path.to_owned(), source })
}
