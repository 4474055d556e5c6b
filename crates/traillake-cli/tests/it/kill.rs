//! Imports that are killed at any moment, alone or two at a time, lose nothing and count nothing twice.
//!
//! `TRAILLAKE_KILLS=200` asks for more rounds than every test run has, `TRAILLAKE_KILLS_SEED` for other ones.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::DataType;
use arrow::util::display::{ArrayFormatter, FormatOptions};
use futures::TryStreamExt;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use traillake::{Lake, Snapshot};
use traillake_testkit::trail::{Random, Trail};
use url::Url;

use crate::scratch::Scratch;

/// Rounds of one test run; each kills one importer, or two.
const ROUNDS: u64 = 8;
const SEED: u64 = 9;

fn from_environment(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|value| value.parse().ok()).unwrap_or(default)
}

/// A folder with a generated trail, and the records of each file by its URI.
struct Logs {
    scratch: Scratch,
    files: Vec<String>,
    records: BTreeMap<String, Vec<String>>,
}

impl Logs {
    fn new() -> Self {
        let scratch = Scratch::new();
        let trail = Trail::new(17).events(2_400).accounts(2).regions(2).days(3).duplicates(0.05).build();
        trail.write_to(&scratch.path("")).unwrap();
        let mut records = trail.records().map(str::to_owned);
        let (mut files, mut by_uri) = (Vec::new(), BTreeMap::new());
        for object in trail.objects() {
            let path = std::fs::canonicalize(scratch.path(&object.key)).unwrap();
            let count = object.text.matches("\"eventVersion\":").count();
            by_uri.insert(Url::from_file_path(path).unwrap().to_string(), records.by_ref().take(count).collect());
            files.push(object.key);
        }
        assert_eq!(records.count(), 0, "every record has an \"eventVersion\", and no text in it speaks of one");
        Self { scratch, files, records: by_uri }
    }

    /// Starts an import of some of the files, at most a part of a third, in any order.
    fn start(&self, lake: &str, random: &mut Random) -> Child {
        let mut files = self.files.clone();
        random.shuffle(&mut files);
        files.truncate(1 + random.below(files.len() as u64 / 3) as usize);
        let arguments = ["--lake", lake, "import", "trail"].into_iter().chain(files.iter().map(String::as_str));
        let arguments: Vec<&str> = arguments.collect();
        let mut command = self.scratch.command(&arguments);
        command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
    }

    /// How long an import of all of it takes, undisturbed, and the rows it leaves.
    async fn undisturbed(&self) -> (Duration, Vec<Vec<String>>) {
        let started = Instant::now();
        let said = self.scratch.run(&["import", "trail", "AWSLogs", "--lake", "undisturbed"]);
        assert_eq!(said.status, 0, "{}", said.stderr);
        let took = started.elapsed();
        (took, physical_rows(&self.scratch.path("undisturbed")).await)
    }

    /// That the store opens, and is whole objects: what the ledger says is what the rows are.
    async fn is_whole(&self, lake: &str, round: &str) -> usize {
        let lake = Lake::open(self.scratch.path(lake).to_str().unwrap()).await.unwrap();
        let Some(snapshot) = newest(&lake).await else { return 0 };
        let ledger = snapshot.ledger().await.unwrap();
        let objects: Vec<_> = ledger.objects().try_collect().await.unwrap();
        let (mut events, mut expected, mut uris) = (0, BTreeSet::new(), BTreeSet::new());
        for object in &objects {
            let records = &self.records[&object.uri];
            assert!(uris.insert(&object.uri), "{round}: {} was imported twice", object.uri);
            let counts = (object.records, object.events + object.duplicates, object.rejects);
            assert_eq!(counts, (records.len() as u64, records.len() as u64, 0), "{round}: {object:?}");
            events += object.events;
            expected.extend(records.iter().map(String::as_str));
        }
        assert_eq!(snapshot.rows(), events, "{round}: ledger and log differ");
        let found = event_json(&lake).await;
        assert_eq!(found.len() as u64, events, "{round}: ledger and rows differ");
        let found: BTreeSet<&str> = found.iter().map(String::as_str).collect();
        assert!(found == expected, "{round}: the rows are not those of the objects in the ledger");
        objects.len()
    }

    /// Runs an import of everything to its end; then the rows are those of an import that was never disturbed.
    async fn ends_well(&self, lake: &str, undisturbed: &[Vec<String>]) {
        let said = self.scratch.run(&["--lake", lake, "import", "trail", "AWSLogs"]);
        assert_eq!(said.status, 0, "{lake}: {}", said.stderr);
        assert_eq!(self.is_whole(lake, "the end").await, self.files.len());
        let found = physical_rows(&self.scratch.path(lake)).await;
        assert_eq!(found.len(), undisturbed.len(), "{lake}");
        assert!(found == undisturbed, "{lake}: other rows than those of an undisturbed import");
    }
}

