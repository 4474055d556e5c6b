//! Compaction: many small data files of a day become few, well sorted ones.
//!
//! Every import adds files of its own, and late events add more to days long past. Many small files make questions
//! slow: each is opened, and each covers the whole day. Compaction merges files of one day, which are sorted already,
//! into files of about one size that follow each other in time. The rows stay the same, and so does every answer.
//!
//! ```text
//! step                                     a crash here leaves
//! 1  merge the files of a day into new     version n, and files that no version lists: garbage
//!    ones, each synced
//! 2  commit: the new files stand in for    version n or n + 1
//!    the old, in one version
//! ```
//!
//! A reader of version *n* is not disturbed: the old files stay where they are. An import that commits in between
//! hinders nothing: it only adds files, so the commit is tried again on top of it. Two compactions of one day do
//! hinder each other; the slower one finds its files gone and drops its work.
//!
//! The merge never holds a day in memory. It reads the four columns of the order from all files at once, a batch at a
//! time, and notes which file each next row comes from. When there are rows for a row group, it reads them column by
//! column (the rows of one file stand together in it, and the page index says where), gathers and encodes them.
//!
//! | bound | of a budget of 600 MB |
//! | --- | --- |
//! | size of a new file, held until it is stored | a sixth: 100 MB, by half as much more at most |
//! | decoded values of one column of a row group | a twelfth: 50 MB; two columns at a time on two cores |
//! | files merged at once | one for each 10 MB: 60 |

use std::collections::HashSet;

use chrono::NaiveDate;
use object_store::ObjectStoreExt;
use object_store::path::Path;
use traillake_event::schema::HotKeyPath;

use crate::attributes::{Changes, Status};
use crate::data_file::DataFile;
use crate::error::Error;
use crate::log::{Contents, Failure, Head, Log, Proposal};
use crate::schema;
use crate::snapshot::Snapshot;
use crate::store::EventDataStore;

mod group;
mod input;
mod keys;
mod merge;
mod newer;
mod order;
mod plan;

pub(crate) use newer::{Newer, files_at_once};
use plan::{Merge, Sizes};

/// How often a commit is tried against importers before the work is given up.
const ATTEMPTS_MAX: u32 = 100;
/// The budget of a compaction that is told none, in bytes.
pub(crate) const MEMORY_BYTES: u64 = 600_000_000;

/// Which files are merged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Scope {
    /// Every day that has two small files.
    #[default]
    Whole,
    /// These, and every file that lacks the column of a hot key.
    HotKeys,
    /// Days that have gathered eight files of about one size: what an import does when it ends. An event is rewritten
    /// about once each time its day has doubled, so that importing every few minutes stays cheap.
    Due,
}

/// How to compact.
#[derive(Clone, Copy, Debug)]
pub struct CompactionOptions {
    /// Which files are merged.
    pub scope: Scope,
    /// What it may take of memory, in bytes. A smaller budget makes smaller files.
    pub memory_bytes: u64,
    /// How many columns are merged at once.
    pub threads: usize,
    /// Whether keys that the files to be merged say are worth it get columns of their own first.
    pub adds_hot_keys: bool,
    /// Find out what there is to do, and do nothing.
    pub dry_run: bool,
}

impl Default for CompactionOptions {
    fn default() -> Self {
        let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        Self { scope: Scope::default(), memory_bytes: MEMORY_BYTES, threads, adds_hot_keys: false, dry_run: false }
    }
}

/// What a compaction did. Of a dry run: what it would merge; how much the new files will be is not known then.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Compaction {
    /// Merges committed, each a version.
    pub merges: u64,
    /// The days whose files were merged, no day among them as `None`; newest first.
    pub days: Vec<Option<NaiveDate>>,
    /// Files that were replaced; not those that this compaction made itself, where it merged a day in several rounds.
    pub files_before: u64,
    /// Files that stand in for them, in the end.
    pub files_after: u64,
    /// The size of those that were replaced.
    pub bytes_before: u64,
    /// The size of those that stand in for them.
    pub bytes_after: u64,
    /// The events in them.
    pub rows: u64,
    /// Files left as they are because another writer made them: in another order, or with columns this build does not
    /// know.
    pub files_left: u64,
    /// Keys that got columns of their own.
    pub hot_keys: Vec<HotKeyPath>,
    /// Merges whose work was dropped because another compaction was faster.
    pub superseded: u64,
}

impl Compaction {
    /// Counts a merge. `made`: the files that this compaction made and that are still there.
    fn add(&mut self, merge: &Merge, files: &[DataFile], made: &mut HashSet<Path>) {
        self.merges += 1;
        if !self.days.contains(&merge.day) {
            self.days.push(merge.day);
        }
        for file in &merge.files {
            if made.remove(&file.path) {
                self.files_after -= 1;
                self.bytes_after -= file.bytes;
            } else {
                self.files_before += 1;
                self.bytes_before += file.bytes;
                self.rows += file.rows;
            }
        }
        for file in files {
            self.files_after += 1;
            self.bytes_after += file.bytes;
            made.insert(file.path.clone());
        }
    }
}

/// What a compaction keeps in mind from merge to merge.
#[derive(Default)]
struct State {
    done: Compaction,
    /// Files that are not to be merged (again).
    left: HashSet<Path>,
    /// Files it made that are still there.
    made: HashSet<Path>,
}

