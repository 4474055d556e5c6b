//! Many imports of a day, and the few files they end as.

use traillake_ingest::Options;
use traillake_store::{Changes, CompactionOptions, Scope};

use crate::lake::Scratch;
use crate::pipeline::{log, record};

#[tokio::test(flavor = "multi_thread")]
async fn many_imports_end_as_few_files_with_the_rows_of_one() {
    let (many, one) = (Scratch::new().await, Scratch::new().await);
    let mut merged = 0;
    for file in 0..10u32 {
        let records = log((file * 3..file * 3 + 4).map(|id| record(id, 1)));
        let source = many.write(&format!("{file}.json"), &records);
        let report = many.import(&source).await;
        assert_eq!(report.compaction_failed, None);
        assert_eq!(report.files_compacted, if file == 7 { 8 } else { 0 }, "after import {file}");
        merged += report.files_compacted_into;
        one.write(&format!("{file}.json"), &records);
    }
    let report = one.import(&one.logs()).await;
    assert_eq!((merged, many.store.snapshot().await.unwrap().data_files().len()), (1, 3));
    assert_eq!((report.events, report.duplicates), (31, 9));
    assert_eq!(many.physical_rows().await, one.physical_rows().await);

    // What was merged is still known: nothing comes twice.
    let copy = many.write("copy.json", log((0..40).map(|id| record(id, 1))));
    let report = many.import(&copy).await;
    assert_eq!((report.events, report.duplicates), (9, 31));
}

#[tokio::test(flavor = "multi_thread")]
async fn files_are_left_as_they_are_when_asked() {
    let scratch = Scratch::new().await;
    let options = Options { compact: false, ..Options::default() };
    for file in 0..9u32 {
        let source = scratch.write(&format!("{file}.json"), log([record(file, 1)]));
        assert_eq!(scratch.import_with(&source, &options).await.files_compacted, 0);
    }
    assert_eq!(scratch.store.snapshot().await.unwrap().data_files().len(), 9);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hot_key_is_in_new_files_at_once_and_in_old_ones_after_compaction() {
    let (scratch, other) = (Scratch::new().await, Scratch::new().await);
    let keyed = |id: u32| {
        let value = ["\"d-1\"", "7", "null", "{\"a\":1}", "\"\\u00e9\""][id as usize % 5];
        record(id, 1).replace("\"bucketName\"", &format!("\"detectorId\":{value},\"bucketName\""))
    };
    let old = scratch.write("old.json", log((0..20).map(keyed)));
    scratch.import(&old).await;
    for store in [&scratch.store, &other.store] {
        let hot_keys = vec!["requestParameters.detectorId".parse().unwrap()];
        store.update(Changes { hot_keys, ..Changes::default() }).await.unwrap();
    }
    let new = scratch.write("new.json", log((20..40).map(keyed)));
    scratch.import(&new).await;
    let lacking = |snapshot: traillake_store::Snapshot| {
        let lacks = |file: &traillake_store::DataFile| file.columns.get("requestParameters_detectorId").is_none();
        snapshot.data_files().iter().filter(|file| lacks(file)).count()
    };
    assert_eq!(lacking(scratch.store.snapshot().await.unwrap()), 1);

    let options = CompactionOptions { scope: Scope::HotKeys, ..CompactionOptions::default() };
    scratch.store.compact(options, &mut |_| ()).await.unwrap();
    assert_eq!(lacking(scratch.store.snapshot().await.unwrap()), 0);
    // As if the store had had the key from the beginning.
    other.import(&scratch.logs()).await;
    assert_eq!(scratch.physical_rows().await, other.physical_rows().await);
}
