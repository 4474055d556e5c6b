//! A statement answered: run, shown on the terminal or written to a file, and kept.

use traillake::QueryOptions;

use super::{OutputFile, Session};
use crate::command::explained;
use crate::failure::Failure;
use crate::output::{self, Count, Destination, Estimated, Explained, Format, Kept, Look, Pager, grouped};
use crate::terminal::{self, Screen, Style};

/// How a result is shown.
#[derive(Clone)]
pub(super) struct Way {
    pub(super) format: Format,
    pub(super) look: Look,
    rows_max: Option<u64>,
    pager: Option<Pager>,
    pub(super) file: Option<OutputFile>,
}

impl Session {
    /// How the next result is shown.
    pub(super) fn way(&self, format: Option<Format>) -> Way {
        let of_file = self.output.as_ref().and_then(|output| output.format);
        let format = format.or(of_file).unwrap_or(self.settings.format);
        let file = self.output.clone();
        let screen = match (&file, self.settings.wide) {
            (Some(_), _) => Screen::NONE,
            (None, true) => Screen { wide: true, ..Screen::of_stdout() },
            (None, false) => Screen::of_stdout(),
        };
        let is_read = screen.is_terminal() && format.is_for_people();
        let pager = file.is_none().then(|| self.pager()).flatten();
        let rows_max = self.settings.rows.filter(|_| is_read);
        Way { format, look: Look { screen, header: true }, rows_max, pager, file }
    }

    /// Answers a statement that stands at its place in a text.
    pub(super) fn answer(&mut self, statement: &str, text: &str, is_vertical: bool) -> Result<(), Failure> {
        if let Some(statement) = explained(statement) {
            return self.explain(statement, text);
        }
        let way = self.way(is_vertical.then_some(Format::Vertical));
        let (lake, text, shown) = (self.lake.clone(), text.to_owned(), way.clone());
        // One more than is shown tells whether there are more.
        let rows_max = way.rows_max.map(|rows| rows.saturating_add(1));
        let (statement, options) = (statement.to_owned(), QueryOptions { rows_max, ..self.options(statement) });
        let kept = self.wait(async move {
            let results = lake.query_with(&statement, &options).await;
            let results = results.map_err(|error| Failure::of_statement(error, &text))?;
            shown
                .put(async |to: &mut Destination| {
                    output::show(results, shown.format, shown.look, shown.rows_max, to).await
                })
                .await
        });
        let Some(kept) = self.settled(way.close(kept))? else { return Ok(()) };
        self.after(&kept);
        self.last = Some(kept);
        self.end_once()
    }

    /// What a statement may lean on.
    pub(super) fn options(&self, statement: &str) -> QueryOptions {
        QueryOptions { store: self.store.clone(), parameters: self.parameters_of(statement), ..QueryOptions::default() }
    }

    /// What is said below a result.
    fn after(&self, kept: &Kept) {
        let dim = |text: &str| terminal::say(&Style::Dim.paint(text, terminal::stderr_colour()));
        if kept.is_cut {
            let rows = grouped(kept.rows);
            dim(&format!("the first {rows} rows; there are more: .rows all shows them, .once FILE writes them"));
        }
        if let Some(file) = &self.output {
            dim(&format!("{} to {}", Count(kept.rows, "row"), file.path.display()));
        }
        if self.settings.timing {
            dim(&output::footer(&kept.statistics));
        }
    }

    /// Shows the last result once more.
    pub(super) fn again(&mut self, format: Option<Format>) -> Result<(), Failure> {
        let kept = self.last.take().ok_or(Failure::NoResult)?;
        let way = self.way(format);
        let written = match &way.file {
            None => kept.write(way.format, way.look, &mut way.stdout()),
            Some(file) => match file.destination().as_deref_mut() {
                Some(Some(to)) => kept.write(way.format, way.look, to),
                _ => Err(Failure::Interrupted),
            },
        };
        let is_incomplete = kept.is_incomplete();
        let rows = kept.rows_kept();
        self.last = Some(kept);
        self.settled(way.close(written))?;
        if is_incomplete {
            let note = format!("the first {} rows are kept; the statement had more", grouped(rows));
            terminal::say(&Style::Dim.paint(&note, terminal::stderr_colour()));
        }
        self.end_once()
    }

    pub(super) fn explain(&mut self, statement: String, text: &str) -> Result<(), Failure> {
        let (lake, text, options) = (self.lake.clone(), text.to_owned(), self.options(&statement));
        let explanation = self.wait(async move {
            lake.explain(&statement, &options).await.map_err(|error| Failure::of_statement(error, &text))
        })?;
        self.print(&Explained(&explanation).to_string())
    }

    pub(super) fn estimate(&mut self, statement: String) -> Result<(), Failure> {
        let (lake, options) = (self.lake.clone(), self.options(&statement));
        let explanation = self.wait(async move {
            lake.explain(&statement, &options).await.map_err(|error| Failure::of_statement(error, &statement))
        })?;
        self.print(&Estimated(&explanation).to_string())
    }
}

impl Way {
    fn stdout(&self) -> Destination {
        self.pager.clone().map_or_else(Destination::stdout, Destination::paged)
    }

    /// Lets a result be written where it belongs.
    pub(super) async fn put<T>(
        &self,
        write: impl AsyncFnOnce(&mut Destination) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let Some(file) = &self.file else { return write(&mut self.stdout()).await };
        let mut held = file.destination().ok_or(Failure::Interrupted)?;
        match held.as_mut() {
            Some(to) => write(to).await,
            None => Err(Failure::Interrupted),
        }
    }

    /// Waits until the reader has left the pager; leaving it early is no failure, and gives nothing.
    pub(super) fn close<T>(&self, written: Result<T, Failure>) -> Result<Option<T>, Failure> {
        let Some(pager) = &self.pager else { return written.map(Some) };
        let closed = pager.close().map_err(Failure::Write);
        match written.and_then(|written| closed.map(|()| written)) {
            Err(failure) if failure.is_closed_pipe() => Ok(None),
            written => written.map(Some),
        }
    }
}
