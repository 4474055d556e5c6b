//! The rows of a store depend on neither the order of the files nor on how the records are split over them.

use proptest::prelude::*;
use proptest::test_runner::TestCaseError;
use traillake_ingest::{Options, Source};
use traillake_testkit::trail::Random;

use crate::cuts::{Document, FORMS, check, pool};
use crate::hostile::gz;
use crate::lake::Scratch;

/// One way to deliver records.
#[derive(Clone, Debug)]
struct Way {
    seed: u64,
    objects: usize,
    imports: usize,
    workers: usize,
    batch_bytes: u64,
}

fn ways() -> impl Strategy<Value = Way> {
    (any::<u64>(), 1..12_usize, 1..4_usize, 1..4_usize, prop::sample::select(vec![1, 10_000, 256 << 20]))
        .prop_map(|(seed, objects, imports, workers, batch_bytes)| Way { seed, objects, imports, workers, batch_bytes })
}

impl Way {
    /// Delivers the records in files of every form, packed or not, and imports them; the rows with all their columns.
    async fn rows(&self, records: &[String]) -> (Vec<Vec<String>>, u64) {
        let scratch = Scratch::new().await;
        let mut random = Random::new(self.seed);
        let mut objects = vec![Vec::new(); self.objects];
        let mut records = records.to_vec();
        random.shuffle(&mut records);
        for record in records {
            objects[random.below(self.objects as u64) as usize].push(record);
        }
        let mut imports = vec![Vec::new(); self.imports];
        for (number, records) in objects.iter().enumerate().filter(|(_, records)| !records.is_empty()) {
            let (form, blank) = (*random.pick(&FORMS), *random.pick(&["", "\n"]));
            let text = Document::new(form, records, blank).text;
            let bytes = if random.below(2) == 0 { gz(text) } else { text.into_bytes() };
            let path = scratch.write(&format!("2026/03/{:02}/{number}", 1 + random.below(28)), bytes);
            imports[random.below(self.imports as u64) as usize].push(Source::File(path.into()));
        }
        let options = Options { workers: self.workers, batch_bytes: self.batch_bytes, ..Options::default() };
        let mut duplicates = 0;
        for sources in imports.iter().filter(|sources| !sources.is_empty()) {
            let report = scratch.import_sources(sources, &options).await;
            assert_eq!((report.rejects, report.skipped.len()), (0, 0), "{report}");
            duplicates += report.duplicates;
        }
        (scratch.physical_rows().await, duplicates)
    }
}

#[test]
fn the_rows_depend_on_neither_the_order_of_files_nor_on_how_records_are_split_over_them() {
    let mut records: Vec<String> = pool();
    let copies: Vec<String> = records.iter().step_by(7).cloned().collect();
    let without_id = records.iter().filter(|record| !record.contains("\"eventID\"")).count();
    records.extend(copies);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let whole = Way { seed: 1, objects: 1, imports: 1, workers: 1, batch_bytes: 256 << 20 };
    let (expected, duplicates) = runtime.block_on(whole.rows(&records));
    assert_eq!(expected.len() as u64 + duplicates, records.len() as u64);
    assert!(duplicates >= 10 && without_id >= 3, "{duplicates} duplicates are too few");
    check(6, &ways(), |way| {
        let (rows, dropped) = runtime.block_on(way.rows(&records));
        prop_assert!(rows == expected, "{} rows differ from {}", rows.len(), expected.len());
        prop_assert_eq!(dropped, duplicates);
        Ok::<(), TestCaseError>(())
    });
}
