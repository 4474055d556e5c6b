//! The conversation with a terminal.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use rustyline::error::ReadlineError;
use rustyline::history::{FileHistory, History, SearchDirection};
use rustyline::{ColorMode, CompletionType, Config, Editor};

use super::{Next, Session};
use crate::config::Settings;
use crate::failure::Failure;
use crate::output::Count;
use crate::shell::{Catalog, Editing};
use crate::terminal::{self, Screen, Style};

/// Changes texts where nobody chose an editor.
const EDITOR: &str = "vi";

impl Session {
    /// Reads from a terminal. What fails is said, and the session goes on.
    pub(super) fn converse(&mut self, config: &Settings) -> Result<(), Failure> {
        let catalog = Catalog::new(&self.lake);
        let mut editor = editor(catalog.clone(), config)?;
        let history = history_file();
        if let Some(path) = &history {
            // The first session has none yet.
            let _ = editor.load_history(path);
        }
        self.statements = entries(editor.history());
        self.greet();
        let mut begun = String::new();
        loop {
            catalog.choose(self.store.as_deref());
            catalog.refresh(&self.lake, self.workers.runtime()?.handle());
            let prompt = self.prompt();
            editor.helper().into_iter().for_each(|editing| editing.stand_behind(&prompt));
            let prompt = (prompt.as_str(), Style::Bold.paint(&prompt, Screen::of_stdout().colour));
            let text = match editor.readline_with_initial(&prompt, (&std::mem::take(&mut begun), "")) {
                Ok(text) => text,
                Err(ReadlineError::Interrupted) => continue,
                Err(ReadlineError::Eof) => return Ok(()),
                Err(error) => return Err(Failure::ReadTerminal(error)),
            };
            if text.trim().is_empty() {
                continue;
            }
            remember(&mut editor, &text, history.as_deref());
            catalog.rest();
            // What is pasted may be a script.
            let next = self.script(text.as_bytes(), Failure::ReadStdin);
            for sql in std::mem::take(&mut self.recalled) {
                remember(&mut editor, &format!("{sql};"), history.as_deref());
            }
            match next {
                Ok(Next::Go) => {}
                Ok(Next::Edit(text)) => begun = text,
                Ok(Next::Leave) => return Ok(()),
                Err(failure) if failure.is_closed_pipe() => return Err(failure),
                Err(failure) => failure.report(),
            }
        }
    }

    /// The store that was chosen stands in it.
    fn prompt(&self) -> String {
        format!("{}> ", self.store.as_deref().unwrap_or("traillake"))
    }

    fn greet(&mut self) {
        let lake = self.lake.clone();
        let stores = self.wait(async move { Ok(lake.event_data_stores().await?.len()) });
        let stores = stores.map_or_else(|_| String::new(), |n| format!(" · {}", Count(n as u64, "event data store")));
        let version = env!("CARGO_PKG_VERSION");
        terminal::say(&format!("TrailLake {version} · {}{stores} · .help explains", self.lake.location()));
    }

    /// Lets a text be changed in an editor; what comes back is typed on.
    pub(super) fn edit(&self, path: Option<PathBuf>) -> Result<Next, Failure> {
        let failed = |path: &Path| {
            let path = path.to_owned();
            move |source| Failure::ReadScript { path, source }
        };
        if let Some(path) = path {
            self.open_editor(&path)?;
            return Ok(Next::Edit(fs::read_to_string(&path).map_err(failed(&path))?.trim_end().to_owned()));
        }
        let begun = self.statements.last().map(|statement| format!("{statement};\n")).unwrap_or_default();
        let file = tempfile::Builder::new().prefix("traillake-").suffix(".sql").tempfile().map_err(Failure::Start)?;
        fs::write(file.path(), begun).map_err(failed(file.path()))?;
        self.open_editor(file.path())?;
        Ok(Next::Edit(fs::read_to_string(file.path()).map_err(failed(file.path()))?.trim_end().to_owned()))
    }

    /// The editor that was settled, `$VISUAL`, `$EDITOR`, or vi.
    fn open_editor(&self, path: &Path) -> Result<(), Failure> {
        let variable = |name| env::var(name).ok().filter(|text| !text.is_empty());
        let chosen = self.editor.clone().or_else(|| ["VISUAL", "EDITOR"].into_iter().find_map(variable));
        let command = chosen.unwrap_or_else(|| EDITOR.to_owned());
        let failed = |source| Failure::Run { command: command.clone(), source };
        let words = shlex::split(&command).filter(|words| !words.is_empty());
        let (program, arguments) = match words.as_deref() {
            Some([program, arguments @ ..]) => (program, arguments),
            _ => return Err(failed(std::io::ErrorKind::InvalidInput.into())),
        };
        Command::new(program).args(arguments).arg(path).status().map(drop).map_err(failed)
    }
}

fn editor(catalog: Catalog, config: &Settings) -> Result<Editor<Editing, FileHistory>, Failure> {
    let colour = Screen::of_stdout().colour;
    let statement_end = config.statement_end;
    let config = Config::builder()
        .max_history_size(config.history_size)
        .map_err(Failure::ReadTerminal)?
        .completion_type(CompletionType::List)
        .completion_show_all_if_ambiguous(true)
        .color_mode(if colour { ColorMode::Enabled } else { ColorMode::Disabled })
        .build();
    let mut editor = Editor::with_config(config).map_err(Failure::ReadTerminal)?;
    editor.set_helper(Some(Editing::new(catalog, colour, statement_end)));
    Editing::bind(&mut editor);
    Ok(editor)
}

/// The texts of the history, oldest first.
fn entries(history: &FileHistory) -> Vec<String> {
    let entry = |at| history.get(at, SearchDirection::Forward).ok().flatten();
    (0..history.len()).filter_map(entry).map(|found| found.entry.into_owned()).collect()
}

/// Keeps a text for the next session. A shell whose history cannot be written is a shell all the same.
fn remember(editor: &mut Editor<Editing, FileHistory>, text: &str, history: Option<&Path>) {
    let _ = editor.add_history_entry(text);
    if let Some(path) = history {
        let _ = path.parent().map(fs::create_dir_all);
        let _ = editor.append_history(path);
    }
}

/// `$XDG_STATE_HOME/traillake/history`, or `~/.local/state/traillake/history`.
fn history_file() -> Option<PathBuf> {
    let state = env::var_os("XDG_STATE_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
    let state = state.or_else(|| env::home_dir().map(|home| home.join(".local/state")))?;
    Some(state.join("traillake/history"))
}
