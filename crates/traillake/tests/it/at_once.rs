//! Many at once: questions, questions that are given up, imports and compactions.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures::TryStreamExt;
use futures::future::join_all;
use traillake::{CompactionOptions, Lake, LakeOptions, Source};

use crate::ask::{Rows, ask, value};

fn trail() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../testdata/trail/AWSLogs")
}

async fn lake(folder: &Path, memory_bytes: usize) -> Lake {
    let options = LakeOptions { memory_bytes: Some(memory_bytes), ..LakeOptions::default() };
    let lake = Lake::open_with(folder.to_str().unwrap(), &options).await.unwrap();
    lake.import("events", [Source::Directory(trail())]).await.unwrap();
    lake
}

#[tokio::test(flavor = "multi_thread")]
async fn each_question_has_its_own_answer() {
    let folder = tempfile::tempdir().unwrap();
    let lake = lake(folder.path(), 64 << 20).await;
    let names = ask(&lake, "SELECT DISTINCT eventName FROM events ORDER BY 1").await;
    let questions: Vec<String> = names
        .iter()
        .flat_map(|name| {
            let name = name[0].clone().unwrap();
            [
                format!("SELECT eventID, requestParameters FROM events WHERE eventName = '{name}' ORDER BY 1"),
                format!("SELECT awsRegion, count(*) FROM events WHERE eventName <> '{name}' GROUP BY 1 ORDER BY 1"),
                format!(
                    "SELECT eventTime, eventID FROM events WHERE eventName >= '{name}' ORDER BY 1 DESC, 2 LIMIT 20"
                ),
            ]
        })
        .collect();
    let mut alone: Vec<Rows> = Vec::new();
    for question in &questions {
        alone.push(ask(&lake, question).await);
    }
    let together = join_all(questions.iter().map(|question| {
        let (lake, question) = (lake.clone(), question.clone());
        tokio::spawn(async move { ask(&lake, &question).await })
    }));
    for ((question, alone), together) in questions.iter().zip(alone).zip(together.await) {
        assert_eq!(together.unwrap(), alone, "{question}");
    }
}

/// Files of a folder that this process has open.
#[cfg(target_os = "linux")]
fn open_files(folder: &Path) -> Vec<PathBuf> {
    let open = std::fs::read_dir("/proc/self/fd").unwrap().flatten();
    let open = open.filter_map(|entry| std::fs::read_link(entry.path()).ok());
    open.filter(|path| path.starts_with(folder)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_question_that_is_given_up_leaves_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    let lake = lake(folder.path(), 3_000_000).await;
    // All that the limit allows, each.
    let heavy = "SELECT eventID, eventTime, requestParameters FROM events ORDER BY requestID DESC, eventID";
    let expected = ask(&lake, heavy).await;
    for round in 0..40 {
        let (lake, heavy) = (lake.clone(), heavy.to_owned());
        let running = tokio::spawn(async move {
            let mut results = lake.query(&heavy).await.unwrap();
            results.try_next().await.unwrap();
            // Given up with a row in the hand.
            drop(results);
        });
        tokio::time::sleep(Duration::from_millis(round * 3)).await;
        running.abort();
        _ = running.await;
    }
    #[cfg(target_os = "linux")]
    {
        // A read that had begun ends by itself.
        for _ in 0..200 {
            if open_files(folder.path()).is_empty() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        assert_eq!(open_files(folder.path()), Vec::<PathBuf>::new());
    }
    assert_eq!(ask(&lake, heavy).await, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn readers_see_one_version_while_others_write() {
    let folder = tempfile::tempdir().unwrap();
    let lake = Lake::open(folder.path().to_str().unwrap()).await.unwrap();
    let mut files: Vec<PathBuf> = walk(&trail());
    files.sort();
    lake.import("events", [Source::File(files.remove(0))]).await.unwrap();

    let done = Arc::new(AtomicBool::new(false));
    let readers: Vec<_> = (0..3)
        .map(|_| {
            let (lake, done) = (lake.clone(), Arc::clone(&done));
            tokio::spawn(async move {
                let (mut seen, mut answers) = (0, 0);
                while !done.load(Ordering::Relaxed) {
                    let sql =
                        "SELECT count(*), count(DISTINCT eventID), (SELECT count(eventID) FROM events) FROM events";
                    let row = ask(&lake, sql).await.remove(0);
                    assert_eq!((&row[0], &row[0]), (&row[1], &row[2]));
                    let count: u64 = row[0].as_ref().unwrap().parse().unwrap();
                    assert!(count >= seen, "{count} after {seen}");
                    (seen, answers) = (count, answers + 1);
                }
                answers
            })
        })
        .collect();
    let compactor = {
        let (lake, done) = (lake.clone(), Arc::clone(&done));
        tokio::spawn(async move {
            let store = lake.event_data_store("events").await.unwrap();
            while !done.load(Ordering::Relaxed) {
                store.compact(CompactionOptions::default(), &mut |_| ()).await.unwrap();
            }
        })
    };
    for part in files.chunks(files.len().div_ceil(12)) {
        lake.import("events", part.iter().cloned().map(Source::File)).await.unwrap();
    }
    done.store(true, Ordering::Relaxed);
    for reader in readers {
        assert!(reader.await.unwrap() > 0);
    }
    compactor.await.unwrap();

    let whole = tempfile::tempdir().unwrap();
    let at_once = self::lake(whole.path(), 64 << 20).await;
    let all = "SELECT count(*) FROM events";
    assert_eq!(value(&lake, all).await, value(&at_once, all).await);
}

fn walk(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { walk(&path) } else { vec![path] }).collect()
}
