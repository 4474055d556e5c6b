//! Dot-commands obeyed.

use std::fmt::Write as _;
use std::process::Command;
use std::time::Duration;

use traillake::{ParameterValue, StoreType, system_tables};

use super::{Next, Session, schema};
use crate::command::{samples, store};
use crate::failure::Failure;
use crate::output::{self, Format};
use crate::parameter;
use crate::shell::dot::{self, Dot, Watched};
use crate::shell::functions;
use crate::terminal::{self, Screen, Style};

/// The columns of a list where no screen says.
const LINE: usize = 100;
/// The statements that `.history` lists.
const STATEMENTS_LISTED: usize = 30;

impl Session {
    pub(super) fn obey(&mut self, command: Dot) -> Result<Next, Failure> {
        match command {
            Dot::Help(word) => self.print(&dot::help(word.as_deref(), Screen::of_stdout().colour)?)?,
            Dot::Stores => self.list(store::LIST)?,
            Dot::Tables => self.tables()?,
            Dot::Schema(asked) => {
                let (lake, chosen, asked) = (self.lake.clone(), self.store.clone(), asked.unwrap_or_default());
                let columns = Screen::of_stdout().width;
                let tree = self.wait(async move { schema::tree(&lake, chosen.as_deref(), &asked, columns).await })?;
                self.print(&tree)?;
            }
            Dot::Functions(words) => {
                let columns = Screen::of_stdout().width.unwrap_or(LINE);
                self.print(&functions::listed(&self.lake.functions(), &words, columns))?;
            }
            Dot::Chart => self.again(Some(Format::Chart))?,
            Dot::Use(name) => self.store = Some(self.find(name)?),
            Dot::Samples(words) => match samples::to_run(&words)? {
                Some(sql) => {
                    self.remember(&sql);
                    self.recalled.push(sql.clone());
                    self.answer(&sql, &sql, false)?;
                }
                None => self.print(&samples::answer(&words)?)?,
            },
            Dot::Explain(sql) => {
                let sql = self.statement(sql)?;
                self.explain(sql.clone(), &sql)?;
            }
            Dot::Estimate(sql) => {
                let sql = self.statement(sql)?;
                self.estimate(sql)?;
            }
            Dot::Watch(watched) => self.watch(watched)?,
            Dot::Read(path) => return self.read(path),
            Dot::Edit(path) => return self.edit(path),
            Dot::Last(format) => self.again(format)?,
            Dot::Format(format) => self.settings.format = format,
            Dot::Expanded => {
                let is_vertical = self.settings.format == Format::Vertical;
                self.settings.format = if is_vertical { Format::Table } else { Format::Vertical };
            }
            Dot::Wide(on) => self.settings.wide = on,
            Dot::Rows(rows) => self.settings.rows = rows,
            Dot::Timing(on) => self.settings.timing = on,
            Dot::Pager(paging) => self.settings.pager = paging,
            Dot::Output(path) => self.set_output(path.as_deref())?,
            Dot::Once(path) => self.set_once(&path)?,
            Dot::Param(change) => self.set(change)?,
            Dot::Save(name, sql) => self.save(name, sql)?,
            Dot::Saved(words) => self.saved(&words)?,
            Dot::Run(words) => self.run_kept(&words)?,
            Dot::Forget(name) => self.forget(name)?,
            Dot::History(text) => self.history(text.as_deref())?,
            Dot::Show => self.show()?,
            Dot::Shell(command) => system(&command)?,
            Dot::Investigate(words) => self.investigate(&words)?,
            Dot::Quit => return Ok(Next::Leave),
        }
        Ok(Next::Go)
    }

    fn set(&mut self, change: Option<(String, Option<ParameterValue>)>) -> Result<(), Failure> {
        match change {
            Some((name, Some(value))) => drop(self.parameters.insert(name.to_lowercase(), value)),
            Some((name, None)) => drop(self.parameters.remove(&name.to_lowercase())),
            None => {
                let lines =
                    self.parameters.iter().map(|(name, value)| format!(":{name} {}\n", parameter::shown(value)));
                self.print(&output::visible_lines(&lines.collect::<String>()))?;
            }
        }
        Ok(())
    }

