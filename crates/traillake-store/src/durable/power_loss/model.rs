//! What a power failure may leave of a folder, after every step that was taken.
//!
//! A file's bytes last once the file was synced, a name once its directory was. Of what was not synced any part may be
//! there, in any order: a name without the bytes, a removal without an earlier one. Only a rename is one change.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path as FilePath, PathBuf};
use std::time::SystemTime;

use super::recorder::Step;
use crate::durable::is_temporary;

/// Of so many changes at either end each one is tried alone.
const ENDS: usize = 4;

/// A folder, as it is and as it lasts.
#[derive(Clone, Debug)]
pub(super) struct Model {
    files: Vec<Stored>,
    /// The first is the folder itself.
    directories: Vec<Directory>,
    /// How many changes of names there were.
    changes: usize,
}

#[derive(Clone, Debug)]
struct Stored {
    bytes: Vec<u8>,
    is_synced: bool,
    modified: SystemTime,
}

#[derive(Clone, Debug, Default)]
struct Directory {
    now: Names,
    lasting: Names,
    /// What made `now` of `lasting`, each with its number among all.
    changes: Vec<(usize, Change)>,
}

type Names = BTreeMap<String, Node>;
/// Names that come or go in one step.
type Change = Vec<(String, Option<Node>)>;

#[derive(Clone, Copy, Debug)]
enum Node {
    File(usize),
    Directory(usize),
}

/// What becomes of bytes that were not synced.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Content {
    Whole,
    Empty,
    /// Half of them are there.
    Cut,
    /// The file has its length, and nothing in it.
    Zeros,
}

/// Which changes of names that were not synced are there.
#[derive(Clone, Copy, Debug)]
pub(super) enum Kept {
    All,
    None,
    Only(usize),
    AllBut(usize),
    Since(usize),
    /// Some, by a seed.
    Some(usize),
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Loss {
    pub(super) content: Content,
    pub(super) kept: Kept,
}

/// What is left: directories, and files by their numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Left(BTreeMap<PathBuf, Option<(usize, Content, usize)>>);

impl Kept {
    fn keeps(self, change: usize) -> bool {
        match self {
            Self::All => true,
            Self::None => false,
            Self::Only(one) => change == one,
            Self::AllBut(one) => change != one,
            Self::Since(first) => change >= first,
            // The upper bit of a step of Knuth's generator.
            Self::Some(seed) => ((seed ^ change) as u64).wrapping_mul(6_364_136_223_846_793_005) >> 63 == 1,
        }
    }
}

impl Left {
    /// What of it storages list.
    pub(super) fn listed(mut self) -> Self {
        self.0.retain(|path, _| !is_temporary(path.to_str().unwrap()));
        self
    }
}

impl Model {
    /// A folder all of which lasts.
    pub(super) fn of(folder: &FilePath) -> Self {
        let mut model = Self { files: Vec::new(), directories: vec![Directory::default()], changes: 0 };
        model.read(folder, 0);
        model
    }

    fn read(&mut self, folder: &FilePath, directory: usize) {
        for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
            let node = if entry.file_type().unwrap().is_dir() {
                let node = self.new_directory();
                self.read(&entry.path(), self.directories.len() - 1);
                node
            } else {
                let modified = entry.metadata().unwrap().modified().unwrap();
                self.new_file(fs::read(entry.path()).unwrap(), true, modified)
            };
            self.directories[directory].now.insert(entry.file_name().into_string().unwrap(), node);
        }
        self.directories[directory].lasting = self.directories[directory].now.clone();
    }

    fn new_file(&mut self, bytes: Vec<u8>, is_synced: bool, modified: SystemTime) -> Node {
        self.files.push(Stored { bytes, is_synced, modified });
        Node::File(self.files.len() - 1)
    }

    fn new_directory(&mut self) -> Node {
        self.directories.push(Directory::default());
        Node::Directory(self.directories.len() - 1)
    }

    fn find(&self, path: &FilePath) -> Node {
        path.iter().fold(Node::Directory(0), |node, name| match node {
            Node::Directory(directory) => self.directories[directory].now[name.to_str().unwrap()],
            Node::File(_) => panic!("{} is below a file", path.display()),
        })
    }

    fn directory(&mut self, path: &FilePath) -> &mut Directory {
        match self.find(path) {
            Node::Directory(directory) => &mut self.directories[directory],
            Node::File(_) => panic!("{} is no directory", path.display()),
        }
    }

    fn file(&mut self, path: &FilePath) -> &mut Stored {
        match self.find(path) {
            Node::File(file) => &mut self.files[file],
            Node::Directory(_) => panic!("{} is a directory", path.display()),
        }
    }

    fn change(&mut self, folder: &FilePath, change: Change) {
        self.changes += 1;
        let number = self.changes;
        let directory = self.directory(folder);
        apply(&mut directory.now, &change);
        directory.changes.push((number, change));
    }

