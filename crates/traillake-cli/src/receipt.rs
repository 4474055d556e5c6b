//! A receipt: what was asked of which versions of event data stores, when and by which program, and what was answered, in
//! a form that can be proven later.
//!
//! It is JSON. The result is known by its length and SHA-256, each event data store by the head of its chain of commits,
//! and the receipt by a hash of its own: see [`Receipt::own_hash`].

use std::path::Path;

use chrono::{SecondsFormat, Utc};
use clap::ValueEnum;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};
use traillake::{Asked, ChainHead, EventDataStoreId, Lake, ParameterValue, Parameters, QueryOptions, QueryStatistics};

use crate::failure::Failure;
use crate::output::{Destination, Format, RowsHash, hexadecimal};
use crate::parameter;

mod canonical;

/// The form of receipts.
const FORM: u32 = 1;
const OWN_HASH: &str = "receipt_sha256";
const PROGRAM: &str = concat!("traillake ", env!("CARGO_PKG_VERSION"));

#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct Receipt {
    /// The form of this file.
    receipt: u32,
    /// In UTC.
    pub(crate) written_at: String,
    program: String,
    lake: String,
    pub(crate) queries: Vec<Answered>,
    pub(crate) result: Written,
}

/// A query, what it read and what it gave.
#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct Answered {
    pub(crate) sql: String,
    /// What `$EDS_ID` stood for.
    store: Option<String>,
    /// The values of `?`, as they may be typed.
    positional_parameters: Vec<String>,
    /// The values of `:name`, likewise.
    named_parameters: std::collections::BTreeMap<String, String>,
    pub(crate) event_data_stores: Vec<StoreRead>,
    /// The lake's own tables, which are of the time of the query.
    pub(crate) lake_tables: Vec<String>,
    pub(crate) rows: u64,
    /// A hash of the rows that does not depend on their order.
    pub(crate) rows_sha256: String,
    events_scanned: u64,
    bytes_scanned: u64,
    elapsed_ms: u64,
}

/// A version of an event data store.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub(crate) struct StoreRead {
    pub(crate) name: String,
    pub(crate) id: String,
    pub(crate) version: u64,
    /// The head of its chain of commits; none where that commit had been cut off already.
    pub(crate) head: Option<String>,
}

/// The bytes of all results.
#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct Written {
    /// None for standard output.
    pub(crate) file: Option<String>,
    format: String,
    /// Whether delimited values begin with the headers.
    pub(crate) header: bool,
    pub(crate) bytes: u64,
    pub(crate) sha256: String,
}

impl Answered {
    /// Reads the head of each event data store.
    pub(crate) async fn new(asked: &Asked, statistics: &QueryStatistics, rows: &RowsHash) -> Result<Self, Failure> {
        let mut event_data_stores = Vec::new();
        for snapshot in &asked.snapshots {
            let store = snapshot.store();
            let head = snapshot.chain_head().await.map_err(traillake::Error::from)?;
            event_data_stores.push(StoreRead {
                name: store.name().to_owned(),
                id: store.id().to_string(),
                version: snapshot.version(),
                head: head.map(|head| head.to_string()),
            });
        }
        let QueryOptions { store, parameters, .. } = &asked.options;
        let named = parameters.named().map(|(name, value)| (name.to_owned(), parameter::shown(value)));
        Ok(Self {
            sql: asked.sql.trim().to_owned(),
            store: store.clone(),
            positional_parameters: parameters.positional().iter().map(parameter::shown).collect(),
            named_parameters: named.collect(),
            event_data_stores,
            lake_tables: asked.system_tables.iter().map(|table| table.name().to_owned()).collect(),
            rows: statistics.rows,
            rows_sha256: rows.finish(),
            events_scanned: statistics.events_scanned,
            bytes_scanned: statistics.bytes_scanned,
            elapsed_ms: u64::try_from(statistics.elapsed.as_millis()).unwrap_or(u64::MAX),
        })
    }

    /// How to ask once more, of the same versions.
    pub(crate) fn options(&self) -> QueryOptions {
        let values =
            |texts: &[String]| texts.iter().map(|text| parameter::value(text)).collect::<Vec<ParameterValue>>();
        let parameters = values(&self.positional_parameters).into_iter().fold(Parameters::new(), Parameters::with);
        let parameters = self
            .named_parameters
            .iter()
            .fold(parameters, |parameters, (name, text)| parameters.with_named(name, parameter::value(text)));
        let pinned = |store: &StoreRead| Some((store.id.parse::<EventDataStoreId>().ok()?, store.version));
        let versions = self.event_data_stores.iter().filter_map(pinned).collect();
        QueryOptions { store: self.store.clone(), parameters, versions, ..QueryOptions::default() }
    }
}

impl StoreRead {
    pub(crate) fn chain_head(&self) -> Option<ChainHead> {
        self.head.as_ref()?.parse().ok()
    }
}

impl Written {
    /// What was written to a destination that hashes.
    pub(crate) fn new(to: &Destination, file: Option<&Path>, format: Format, header: bool) -> Self {
        let format = format.to_possible_value().map_or_else(String::new, |value| value.get_name().to_owned());
        let (bytes, sha256) = to.hash().unwrap_or_default();
        Self { file: file.map(|path| path.to_string_lossy().into_owned()), format, header, bytes, sha256 }
    }

