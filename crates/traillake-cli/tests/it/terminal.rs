//! A terminal with the program in it: what is typed goes in, what a person would see comes out.

use std::io::{Read, Write};
use std::num::NonZeroU16;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};

use crate::scratch::Scratch;

/// How long a test waits for what must come; nothing is timed by it.
const PATIENCE: Duration = Duration::from_secs(60);
const PAUSE: Duration = Duration::from_millis(10);
const SCROLLBACK: usize = 2_000;

pub(crate) struct Terminal {
    screen: Arc<Mutex<vt100::Parser>>,
    keys: Box<dyn Write + Send>,
    master: Box<dyn MasterPty + Send>,
    child: Box<dyn Child + Send + Sync>,
}

impl Terminal {
    /// Starts the program in a folder's terminal of so many columns and lines.
    pub(crate) fn start(scratch: &Scratch, arguments: &[&str], columns: u16, lines: u16) -> Self {
        Self::start_with(scratch, arguments, columns, lines, &[])
    }

    /// With variables of the environment.
    pub(crate) fn start_with(
        scratch: &Scratch,
        arguments: &[&str],
        columns: u16,
        lines: u16,
        variables: &[(&str, &str)],
    ) -> Self {
        let pair = native_pty_system().openpty(size(columns, lines)).unwrap();
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_traillake"));
        command.args(arguments);
        command.cwd(scratch.path("."));
        command.env_clear();
        command.env("HOME", scratch.path("."));
        command.env("TERM", "xterm-256color");
        command.env("PATH", std::env::var("PATH").unwrap_or_default());
        variables.iter().for_each(|(name, value)| command.env(name, value));
        let child = pair.slave.spawn_command(command).unwrap();
        drop(pair.slave);

        let screen = Arc::new(Mutex::new(vt100::Parser::new(nonzero(lines), nonzero(columns), SCROLLBACK)));
        let mut output = pair.master.try_clone_reader().unwrap();
        let shown = Arc::clone(&screen);
        thread::spawn(move || {
            let mut bytes = [0; 4096];
            while let Ok(read @ 1..) = output.read(&mut bytes) {
                shown.lock().unwrap().process(&bytes[..read]);
            }
        });
        Self { screen, keys: pair.master.take_writer().unwrap(), master: pair.master, child }
    }

    /// Types a text; `\r` is Enter, `\t` is Tab.
    pub(crate) fn keys(&mut self, text: &str) {
        self.keys.write_all(text.as_bytes()).unwrap();
        self.keys.flush().unwrap();
    }

    /// What is on the screen, line by line.
    pub(crate) fn seen(&self) -> String {
        self.screen.lock().unwrap().screen().contents()
    }

    /// The colours and all of what is on the screen.
    pub(crate) fn painted(&self) -> String {
        self.screen.lock().unwrap().screen().contents_formatted()
    }

    /// Waits until the screen is as it should be, and gives it.
    pub(crate) fn wait(&self, what: &str, is_so: impl Fn(&str) -> bool) -> String {
        let started = Instant::now();
        loop {
            let seen = self.seen();
            if is_so(&seen) {
                return seen;
            }
            assert!(started.elapsed() < PATIENCE, "no {what} on the screen:\n{seen}");
            thread::sleep(PAUSE);
        }
    }

    /// Waits for a text anywhere on the screen.
    pub(crate) fn wait_for(&self, text: &str) -> String {
        self.wait(&format!("{text:?}"), |seen| seen.contains(text))
    }

    /// Waits until the last line is a prompt with nothing behind it.
    pub(crate) fn wait_for_prompt(&self) -> String {
        self.wait("prompt", |seen| seen.trim_end().lines().last().is_some_and(|line| line.trim_end().ends_with('>')))
    }

    /// Types a line at the prompt and waits for the next prompt.
    pub(crate) fn enter(&mut self, line: &str) -> String {
        self.wait_for_prompt();
        self.keys(line);
        // The line that was typed is no prompt with nothing behind it.
        self.wait(line, |seen| seen.trim_end().ends_with(line.trim_end()));
        self.keys("\r");
        self.wait_for_prompt()
    }

    /// Types Tab until a text is there: what is looked up aside may come with the next one.
    pub(crate) fn complete(&mut self, text: &str) -> String {
        let started = Instant::now();
        while !self.seen().contains(text) && started.elapsed() < PATIENCE {
            self.keys("\t");
            thread::sleep(20 * PAUSE);
        }
        self.wait_for(text)
    }

    pub(crate) fn resize(&mut self, columns: u16, lines: u16) {
        self.screen.lock().unwrap().screen_mut().set_size(nonzero(lines), nonzero(columns));
        self.master.resize(size(columns, lines)).unwrap();
    }

    /// Waits for the program to end, and gives its status.
    pub(crate) fn status(mut self) -> u32 {
        self.child.wait().unwrap().exit_code()
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.child.kill();
    }
}

fn size(columns: u16, lines: u16) -> PtySize {
    PtySize { rows: lines, cols: columns, pixel_width: 0, pixel_height: 0 }
}

fn nonzero(number: u16) -> NonZeroU16 {
    NonZeroU16::new(number).unwrap()
}
