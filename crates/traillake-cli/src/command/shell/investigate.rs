//! The verbs of an investigation in a session.

use clap::error::ErrorKind;

use super::Session;
use crate::arguments::Investigate;
use crate::command::investigate::{self, Manner};
use crate::failure::Failure;
use crate::terminal::Screen;

impl Session {
    /// Answers a verb. Its SQL can be recalled and changed as if it had been typed.
    pub(super) fn investigate(&mut self, words: &[String]) -> Result<(), Failure> {
        let asked = match Investigate::parse(words) {
            Ok(asked) => asked,
            Err(error) if error.kind() == ErrorKind::DisplayHelp => {
                let text = error.render();
                return match Screen::of_stdout().colour {
                    true => self.print(&text.ansi().to_string()),
                    false => self.print(&text.to_string()),
                };
            }
            Err(error) => return Err(Failure::Verb { text: error.render().to_string() }),
        };
        if !asked.shared().from.is_empty() {
            return Err(Failure::Usage {
                what: "--from belongs to the command line: this session asks its lake",
                hint: "leave it away, or ask outside of the shell",
            });
        }
        if let Some(path) = &asked.shared().written.output {
            self.set_once(path)?;
        }
        let way = self.way(asked.shared().written.format);
        let is_one_text = way.look.screen.is_terminal() && way.format.is_for_people();
        let says_sql = !asked.shared().quiet;
        let says_reading = self.settings.timing && says_sql;
        let manner = Manner { format: way.format, look: way.look, says_sql, is_one_text, says_reading };
        let (lake, store, shown) = (self.lake.clone(), self.store.clone(), way.clone());
        let ran = self.wait(async move {
            shown.put(async |to| investigate::answer(&lake, &asked, store.as_deref(), manner, to).await).await
        });
        for sql in self.settled(way.close(ran))?.into_iter().flatten() {
            self.remember(&sql);
            self.recalled.push(sql);
        }
        self.end_once()
    }
}
