//! The same input gives the same rows, however it is cut up.

use std::path::{Path, PathBuf};

use proptest::prelude::*;
use traillake::{ImportOptions, Lake, Source};
use traillake_testkit::trail::Trail;

use super::check;
use crate::ask::{Rows, ask};
use crate::memory::in_memory;
use crate::quiet::Quiet;

/// How a trail gets into a lake.
#[derive(Clone, Debug)]
struct Way {
    workers: usize,
    batch_bytes: u64,
    /// In how many imports, and which file goes into which.
    imports: usize,
    shuffle: u64,
    backwards: bool,
}

fn ways() -> impl Strategy<Value = Way> {
    (1..5_usize, prop::sample::select(vec![1, 40 << 10, 1 << 20, 256 << 20]), 1..6_usize, any::<u64>(), any::<bool>())
        .prop_map(|(workers, batch_bytes, imports, shuffle, backwards)| Way {
            workers,
            batch_bytes,
            imports,
            shuffle,
            backwards,
        })
}

impl Way {
    /// Imports every file and gives all columns of all rows, sorted. Also how many duplicates were met.
    async fn rows(&self, files: &[PathBuf]) -> (Rows, u64) {
        let lake: Lake = in_memory();
        let options =
            ImportOptions { workers: self.workers, batch_bytes: self.batch_bytes, ..ImportOptions::default() };
        let mut parts: Vec<Vec<Source>> = vec![Vec::new(); self.imports];
        for (place, file) in files.iter().enumerate() {
            let part = (self.shuffle.rotate_left(place as u32 * 7) % self.imports as u64) as usize;
            parts[part].push(Source::File(file.clone()));
        }
        if self.backwards {
            parts.reverse();
        }
        let mut duplicates = 0;
        for part in parts.into_iter().filter(|part| !part.is_empty()) {
            duplicates += lake.import_with("events", &part, &options, &Quiet).await.unwrap().duplicates;
        }
        let mut rows = ask(&lake, "SELECT * FROM events").await;
        rows.sort();
        (rows, duplicates)
    }
}

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(files_below(&path)) } else { found.push(path) }
    }
    found.sort();
    found
}

#[test]
fn the_same_input_gives_the_same_rows() {
    check(4, &(0..10_000_u64, ways(), ways()), async |(seed, one, other)| {
        let trail = Trail::new(seed).events(150).accounts(2).regions(2).days(3).duplicates(0.1).build();
        let folder = tempfile::tempdir().unwrap();
        trail.write_to(folder.path()).unwrap();
        let files = files_below(folder.path());
        let (first, second) = (one.rows(&files).await, other.rows(&files).await);
        prop_assert_eq!((first.0.len(), first.1), (150, 15));
        prop_assert_eq!(second.1, 15);
        prop_assert!(first.0 == second.0, "the rows differ");
        Ok(())
    });
}
