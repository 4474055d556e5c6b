//! What each decision about the layout of a data file costs and gives, one at a time.
//!
//! ```text
//! cargo bench -p traillake-ingest --bench layout -- DATA… [--part TEXT]… [--table NAME]… [--rounds N]
//! ```
//!
//! `DATA` are files and folders of CloudTrail logs; with `--part`, only those of their files that have the text in
//! their path. All their events go into one file of each layout. What is found is told in
//! `crates/traillake-store/docs/layout.md`.

#![allow(clippy::print_stdout, reason = "the tables are what the program is for")]

mod chunks;
mod clock;
mod events;
mod file;
mod layout;
mod needle;
mod print;
mod search;
mod tables;
mod trial;

use std::path::PathBuf;

use arrow::array::AsArray;
use arrow::compute::kernels::length::length;
use arrow::datatypes::Int32Type;
use events::{Events, TEXT};
use layout::{Layout, Order};
use tables::{Table, tables};
use traillake_event::schema::Schema;
use traillake_store::Selection;

/// What a part of this program answers; any error ends it.
type Answer<T> = Result<T, Box<dyn std::error::Error>>;

/// What the command line asks for.
#[derive(Default)]
struct Asked {
    data: Vec<PathBuf>,
    parts: Vec<String>,
    tables: Vec<String>,
    rounds: usize,
}

impl Asked {
    fn parse(mut words: impl Iterator<Item = String>) -> Answer<Self> {
        let mut asked = Self { rounds: 3, ..Self::default() };
        while let Some(word) = words.next() {
            let mut value = || words.next().ok_or(format!("{word} needs a value"));
            match word.as_str() {
                // What Cargo says to every benchmark.
                "--bench" => {}
                "--part" => asked.parts.push(value()?),
                "--table" => asked.tables.push(value()?),
                "--rounds" => asked.rounds = value()?.parse()?,
                _ => asked.data.push(word.into()),
            }
        }
        Ok(asked)
    }

    fn wants(&self, table: &str) -> bool {
        self.tables.is_empty() || self.tables.iter().any(|wanted| wanted == table)
    }
}

fn main() -> Answer<()> {
    let asked = Asked::parse(std::env::args().skip(1))?;
    if asked.data.is_empty() {
        println!("Nothing is measured: name CloudTrail logs, as in `cargo bench --bench layout -- testdata/trail`.");
        return Ok(());
    }
    let events = Events::read(&asked.data, &asked.parts)?;
    introduce(&events)?;
    let questions = needle::questions(&events)?;
    let base = Layout::base();
    for Table { title, layouts, .. } in tables().into_iter().filter(|table| asked.wants(table.name)) {
        // The base twice, so that a reader sees how far ratios of like things are apart.
        let names = ["base", "base, once more"].into_iter().chain(layouts.iter().map(|(name, _)| name.as_str()));
        let tried: Vec<&Layout> = [&base, &base].into_iter().chain(layouts.iter().map(|(_, layout)| layout)).collect();
        let costs = trial::try_layouts(&events, &questions, &tried, asked.rounds)?;
        print::costs(title, &names.collect::<Vec<_>>(), &costs, &questions, events.count());
    }
    if asked.wants("columns") {
        print::columns(&chunks::chunks(&events, &write(&events, &Layout::store())?)?, events.count());
    }
    Ok(())
}

/// Says what the events are, and whether the store's layout is spelt rightly here.
fn introduce(events: &Events) -> Answer<()> {
    let lengths = length(events.rows.column_by_name(TEXT).ok_or(TEXT)?)?;
    let json: i64 = lengths.as_primitive::<Int32Type>().values().iter().copied().map(i64::from).sum();
    let columns: Vec<usize> = (0..Schema::events().columns().len()).collect();
    let selection = Selection { batch: events.rows.project(&columns)?, rows: None };
    let stored = traillake_store::encode(Schema::events(), vec![selection], 1)?.content.content_length();
    println!("{} events, {:.1} MB of JSON in {} bytes an event.", events.count(), json as f64 / 1e6, {
        json / i64::try_from(events.count())?
    });
    println!("An import's file: {stored} bytes; its layout here: {} bytes.", write(events, &Layout::fresh())?.len());
    Ok(())
}

/// One file of a layout.
fn write(events: &Events, layout: &Layout) -> Answer<bytes::Bytes> {
    let slices = events.in_order(layout.order)?;
    let slices = slices.iter().map(|slice| file::columns(layout, slice)).collect::<Answer<Vec<_>>>()?;
    file::encode(layout, &slices)
}