/// Compacts a store. `progressed` is told the totals after each merge.
pub(crate) async fn compact(
    store: &EventDataStore,
    options: CompactionOptions,
    progressed: &mut (dyn FnMut(&Compaction) + Send),
) -> Result<Compaction, Error> {
    let mut state = State::default();
    let mut snapshot = store.snapshot().await?;
    let since = snapshot.version();
    refuse_deleted(&snapshot)?;
    let sizes = Sizes::of(options.memory_bytes);
    if options.adds_hot_keys {
        state.done.hot_keys = keys::worth_a_column(&snapshot, &sampled(&snapshot, options, sizes)).await?;
        if !state.done.hot_keys.is_empty() && !options.dry_run {
            let changes = Changes { hot_keys: state.done.hot_keys.clone(), ..Changes::default() };
            snapshot = store.update(changes).await?.snapshot().await?;
        }
    }
    if options.dry_run {
        // In one round, whatever it takes of memory; files lack the columns that keys would get.
        let scope = options.scope;
        let merges = match scope == Scope::HotKeys && !state.done.hot_keys.is_empty() {
            true => plan::all(&snapshot),
            false => plan::plan(&snapshot, scope, Sizes { files: usize::MAX, ..sizes }, &state.left),
        };
        merges.iter().for_each(|merge| state.done.add(merge, &[], &mut state.made));
        return Ok(state.done);
    }
    loop {
        let merges = plan::plan(&snapshot, options.scope, sizes, &state.left);
        if merges.is_empty() {
            break;
        }
        for merge in merges {
            snapshot = step(snapshot, merge, options, &mut state).await?;
            progressed(&state.done);
        }
    }
    snapshot.checkpoint_since(since).await;
    Ok(state.done)
}

/// The files that say which keys are worth a column: those to be merged, or all where files are merged for their keys.
fn sampled(snapshot: &Snapshot, options: CompactionOptions, sizes: Sizes) -> Vec<DataFile> {
    match options.scope {
        Scope::HotKeys => snapshot.data_files().to_vec(),
        scope => {
            plan::plan(snapshot, scope, sizes, &HashSet::new()).into_iter().flat_map(|merge| merge.files).collect()
        }
    }
}

/// One merge, from the files to the version.
async fn step(
    snapshot: Snapshot,
    merge: Merge,
    options: CompactionOptions,
    state: &mut State,
) -> Result<Snapshot, Error> {
    let sizes = Sizes::of(options.memory_bytes);
    let inputs = match input::open(&snapshot, &merge.files).await? {
        Ok(inputs) => inputs,
        Err(unfit) => {
            for path in unfit {
                tracing::warn!(%path, "data file of another writer, left as it is");
                state.done.files_left += u64::from(state.left.insert(path));
            }
            return Ok(snapshot);
        }
    };
    let files = merge::merge(&snapshot, &merge, (inputs, merge.rows()), sizes, options.threads).await?;
    match replace(snapshot, &merge, &files).await? {
        Replaced::Done(next) => {
            tracing::info!(
                version = next.version(),
                day = merge.day.map(|day| day.to_string()),
                files_before = merge.files.len(),
                files_after = files.len(),
                rows = merge.rows(),
                "compacted"
            );
            state.done.add(&merge, &files, &mut state.made);
            if files.len() >= merge.files.len() {
                // Merging them once more would not make them fewer.
                state.left.extend(files.into_iter().map(|file| file.path));
            }
            Ok(next)
        }
        Replaced::Superseded(newest) => {
            tracing::warn!(version = newest.version(), "another compaction was faster, the merge is dropped");
            state.done.superseded += 1;
            discard(newest.store(), &files).await;
            Ok(newest)
        }
    }
}

enum Replaced {
    Done(Snapshot),
    /// Some of the files are no longer there: the newest version.
    Superseded(Snapshot),
}

/// Commits the new files in place of the old, on top of whatever version is newest.
async fn replace(mut snapshot: Snapshot, merge: &Merge, files: &[DataFile]) -> Result<Replaced, Error> {
    let store = snapshot.store().clone();
    let log = store.lake().log(store.id()).map_err(|failure: Failure| failure.into_error(store.id(), None))?;
    let replaced: HashSet<&Path> = merge.files.iter().map(|file| &file.path).collect();
    let _turn = store.turn().await;
    for _ in 0..ATTEMPTS_MAX {
        let live = snapshot.data_files().iter().filter(|file| replaced.contains(&file.path)).count();
        if live < replaced.len() {
            return Ok(Replaced::Superseded(snapshot));
        }
        refuse_deleted(&snapshot)?;
        let version = snapshot.version() + 1;
        let mut table = snapshot.table().clone();
        let widened = schema::widened(&table.schema, store.schema());
        let is_widened = widened.is_some();
        table.schema = widened.unwrap_or(table.schema);
        let proposal = Proposal {
            files: files.to_vec(),
            replaced: merge.files.clone(),
            table: is_widened.then(|| table.clone()),
            operation: "COMPACT",
            ..Proposal::default()
        };
        let committed = log.commit(version, &proposal).await;
        if committed.map_err(|failure| failure.into_commit_error(store.id(), version))? {
            let kept = snapshot.data_files().iter().filter(|file| !replaced.contains(&file.path)).cloned();
            let contents = Contents::new(Head { version, table }, kept.chain(files.iter().cloned()).collect());
            return Snapshot::new(&store, contents).map(Replaced::Done);
        }
        snapshot = store.snapshot().await?;
    }
    Err(Error::Contention { store: store.name().to_owned(), attempts: ATTEMPTS_MAX })
}

fn refuse_deleted(snapshot: &Snapshot) -> Result<(), Error> {
    let attributes = snapshot.store().attributes();
    match attributes.status {
        Status::PendingDeletion => Err(attributes.refuse("compacted")),
        _ => Ok(()),
    }
}

/// Removes files that no version names. Where that fails they stay as garbage that does no harm.
pub(crate) async fn discard(store: &EventDataStore, files: &[DataFile]) {
    for file in files {
        let _ = store.lake().storage().delete(&file.path).await;
    }
}