    /// Shows what the lake says of itself.
    fn list(&mut self, sql: &str) -> Result<(), Failure> {
        let timing = std::mem::replace(&mut self.settings.timing, false);
        let listed = self.answer(sql, sql, false);
        self.settings.timing = timing;
        listed
    }

    /// Everything that FROM takes, and what its rows are.
    fn tables(&mut self) -> Result<(), Failure> {
        let lake = self.lake.clone();
        let stores = self.wait(async move { Ok(lake.event_data_stores().await?) })?;
        let mut lines: Vec<(String, String)> = Vec::new();
        for store in &stores {
            lines.push((store.name().to_owned(), store.attributes().store_type().events_name().to_owned()));
        }
        for store in stores.iter().filter(|store| store.attributes().store_type() == StoreType::Events) {
            let about = format!("{} in the columns of AWS's Athena table", store.name());
            lines.push((format!("athena.{}", store.name()), about));
        }
        lines.extend(system_tables().iter().map(|table| (format!("lake.{}", table.name()), table.about().to_owned())));
        let margin = lines.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0);
        let text: String = lines.iter().map(|(name, about)| format!("{name:margin$}  {about}\n")).collect();
        self.print(&output::visible_lines(&text))
    }

    /// Asks again and again. Ctrl-C ends it, and is no failure.
    fn watch(&mut self, watched: Watched) -> Result<(), Failure> {
        let sql = self.statement(watched.sql)?;
        self.remember(&sql);
        let mut times = watched.times;
        while times != Some(0) {
            if Screen::of_stdout().is_terminal() {
                terminal::clear();
            }
            let line = format!("every {:?} · Ctrl-C ends it", watched.every);
            terminal::say(&Style::Dim.paint(&line, terminal::stderr_colour()));
            times = times.map(|left| left - 1);
            let asked = self.answer(&sql, &sql, false).and_then(|()| self.pause(watched.every, times));
            match asked {
                Err(Failure::Interrupted) => return Ok(()),
                asked => asked?,
            }
        }
        Ok(())
    }

    /// Waits before the next time, if there is one.
    fn pause(&mut self, every: Duration, times: Option<u32>) -> Result<(), Failure> {
        if times == Some(0) {
            return Ok(());
        }
        self.wait(async move {
            tokio::time::sleep(every).await;
            Ok(())
        })
    }

    fn history(&self, text: Option<&str>) -> Result<(), Failure> {
        let text = text.unwrap_or_default().to_lowercase();
        let found: Vec<_> =
            self.statements.iter().filter(|statement| statement.to_lowercase().contains(&text)).collect();
        let from = found.len().saturating_sub(STATEMENTS_LISTED);
        let lines: String = found.iter().skip(from).map(|statement| format!("{statement};\n")).collect();
        self.print(&output::visible_lines(&lines))
    }

    fn show(&self) -> Result<(), Failure> {
        let mut text = self.settings.to_string();
        if let Some(store) = &self.store {
            let _ = writeln!(text, ".use {store}");
        }
        if let Some(output) = &self.output {
            let _ = writeln!(text, ".output {}", output.path.display());
        }
        for (name, value) in &self.parameters {
            let _ = writeln!(text, ".param {name} {}", parameter::shown(value));
        }
        self.print(&output::visible_lines(&text))
    }
}

/// Runs a command of the system.
fn system(command: &str) -> Result<(), Failure> {
    let (shell, flag) = if cfg!(windows) { ("cmd", "/C") } else { ("sh", "-c") };
    let status = Command::new(shell).arg(flag).arg(command).status();
    let status = status.map_err(|source| Failure::Run { command: command.to_owned(), source })?;
    if !status.success() {
        terminal::say(&format!("{command}: {status}"));
    }
    Ok(())
}
