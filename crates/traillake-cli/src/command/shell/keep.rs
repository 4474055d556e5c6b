//! Files for results, and queries kept in the lake.

use std::path::Path;

use traillake::{Statement, sample};

use super::{OutputFile, Session};
use crate::command::{samples, saved};
use crate::failure::Failure;
use crate::parameter;
use crate::terminal;

impl Session {
    /// From now on results go to a file, or to the terminal again.
    pub(super) fn set_output(&mut self, path: Option<&Path>) -> Result<(), Failure> {
        let next = path.map(|path| OutputFile::open(path, false)).transpose()?;
        match std::mem::replace(&mut self.output, next) {
            Some(before) => before.close(),
            None => Ok(()),
        }
    }

    /// The next result goes to a file.
    pub(super) fn set_once(&mut self, path: &Path) -> Result<(), Failure> {
        self.set_output(None)?;
        self.output = Some(OutputFile::open(path, true)?);
        Ok(())
    }

    /// A file for one result that failed does not appear.
    pub(super) fn settled<T>(&mut self, written: Result<T, Failure>) -> Result<T, Failure> {
        if written.is_err() {
            drop(self.output.take_if(|output| output.is_once));
        }
        written
    }

    /// A file for one result is done with it.
    pub(super) fn end_once(&mut self) -> Result<(), Failure> {
        match self.output.take_if(|output| output.is_once) {
            Some(output) => output.close(),
            None => Ok(()),
        }
    }

    pub(super) fn save(&mut self, name: String, sql: Option<String>) -> Result<(), Failure> {
        let sql = self.statement(sql)?;
        let (lake, text) = (self.lake.clone(), format!("{sql};"));
        let is_replaced = self.wait({
            let name = name.clone();
            async move { Ok(lake.save_query(&name, &text).await?) }
        })?;
        terminal::say(&format!("{}: `.run {name}` runs it", saved::kept(is_replaced)));
        Ok(())
    }

    /// Lists kept queries, or shows the one of a name.
    pub(super) fn saved(&mut self, words: &[String]) -> Result<(), Failure> {
        let lake = self.lake.clone();
        let all = self.wait(async move { Ok(lake.saved_queries().await?) })?;
        self.print(&saved::answer(&all, words)?)
    }

    /// Runs a kept query, or the sample of the name.
    pub(super) fn run_kept(&mut self, words: &[String]) -> Result<(), Failure> {
        let [name, given @ ..] = words else { return Err(Failure::NoSaved) };
        let (lake, wanted) = (self.lake.clone(), name.clone());
        let kept = self.wait(async move { Ok(lake.saved_query(&wanted).await.ok().flatten()) })?;
        let Some(kept) = kept else {
            let given = samples::named_values(given)?;
            let sql = sample(name).map_err(|_| Failure::UnknownQuery { name: name.clone() })?.sql(&given)?;
            return self.answer(&sql, &sql, false);
        };
        for (name, value) in samples::named_values(given)? {
            self.parameters.insert(name.to_lowercase(), parameter::value(&value));
        }
        for statement in Statement::split(&kept.sql) {
            self.remember(statement);
            self.answer(&crate::command::at_its_place(&kept.sql, statement), &kept.sql, false)?;
        }
        Ok(())
    }

    pub(super) fn forget(&mut self, name: String) -> Result<(), Failure> {
        let (lake, wanted) = (self.lake.clone(), name.clone());
        match self.wait(async move { Ok(lake.forget_query(&wanted).await?) })? {
            true => Ok(()),
            false => Err(Failure::UnknownQuery { name }),
        }
    }
}
