//! A pager for what is longer than the screen.

use std::env;
use std::io::{self, Write};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What shows long results where nobody chose a pager.
const DEFAULT: &str = "less";
/// How `less` behaves where nobody said: colours pass, long lines are not folded, a short text ends it, and what was
/// shown stays on the screen.
const LESS: &str = "FRSX";

/// Holds back what fits on the screen, and hands what is longer to a pager. Clones share the pager, so that whoever
/// waits for it need not be the one who writes.
#[derive(Clone, Debug)]
pub(crate) struct Pager(Arc<Mutex<State>>);

#[derive(Debug)]
struct State {
    command: String,
    /// The lines that still fit.
    room: usize,
    held: Vec<u8>,
    child: Option<Child>,
    /// There is no such program: everything goes to standard output.
    is_missing: bool,
}

impl Pager {
    /// A pager for a screen of so many lines. The command is that of `$PAGER`, or `less`, when none is given.
    pub(crate) fn new(command: Option<&str>, lines: usize) -> Self {
        let chosen = || env::var("PAGER").ok().filter(|command| !command.trim().is_empty());
        let command = command.map(str::to_owned).or_else(chosen).unwrap_or_else(|| DEFAULT.to_owned());
        let state = State { command, room: lines, held: Vec::new(), child: None, is_missing: false };
        Self(Arc::new(Mutex::new(state)))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes the next bytes.
    pub(super) fn put(&self, bytes: &[u8]) -> io::Result<()> {
        self.state().put(bytes)
    }

    /// Whether the pager has the screen.
    pub(super) fn is_open(&self) -> bool {
        self.state().child.is_some()
    }

    /// Shows what was held back, or waits until the reader leaves the pager.
    pub(crate) fn close(&self) -> io::Result<()> {
        // Writing may go on in a task that was stopped and does not know it yet: it finds the pipe closed.
        let mut state = self.state();
        let held = std::mem::take(&mut state.held);
        if let Some(mut child) = state.child.take() {
            drop(child.stdin.take());
            state.room = 0;
            return child.wait().map(drop);
        }
        to_stdout(&held)
    }
}

impl State {
    fn put(&mut self, bytes: &[u8]) -> io::Result<()> {
        if self.is_missing {
            return to_stdout(bytes);
        }
        if self.child.is_none() {
            self.held.extend_from_slice(bytes);
            let lines = self.held.iter().filter(|byte| **byte == b'\n').count();
            if lines <= self.room {
                return Ok(());
            }
            self.child = self.start();
            let held = std::mem::take(&mut self.held);
            return match self.child {
                Some(_) => self.write(&held),
                None => {
                    self.is_missing = true;
                    to_stdout(&held)
                }
            };
        }
        self.write(bytes)
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        match self.child.as_mut().and_then(|child| child.stdin.as_mut()) {
            Some(pipe) => pipe.write_all(bytes),
            None => Err(io::ErrorKind::BrokenPipe.into()),
        }
    }

    fn start(&self) -> Option<Child> {
        let words = shlex::split(&self.command)?;
        let (program, arguments) = words.split_first()?;
        let mut command = Command::new(program);
        command.args(arguments).stdin(Stdio::piped());
        if env::var_os("LESS").is_none() {
            command.env("LESS", LESS);
        }
        command.spawn().ok()
    }
}

fn to_stdout(bytes: &[u8]) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(bytes).and_then(|()| stdout.flush())
}