/// The newest version of the store; none when nobody came as far as making it.
async fn newest(lake: &Lake) -> Option<Snapshot> {
    let stores = lake.event_data_stores().await.unwrap();
    assert!(stores.len() <= 1, "{} stores of one name", stores.len());
    match stores.first() {
        Some(store) => Some(store.snapshot().await.unwrap()),
        None => None,
    }
}

async fn event_json(lake: &Lake) -> Vec<String> {
    let batches: Vec<RecordBatch> =
        lake.query("SELECT eventJson FROM trail").await.unwrap().try_collect().await.unwrap();
    let text = |batch: &RecordBatch| cast(batch.column(0), &DataType::Utf8).unwrap();
    let texts = batches.iter().map(text);
    texts
        .flat_map(|column| column.as_string::<i32>().iter().map(|text| text.unwrap().to_owned()).collect::<Vec<_>>())
        .collect()
}

/// All rows of a lake's only store with all their physical columns, in the order of event ids.
async fn physical_rows(lake: &Path) -> Vec<Vec<String>> {
    let snapshot = newest(&Lake::open(lake.to_str().unwrap()).await.unwrap()).await.unwrap();
    let mut rows = Vec::new();
    for file in snapshot.data_files() {
        let path: PathBuf = lake.join(file.path.as_ref());
        let reader = ParquetRecordBatchReaderBuilder::try_new(File::open(path).unwrap()).unwrap().build().unwrap();
        let before = rows.len();
        rows.extend(reader.flat_map(|batch| texts(&batch.unwrap())));
        assert_eq!((rows.len() - before) as u64, file.rows);
    }
    rows.sort();
    rows
}

/// The rows of a batch as text: first what they are sorted by, then all columns.
fn texts(batch: &RecordBatch) -> Vec<Vec<String>> {
    let options = FormatOptions::new().with_null("NULL");
    let keys = ["eventID", "eventDigest"].map(|name| batch.column_by_name(name).unwrap());
    let columns: Vec<_> = keys
        .into_iter()
        .chain(batch.columns())
        .map(|column| match column.data_type() {
            DataType::Dictionary(..) => cast(column, &DataType::Utf8).unwrap(),
            _ => column.slice(0, column.len()),
        })
        .collect();
    let formatters: Vec<_> =
        columns.iter().map(|column| ArrayFormatter::try_new(column.as_ref(), &options).unwrap()).collect();
    let row = |row| formatters.iter().map(|column| column.value(row).to_string()).collect();
    (0..batch.num_rows()).map(row).collect()
}

/// Lets importers run until each one's moment, then kills it; how many were still at work.
fn kill_at(mut importers: Vec<(Duration, Child)>, round: &str) -> u32 {
    let started = Instant::now();
    importers.sort_by_key(|(moment, _)| *moment);
    let mut killed = 0;
    for (moment, mut importer) in importers {
        std::thread::sleep(moment.saturating_sub(started.elapsed()));
        importer.kill().unwrap();
        // One that ended by itself before its moment must have done all it was asked for.
        match importer.wait().unwrap().code() {
            None => killed += 1,
            status => assert_eq!(status, Some(0), "{round}: an import that was not killed failed"),
        }
    }
    killed
}

#[tokio::test(flavor = "multi_thread")]
async fn imports_killed_at_any_moment_leave_whole_objects_and_end_as_if_never_disturbed() {
    let logs = Logs::new();
    let (took, expected) = logs.undisturbed().await;
    let mut random = Random::new(from_environment("TRAILLAKE_KILLS_SEED", SEED));
    let rounds = from_environment("TRAILLAKE_KILLS", ROUNDS);
    let (mut killed, mut lakes, mut before, mut advances) = (0, 1, 0, 0);
    for number in 0..rounds {
        let (lake, round) = (format!("lake-{lakes}"), format!("round {number}"));
        // Imports of at most a third take less than all of it: some end before their moment, most do not.
        let moment = |random: &mut Random| Duration::from_micros(random.below(took.as_micros() as u64 * 3 / 4));
        let count = 1 + random.below(2);
        let importers = (0..count).map(|_| (moment(&mut random), logs.start(&lake, &mut random))).collect();
        killed += kill_at(importers, &round);
        let objects = logs.is_whole(&lake, &round).await;
        advances += u32::from(objects > before);
        before = objects;
        // Where little is left to be imported, little is left to be killed.
        if objects * 3 > logs.files.len() * 2 {
            logs.ends_well(&lake, &expected).await;
            (lakes, before) = (lakes + 1, 0);
        }
    }
    println!("{killed} importers killed in {rounds} rounds on {lakes} lakes; {advances} rounds brought objects");
    assert!(u64::from(killed) >= rounds / 4, "{killed} kills in {rounds} rounds: the imports were too fast");
    logs.ends_well(&format!("lake-{lakes}"), &expected).await;
}