    /// The format, if this program knows it.
    pub(crate) fn format(&self) -> Option<Format> {
        Format::from_str(&self.format, false).ok()
    }
}

impl Receipt {
    pub(crate) fn new(lake: &Lake, queries: Vec<Answered>, result: Written) -> Self {
        Self {
            receipt: FORM,
            written_at: Utc::now().to_rfc3339_opts(SecondsFormat::Secs, true),
            program: PROGRAM.to_owned(),
            lake: lake.location().to_string(),
            queries,
            result,
        }
    }

    /// The file, with its own hash at the end.
    pub(crate) fn to_json(&self) -> Result<Vec<u8>, Failure> {
        let encoded = |source: serde_json::Error| Failure::Encode { format: "a receipt", source: Box::new(source) };
        let hash = Self::own_hash(&serde_json::to_value(self).map_err(encoded)?);
        let text = serde_json::to_string_pretty(self).map_err(encoded)?;
        let open = text.trim_end().trim_end_matches('}').trim_end();
        Ok(format!("{open},\n  \"{OWN_HASH}\": \"{hash}\"\n}}\n").into_bytes())
    }

    /// Reads a file; what is not a receipt, or not what was written, is refused.
    pub(crate) fn parse(text: &str, path: &Path) -> Result<Self, Failure> {
        let no_receipt = |source: serde_json::Error| Failure::NoReceipt { path: path.to_owned(), source };
        let mut content: Value = serde_json::from_str(text).map_err(no_receipt)?;
        let told = content.as_object_mut().and_then(|content| content.remove(OWN_HASH));
        let receipt: Self = serde_json::from_value(content.clone()).map_err(no_receipt)?;
        let found = Self::own_hash(&content);
        match told.as_ref().and_then(Value::as_str) {
            _ if receipt.receipt != FORM => Err(Failure::ReceiptForm { path: path.to_owned(), form: receipt.receipt }),
            Some(told) if told == found => Ok(receipt),
            _ => Err(Failure::ReceiptAltered { path: path.to_owned() }),
        }
    }

    /// The SHA-256 of a receipt without it: JSON without blanks, with the keys of each object in order.
    fn own_hash(content: &Value) -> String {
        hexadecimal(&Sha256::digest(canonical::written(content)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn receipt() -> Receipt {
        let store = StoreRead { name: "trail".to_owned(), id: "id".to_owned(), version: 3, head: None };
        let answered = Answered {
            sql: "SELECT \"a\" FROM trail".to_owned(),
            store: None,
            positional_parameters: vec!["'it''s'".to_owned(), "5".to_owned(), "NULL".to_owned()],
            named_parameters: [("user".to_owned(), "ana".to_owned())].into(),
            event_data_stores: vec![store],
            lake_tables: Vec::new(),
            rows: 1,
            rows_sha256: "00".to_owned(),
            events_scanned: 2,
            bytes_scanned: 3,
            elapsed_ms: 4,
        };
        let result = Written { file: None, format: "csv".to_owned(), header: true, bytes: 5, sha256: "ab".to_owned() };
        Receipt {
            receipt: FORM,
            written_at: "2024-05-01T10:00:00Z".to_owned(),
            program: PROGRAM.to_owned(),
            lake: "file:///lake/".to_owned(),
            queries: vec![answered],
            result,
        }
    }

    fn parsed(text: &str) -> Result<Receipt, Failure> {
        Receipt::parse(text, Path::new("r.json"))
    }

    #[test]
    fn a_receipt_reads_back_however_it_is_laid_out() {
        let text = String::from_utf8(receipt().to_json().unwrap()).unwrap();
        let read = parsed(&text).unwrap();
        assert_eq!(read.to_json().unwrap(), text.as_bytes());
        let compact = serde_json::from_str::<Value>(&text).unwrap().to_string();
        assert!(parsed(&compact).is_ok());
        assert_eq!(read.result.format(), Some(Format::Csv));
    }

    #[test]
    fn any_change_is_found() {
        let text = String::from_utf8(receipt().to_json().unwrap()).unwrap();
        for (from, to) in [("trail", "trial"), ("\"rows\": 1", "\"rows\": 2"), ("ana", "bob"), (": null", ": \"x\"")] {
            let altered = text.replacen(from, to, 1);
            assert_ne!(altered, text);
            assert!(matches!(parsed(&altered), Err(Failure::ReceiptAltered { .. })), "{from}");
        }
        let added = text.replacen('{', "{\"note\": \"fine\",", 1);
        assert!(matches!(parsed(&added), Err(Failure::ReceiptAltered { .. })));
        let without = text.replacen(OWN_HASH, "hash", 1);
        assert!(matches!(parsed(&without), Err(Failure::ReceiptAltered { .. })));
        assert!(matches!(parsed("{}"), Err(Failure::NoReceipt { .. })));
    }

    #[test]
    fn parameters_are_given_as_they_were() {
        let options = receipt().queries[0].options();
        let text = |text: &str| ParameterValue::Text(text.to_owned());
        let untyped = |text: &str| ParameterValue::Untyped(text.to_owned());
        assert_eq!(options.parameters.positional(), [text("it's"), untyped("5"), ParameterValue::Null]);
        assert_eq!(options.parameters.named().collect::<Vec<_>>(), [("user", &untyped("ana"))]);
    }
}
