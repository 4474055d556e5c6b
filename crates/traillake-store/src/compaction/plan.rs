//! Which files are merged.

use std::collections::HashSet;

use chrono::NaiveDate;
use object_store::path::Path;
use traillake_event::schema::{Kind, Schema};

use super::Scope;
use crate::data_file::DataFile;
use crate::snapshot::Snapshot;

/// How many files of about one size make a day due.
const FILES_DUE: usize = 8;
/// Into how many parts a file is thought to be divided, to tell files from crumbs.
const CRUMBS: u64 = 128;
/// What a file that is being merged takes of memory beside the values gathered: its metadata, a page and a batch of
/// each column of the order.
const INPUT_BYTES: u64 = 10_000_000;

/// What a budget allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Sizes {
    /// What a new file should have, in bytes.
    pub(super) file_bytes: u64,
    /// The most decoded bytes of one column in a row group.
    pub(super) column_bytes: u64,
    /// The most files merged at once.
    pub(super) files: usize,
}

impl Sizes {
    pub(super) fn of(memory_bytes: u64) -> Self {
        Self {
            file_bytes: (memory_bytes / 6).clamp(1 << 20, 128 << 20),
            column_bytes: (memory_bytes / 12).max(1 << 20),
            files: usize::try_from(memory_bytes / INPUT_BYTES).unwrap_or(usize::MAX).clamp(FILES_DUE, 64),
        }
    }

    /// Files smaller than this are merged with others.
    fn small_bytes(self) -> u64 {
        self.file_bytes / 2
    }
}

/// Files of one day that become others.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Merge {
    pub(super) day: Option<NaiveDate>,
    pub(super) files: Vec<DataFile>,
}

impl Merge {
    pub(super) fn bytes(&self) -> u64 {
        self.files.iter().map(|file| file.bytes).sum()
    }

    pub(super) fn rows(&self) -> u64 {
        self.files.iter().map(|file| file.rows).sum()
    }

    /// How many files so many of its rows make: of about the size wanted, and none of them small when there are two.
    pub(super) fn outputs(&self, rows: u64, sizes: Sizes) -> u64 {
        let bytes = u128::from(self.bytes()) * u128::from(rows) / u128::from(self.rows().max(1));
        let bytes = u64::try_from(bytes).unwrap_or(u64::MAX);
        (bytes.saturating_add(sizes.file_bytes / 2) / sizes.file_bytes).max(1)
    }
}

/// What there is to merge in a version, but for the files that are to be `left` alone: at most one merge a day.
pub(super) fn plan(snapshot: &Snapshot, scope: Scope, sizes: Sizes, left: &HashSet<Path>) -> Vec<Merge> {
    let files: Vec<&DataFile> = snapshot.data_files().iter().filter(|file| !left.contains(&file.path)).collect();
    // A version lists its files day by day.
    let days = files.chunk_by(|a, b| a.calendar_day == b.calendar_day);
    let merges = days.map(|files| Merge {
        day: files[0].calendar_day,
        files: match scope {
            Scope::Whole => whole(files, sizes, |_| false),
            Scope::HotKeys => whole(files, sizes, |file| lacks_hot_key(file, snapshot.store().schema())),
            Scope::Due => due(files, sizes),
        },
    });
    merges.filter(|merge| !merge.files.is_empty()).collect()
}

/// Every file, day by day.
pub(super) fn all(snapshot: &Snapshot) -> Vec<Merge> {
    let days = snapshot.data_files().chunk_by(|a, b| a.calendar_day == b.calendar_day);
    days.map(|files| Merge { day: files[0].calendar_day, files: files.to_vec() }).collect()
}

/// The smallest files of a day first, so that a day of very many is merged in rounds that each begin with crumbs.
fn by_size<'a>(files: impl Iterator<Item = &'a DataFile>, sizes: Sizes) -> Vec<DataFile> {
    let mut files: Vec<DataFile> = files.cloned().collect();
    files.sort_by(|a, b| a.bytes.cmp(&b.bytes).then_with(|| a.path.cmp(&b.path)));
    files.truncate(sizes.files);
    files
}

/// The small files when there are two, and those that are to be written again whatever their size.
fn whole(files: &[&DataFile], sizes: Sizes, is_old: impl Fn(&DataFile) -> bool) -> Vec<DataFile> {
    let chosen = files.iter().copied().filter(|file| file.bytes < sizes.small_bytes() || is_old(file));
    let chosen = by_size(chosen, sizes);
    if chosen.len() > 1 || chosen.iter().any(is_old) { chosen } else { Vec::new() }
}

/// Whether a store got a hot key after the file was written. What is known about a file's columns names them all.
fn lacks_hot_key(file: &DataFile, schema: &Schema) -> bool {
    let mut hot = schema.columns().iter().filter(|column| column.kind == Kind::HotKey);
    !file.columns.is_empty() && hot.any(|column| file.columns.get(&column.name).is_none())
}