    /// Takes the last of some steps, of which the others were taken.
    pub(super) fn take_last(&mut self, steps: &[Step]) {
        steps.last().into_iter().for_each(|step| self.take(step));
    }

    pub(super) fn take(&mut self, step: &Step) {
        let change = |path: &FilePath, node| (path.file_name().unwrap().to_str().unwrap().to_owned(), node);
        let folder = |path: &FilePath| path.parent().unwrap().to_owned();
        match step {
            Step::CreateFile(path) => {
                let file = self.new_file(Vec::new(), false, SystemTime::now());
                self.change(&folder(path), vec![change(path, Some(file))]);
            }
            Step::Write { path, place, bytes, at } => {
                let file = self.file(path);
                file.bytes.resize(file.bytes.len().max(place + bytes.len()), 0);
                file.bytes[*place..place + bytes.len()].copy_from_slice(bytes);
                (file.is_synced, file.modified) = (false, *at);
            }
            Step::SyncFile(path) => self.file(path).is_synced = true,
            Step::HardLink { from, to } => {
                let file = self.find(from);
                self.change(&folder(to), vec![change(to, Some(file))]);
            }
            Step::Rename { from, to } => {
                assert_eq!(from.parent(), to.parent(), "a rename is one change of one directory here");
                let file = self.find(from);
                self.change(&folder(to), vec![change(from, None), change(to, Some(file))]);
            }
            Step::RemoveFile(path) => self.change(&folder(path), vec![change(path, None)]),
            Step::CreateDirectory(path) => {
                let directory = self.new_directory();
                self.change(&folder(path), vec![change(path, Some(directory))]);
            }
            Step::SyncDirectory(path) => {
                let directory = self.directory(path);
                directory.lasting = directory.now.clone();
                directory.changes.clear();
            }
        }
    }

    /// Every loss that is tried now: both extremes, each change of a name alone and each one missing, and some of many.
    pub(super) fn losses(&self) -> Vec<Loss> {
        let changes = self.directories.iter().flat_map(|directory| &directory.changes);
        let mut changes: Vec<usize> = changes.map(|(number, _)| *number).collect();
        changes.sort_unstable();
        let mut losses = Vec::new();
        for content in [Content::Whole, Content::Empty, Content::Cut, Content::Zeros] {
            losses.extend([Kept::None, Kept::All].map(|kept| Loss { content, kept }));
        }
        let is_end = |place: usize| place < ENDS || place + ENDS >= changes.len();
        let ends = changes.iter().enumerate().filter(|(place, _)| is_end(*place));
        let each = ends.flat_map(|(_, one)| [Kept::Only(*one), Kept::AllBut(*one), Kept::Since(*one)]);
        let some = (0..if changes.len() > 2 { 4 } else { 0 }).map(Kept::Some);
        losses.extend(each.chain(some).map(|kept| Loss { content: Content::Empty, kept }));
        losses
    }

    /// What the loss leaves.
    pub(super) fn after(&self, loss: Loss) -> Left {
        let names = self.directories.iter().map(|directory| {
            let mut names = directory.lasting.clone();
            let kept = directory.changes.iter().filter(|(number, _)| loss.kept.keeps(*number));
            kept.for_each(|(_, change)| apply(&mut names, change));
            names
        });
        let mut left = Left::default();
        self.gather(&names.collect::<Vec<_>>(), (0, FilePath::new("")), loss.content, &mut left);
        left
    }

    fn gather(&self, names: &[Names], (directory, path): (usize, &FilePath), content: Content, left: &mut Left) {
        for (name, node) in &names[directory] {
            let path = path.join(name);
            match *node {
                Node::Directory(below) => {
                    left.0.insert(path.clone(), None);
                    self.gather(names, (below, &path), content, left);
                }
                Node::File(file) => {
                    let Stored { bytes, is_synced, .. } = &self.files[file];
                    let content = if *is_synced || bytes.is_empty() { Content::Whole } else { content };
                    left.0.insert(path, Some((file, content, bytes.len())));
                }
            }
        }
    }

    /// Writes what is left into an empty folder.
    pub(super) fn write(&self, left: &Left, folder: &FilePath) {
        for (path, stored) in &left.0 {
            let path = folder.join(path);
            let Some((file, content, _)) = stored else {
                fs::create_dir(&path).unwrap();
                continue;
            };
            let Stored { bytes, modified, .. } = &self.files[*file];
            let bytes = match content {
                Content::Whole => bytes.clone(),
                Content::Empty => Vec::new(),
                Content::Cut => bytes[..bytes.len() / 2].to_vec(),
                Content::Zeros => vec![0; bytes.len()],
            };
            fs::write(&path, bytes).unwrap();
            File::options().write(true).open(&path).unwrap().set_modified(*modified).unwrap();
        }
    }
}

fn apply(names: &mut Names, change: &Change) {
    for (name, node) in change {
        match node {
            Some(node) => _ = names.insert(name.clone(), *node),
            None => _ = names.remove(name),
        }
    }
}
