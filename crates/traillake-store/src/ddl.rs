//! SQL that shows a store to other engines as CloudTrail Lake shows it.
//!
//! A store is a Delta table that other engines read without us, but its columns are flat. [`create_view`] gives the
//! statements that make it appear in the documented shape there:
//!
//! | documented | in the view |
//! | --- | --- |
//! | columns, their order and lake names | the same; behind them `calendarday`, the partition key |
//! | `row(…)` | a struct of its leaves, NULL where the record has no such object |
//! | `map(varchar, varchar)` | the first level of the object: strings as they are, all else as JSON text, JSON null as NULL |
//! | arrays and rows within JSON text | arrays and structs of the documented types |
//! | `timestamp(3)` | a timestamp in UTC without a zone; of Spark, the instant (`TIMESTAMP`) |
//! | `double`, `integer` | the number, NULL where it is none of the type |
//! | names with two spellings | both |
//! | `eventjson`, `eventjsonchecksum` | **not there**: no SQL puts a record together from its template |
//!
//! What differs from TrailLake's own answers lies in the JSON readers of the engines:
//!
//! - JSON text *within* a map's values is written anew: blanks between tokens go, `1.50` becomes `1.5`, and Trino and
//!   Athena may sort the keys.
//! - An object with a key twice, or with half a surrogate pair in a text, is what the engine makes of it: NULL, in DuckDB.
//! - The order of a map's keys is the engine's own.
//!
//! Names: the physical columns are told apart without regard to letter case, and these engines find columns and struct
//! fields so. Columns are written in the letter case of the data files all the same, for sessions that are told to mind
//! it. Keys of maps are exact everywhere.
//!
//! Costs: engines skip files and row groups by the flat columns, not by expressions over them. A condition on a plain
//! text column of the view, as `eventname`, prunes; one on a struct's field, a map's key or the time may not, so add one
//! on `calendarday`, or ask the flat table, where the hot keys are columns: `requestParameters_bucketName`.
//!
//! ```
//! use traillake_event::schema::Schema;
//! use traillake_store::ddl::{Engine, Source, create_view};
//!
//! let sql = create_view(Schema::events(), Engine::DuckDb, Source::Location("lake/7f3c…"), "trail");
//! assert!(sql.contains(r#"CREATE OR REPLACE VIEW "trail" AS"#));
//! ```

use std::fmt;
use std::str::FromStr;

use thiserror::Error;
use traillake_event::schema::Schema;

mod columns;
mod dialect;
mod duckdb;
mod spark;
#[cfg(test)]
mod tests;
mod trino;

use dialect::Dialect;

/// An engine that reads Delta tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Engine {
    /// DuckDB from 1.3 on, with its extension `delta`.
    DuckDb,
    /// Amazon Athena, engine version 3.
    Athena,
    /// Trino, with a catalogue of the Delta Lake connector.
    Trino,
    /// Spark SQL from 3.5 on, with Delta Lake.
    Spark,
}

impl Engine {
    /// Every engine.
    pub const ALL: [Engine; 4] = [Engine::DuckDb, Engine::Athena, Engine::Trino, Engine::Spark];

    /// Its name in lower case.
    pub fn as_str(self) -> &'static str {
        match self {
            Engine::DuckDb => "duckdb",
            Engine::Athena => "athena",
            Engine::Trino => "trino",
            Engine::Spark => "spark",
        }
    }

    fn dialect(self) -> &'static dyn Dialect {
        match self {
            Engine::DuckDb => &duckdb::DuckDb,
            Engine::Athena | Engine::Trino => &trino::Trino,
            Engine::Spark => &spark::Spark,
        }
    }
}

impl fmt::Display for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The text names no engine that SQL can be written for.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("engine \"{text}\" is not known: it is one of {names}", names = names())]
pub struct UnknownEngine {
    /// What was given.
    pub text: String,
}

fn names() -> String {
    Engine::ALL.map(Engine::as_str).join(", ")
}

impl FromStr for Engine {
    type Err = UnknownEngine;

    fn from_str(text: &str) -> Result<Self, UnknownEngine> {
        let known = |engine: &Engine| engine.as_str().eq_ignore_ascii_case(text);
        Engine::ALL.into_iter().find(known).ok_or_else(|| UnknownEngine { text: text.to_owned() })
    }
}

/// Where an engine finds the flat columns of a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source<'a> {
    /// The folder or URL of the store's Delta table, as the engine calls it: `/lake/<id>`, `s3://bucket/lake/<id>`. What
    /// makes the table known to the engine stands before the view.
    Location(&'a str),
    /// What stands behind FROM as it is, for tables that the engine knows already: `hive.default.trail_flat`,
    /// `read_parquet([…])`. It is SQL and must come from whoever runs it.
    Relation(&'a str),
}

/// Statements for an engine that make a store of a schema appear in the documented shape, as the view of a name, in the
/// session's catalogue and schema. They end in `;` and a line break, may be run again, and read no event.
///
/// The name is one identifier and is quoted, whatever is in it; Athena takes letters, digits and `_` only. With
/// [`Source::Location`] the engines that want a table get one beside the view, of its name and `_flat`; Athena runs one
/// statement at a time.
///
/// The view has the columns that this build knows. Make it anew after an upgrade; hot keys added to a store change nothing
/// in it.
pub fn create_view(schema: &Schema, engine: Engine, source: Source<'_>, name: &str) -> String {
    let dialect = engine.dialect();
    let flat = format!("{name}_flat");
    let (before, relation) = match (source, engine) {
        (Source::Relation(relation), _) => (String::new(), relation.to_owned()),
        (Source::Location(location), Engine::DuckDb) => duckdb::table(location),
        (Source::Location(location), Engine::Athena) => trino::athena_table(location, &flat),
        (Source::Location(location), Engine::Trino) => trino::table(location, &flat),
        (Source::Location(location), Engine::Spark) => spark::table(location, &flat),
    };
    let columns = columns::select_list(schema, dialect);
    let view = dialect.quote(name);
    format!("{before}CREATE OR REPLACE VIEW {view} AS\nSELECT\n{columns}\nFROM {relation};\n")
}