/// The files of about one size, and all smaller ones, when that size has enough of them; none otherwise.
///
/// What small files were merged into waits until new ones have come to as much: so an event is rewritten about once each
/// time its day has doubled.
fn due(files: &[&DataFile], sizes: Sizes) -> Vec<DataFile> {
    let small = by_size(files.iter().copied().filter(|file| file.bytes < sizes.small_bytes()), sizes);
    let alike = (0..small.len()).map(|start| start..start + alike(&small[start..], sizes));
    let first = alike.into_iter().find(|alike| alike.len() >= FILES_DUE);
    first.map_or_else(Vec::new, |alike| small[..alike.end].to_vec())
}

/// How many files at the front belong together: each is no larger than all before it. Crumbs are all of one size.
fn alike(files: &[DataFile], sizes: Sizes) -> usize {
    let crumb = sizes.file_bytes / CRUMBS;
    let mut before = 0;
    let alike = files.iter().take_while(|file| {
        let fits = before == 0 || file.bytes <= before + crumb;
        before += file.bytes.max(crumb);
        fits
    });
    alike.count()
}

#[cfg(test)]
mod tests {
    use traillake_event::schema::Column;

    use super::*;
    use crate::data_file::{Bounds, ColumnBounds};

    const SIZES: Sizes = Sizes { file_bytes: 100, column_bytes: 1, files: 10 };

    fn file(name: &str, bytes: u64) -> DataFile {
        let columns = Schema::events().columns().iter().enumerate();
        let hot = columns.filter(|(_, column)| column.kind == Kind::HotKey);
        let columns = ColumnBounds::new(Schema::events(), hot.map(|(place, _)| (place, Bounds::new(None, None, 1))));
        DataFile { path: name.into(), bytes, rows: 1, calendar_day: None, columns, modified_at_ms: 0, sha256: None }
    }

    fn names(files: &[DataFile]) -> Vec<&str> {
        files.iter().map(|file| file.path.as_ref()).collect()
    }

    fn chosen(of: fn(&[&DataFile]) -> Vec<DataFile>, bytes: &[u64]) -> Vec<u64> {
        let files: Vec<DataFile> =
            (0..).zip(bytes).map(|(number, bytes)| file(&format!("{number:03}"), *bytes)).collect();
        of(&files.iter().collect::<Vec<_>>()).iter().map(|file| file.bytes).collect()
    }

    #[test]
    fn a_day_with_two_small_files_is_merged_whole() {
        let whole = |bytes: &[u64]| chosen(|files| whole(files, SIZES, |_| false), bytes);
        assert_eq!(whole(&[10, 90, 49, 50]), [10, 49]);
        assert_eq!(whole(&[10, 90]), [0_u64; 0]);
        assert_eq!(whole(&[7; 30]).len(), SIZES.files);
    }

    #[test]
    fn a_file_without_a_hot_key_is_written_again() {
        let mut old = file("old", 90);
        let others = |(place, column): (usize, &Column)| {
            (column.kind == Kind::HotKey && column.name != "requestParameters_bucketName")
                .then(|| (place, Bounds::new(None, None, 1)))
        };
        let others = Schema::events().columns().iter().enumerate().filter_map(others);
        old.columns = ColumnBounds::new(Schema::events(), others);
        let files = [&file("new", 90), &old, &file("small", 3)];
        let lacks = |file: &DataFile| lacks_hot_key(file, Schema::events());
        assert_eq!(names(&whole(&files, SIZES, lacks)), ["small", "old"]);
        // Nothing is known about the columns of a file without statistics.
        old.columns = ColumnBounds::unknown(Schema::events());
        assert!(whole(&[&old], SIZES, lacks).is_empty());
    }

    #[test]
    fn a_day_is_due_when_it_has_eight_files_alike() {
        let due = |bytes: &[u64]| chosen(|files| due(files, SIZES), bytes);
        assert_eq!(due(&[2; 7]), [0_u64; 0]);
        assert_eq!(due(&[2; 8]), [2; 8]);
        // What eight were merged into waits until there is as much again.
        assert_eq!(due(&[2, 2, 2, 2, 16]), [0_u64; 0]);
        assert_eq!(due(&[2, 2, 2, 2, 2, 2, 2, 2, 40]), [2; 8]);
        assert_eq!(due(&[2, 2, 2, 2, 2, 2, 2, 14]), [2, 2, 2, 2, 2, 2, 2, 14]);
        assert_eq!(due(&[60; 9]), [0_u64; 0]);
        // A smaller one is no hindrance.
        assert_eq!(due(&[1, 9, 9, 9, 9, 9, 9, 9, 9]).len(), 9);
        let crumbs: Vec<u64> = (1..=8).map(|number| number * number).collect();
        assert_eq!(chosen(|files| super::due(files, Sizes { file_bytes: 64 * CRUMBS, ..SIZES }), &crumbs).len(), 8);
    }

    #[test]
    fn a_merge_makes_files_that_need_no_other() {
        let merge = |bytes: &[u64]| Merge { day: None, files: bytes.iter().map(|bytes| file("a", *bytes)).collect() };
        for (bytes, outputs) in [(&[10, 10][..], 1), (&[49, 49, 49], 1), (&[49, 49, 49, 49], 2), (&[49; 10], 5)] {
            let merge = merge(bytes);
            assert_eq!(merge.outputs(merge.rows(), SIZES), outputs, "{bytes:?}");
            assert!(outputs < merge.files.len() as u64);
        }
    }
}
