//! The same events, come by in different ways.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Weak};

use tempfile::TempDir;
use tokio::sync::Mutex;
use traillake::{ImportOptions, Lake, Source};

use crate::quiet::Quiet;

/// How the store `events` got its 2,000 events.
#[derive(Clone, Copy, Debug)]
pub(crate) enum State {
    /// In one import of the whole trail; the lake has not been closed since.
    Fresh,
    /// In one import, by a lake that has been closed; everything known comes from the disk.
    Reopened,
    /// In an import for each folder of an account and Region, in small batches: days have many data files.
    ManyFiles,
}

/// A lake with one store, `events`. Its directory goes with it.
#[derive(Debug)]
pub(crate) struct Sample {
    pub(crate) lake: Lake,
    _directory: TempDir,
}

/// The lakes that a running test holds, so that tests of one state share it.
static SAMPLES: [Mutex<Weak<Sample>>; 3] = [const { Mutex::const_new(Weak::new()) }; 3];

impl State {
    /// What `onlyif` and `skipif` call it.
    pub(crate) fn label(self) -> &'static str {
        match self {
            State::Fresh => "fresh",
            State::Reopened => "reopened",
            State::ManyFiles => "many_files",
        }
    }

    /// The lake in this state.
    pub(crate) async fn sample(self) -> Arc<Sample> {
        let mut shared = SAMPLES[self as usize].lock().await;
        if let Some(sample) = shared.upgrade() {
            return sample;
        }
        let sample = Arc::new(self.build().await);
        *shared = Arc::downgrade(&sample);
        sample
    }

    async fn build(self) -> Sample {
        let directory = tempfile::tempdir().unwrap();
        let location = directory.path().to_string_lossy().into_owned();
        let trail = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata/trail/AWSLogs");
        let lake = Lake::open(&location).await.unwrap();
        let (folders, options) = match self {
            State::Fresh | State::Reopened => (vec![trail], ImportOptions::default()),
            State::ManyFiles => (
                regions(&trail),
                ImportOptions { workers: 1, batch_bytes: 64 << 10, compact: false, ..ImportOptions::default() },
            ),
        };
        for folder in folders {
            lake.import_with("events", &[Source::Directory(folder)], &options, &Quiet).await.unwrap();
        }
        let lake = match self {
            State::Reopened => {
                drop(lake);
                Lake::open(&location).await.unwrap()
            }
            _ => lake,
        };
        Sample { lake, _directory: directory }
    }
}

/// The folders `ACCOUNT/KIND/REGION` of a trail, in order.
fn regions(trail: &Path) -> Vec<PathBuf> {
    let mut folders = vec![trail.to_owned()];
    for _ in 0..3 {
        folders = folders.iter().flat_map(|folder| super::entries(folder).collect::<Vec<_>>()).collect();
    }
    folders.sort();
    folders
}
