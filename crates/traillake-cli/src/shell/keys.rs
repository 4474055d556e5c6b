//! Keys that do something of their own: Enter knows whether a statement is whole.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use rustyline::history::History;
use rustyline::{
    Cmd, ConditionalEventHandler, Editor, Event, EventContext, EventHandler, KeyCode, KeyEvent, Modifiers, RepeatCount,
};

use super::statement::{Kind, tokens};
use super::{Editing, StatementEnd, is_whole};

impl Editing {
    /// Gives an editor, whose helper it is, its keys: Enter runs what is whole and goes on with what is not, Alt-Enter
    /// always goes on.
    pub(crate) fn bind<I: History>(editor: &mut Editor<Editing, I>) {
        let Some((margin, ends_at)) = editor.helper().map(|editing| (Arc::clone(&editing.margin), editing.ends_at))
        else {
            return;
        };
        let enter = |ends_at| EventHandler::Conditional(Box::new(Enter { margin: Arc::clone(&margin), ends_at }));
        editor.bind_sequence(KeyEvent(KeyCode::Enter, Modifiers::NONE), enter(Some(ends_at)));
        editor.bind_sequence(KeyEvent(KeyCode::Enter, Modifiers::ALT), enter(None));
        // What some terminals and scripts send instead.
        editor.bind_sequence(KeyEvent::ctrl('J'), enter(Some(ends_at)));
        editor.bind_sequence(KeyEvent(KeyCode::Char('J'), Modifiers::CTRL_ALT), enter(None));
    }
}

/// Runs a statement that is whole, or begins a new line.
struct Enter {
    /// The columns of the prompt.
    margin: Arc<AtomicUsize>,
    /// When a statement is whole; `None` for never.
    ends_at: Option<StatementEnd>,
}

impl ConditionalEventHandler for Enter {
    fn handle(&self, _: &Event, _: RepeatCount, _: bool, context: &EventContext) -> Option<Cmd> {
        let line = context.line();
        if self.ends_at.is_some_and(|ends_at| line.trim().is_empty() || is_whole(line, ends_at)) {
            return Some(Cmd::AcceptLine);
        }
        Some(Cmd::Insert(1, new_line(line.get(..context.pos())?, self.margin.load(Ordering::Relaxed))))
    }
}

/// What begins a new line behind a text: it is indented as the line before it. Inside quotes nothing is added.
fn new_line(before: &str, margin: usize) -> String {
    let is_in_quotes = |kind| matches!(kind, Kind::Text | Kind::Quoted);
    if tokens(before).last().is_some_and(|token| !token.closed && is_in_quotes(token.kind)) {
        return "\n".to_owned();
    }
    let (last, is_first) = match before.rsplit_once('\n') {
        Some((_, last)) => (last, false),
        None => (before, true),
    };
    let blanks = last.chars().take_while(|letter| *letter == ' ').count();
    let blanks = if is_first { margin + blanks } else { blanks };
    format!("\n{}", " ".repeat(blanks))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_line_begins_below_the_one_before() {
        for (before, expected) in [
            ("SELECT 1", "\n    "),
            ("  SELECT 1", "\n      "),
            ("SELECT 1\n    FROM t", "\n    "),
            ("SELECT 1\n      FROM t", "\n      "),
            ("SELECT 1\nFROM t", "\n"),
            ("SELECT 'a", "\n"),
            ("SELECT 'a' -- it's", "\n    "),
        ] {
            assert_eq!(new_line(before, 4), expected, "{before}");
        }
    }
}
