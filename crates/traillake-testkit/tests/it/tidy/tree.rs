//! The files of the workspace, and links in its Markdown.

use crate::root;
use std::fs;

/// One file or folder, by its path from the root, with `/`.
#[derive(Debug)]
pub(super) struct Tree {
    pub(super) path: String,
    folder: bool,
}

/// Every file and folder but hidden ones and what is built.
pub(super) fn everything() -> Vec<Tree> {
    let mut found = Vec::new();
    let mut folders = vec![String::new()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(root().join(&folder)).expect("a readable folder") {
            let entry = entry.expect("an entry");
            let name = entry.file_name().to_string_lossy().into_owned();
            if name.starts_with('.') || (folder.is_empty() && ["target", "lake"].contains(&name.as_str())) {
                continue;
            }
            let path = if folder.is_empty() { name } else { format!("{folder}/{name}") };
            let is_folder = entry.file_type().expect("a file type").is_dir();
            if is_folder {
                folders.push(path.clone());
            }
            found.push(Tree { path, folder: is_folder });
        }
    }
    found.sort_by(|one, other| one.path.cmp(&other.path));
    found
}

/// The files below a folder; of the whole workspace when it is empty.
pub(super) fn below(folder: &str) -> Vec<String> {
    let files = everything().into_iter().filter(|entry| !entry.folder).map(|entry| entry.path);
    files.filter(|path| folder.is_empty() || path.starts_with(&format!("{folder}/"))).collect()
}

pub(super) fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_default()
}

/// Targets of `[text](target)` with their line, outside of code.
pub(super) fn links(markdown: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    let mut in_code = false;
    for (number, line) in markdown.lines().enumerate() {
        if line.trim_start().starts_with("```") {
            in_code = !in_code;
        }
        if in_code {
            continue;
        }
        // Every second part between back ticks is code.
        let prose: String =
            line.split('`').enumerate().map(|(n, part)| if n % 2 == 0 { part } else { "code" }).collect();
        for part in prose.split("](").skip(1) {
            let target = part.split([')', ' ']).next().unwrap_or_default();
            found.push((number + 1, target.trim_matches(['<', '>']).to_owned()));
        }
    }
    found
}

#[test]
fn links_are_found_outside_of_code() {
    let text =
        "see [a](x.md#here) and [`b`](../y.md \"title\")\n```\n[no](code.md)\n```\n`[no](code.md)` ![image](z.png)\n";
    assert_eq!(links(text), [(1, "x.md#here".into()), (1, "../y.md".into()), (5, "z.png".into())]);
}
