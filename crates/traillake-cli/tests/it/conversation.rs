use std::fs;

use crate::scratch::Scratch;
use crate::terminal::Terminal;

const CTRL_C: &str = "\x03";
const CTRL_D: &str = "\x04";
const CTRL_R: &str = "\x12";
const UP: &str = "\x1b[A";
/// What a terminal puts around a text that is pasted.
const PASTE: (&str, &str) = ("\x1b[200~", "\x1b[201~");

/// A shell over the three events of `trail`, at its first prompt.
fn shell(scratch: &Scratch, columns: u16, lines: u16) -> Terminal {
    let terminal = Terminal::start(scratch, &[], columns, lines);
    terminal.wait_for("traillake>");
    terminal
}

#[test]
fn a_statement_is_typed_and_answered() {
    let scratch = Scratch::with_trail();
    let mut terminal = shell(&scratch, 80, 24);
    let seen = terminal.enter("select eventName, count(*) as n from trail group by 1 order by 1;");
    assert!(seen.contains("│ AssumeRole │ 1 │") && seen.contains("3 rows · "), "{seen}");
    terminal.keys(CTRL_D);
    assert_eq!(terminal.status(), 0);
}

#[test]
fn tab_completes_and_several_lines_are_one_statement() {
    let scratch = Scratch::with_trail();
    let mut terminal = shell(&scratch, 80, 24);
    terminal.keys("select count(*) as n from tra");
    terminal.complete("from trail");
    terminal.keys("\rwhere eventNa");
    terminal.complete("where eventName");
    terminal.keys(" = 'PutObject'");
    terminal.keys(";\r");
    let seen = terminal.wait_for("1 row · ");
    assert!(seen.contains("│ 1 │"), "{seen}");
}

#[test]
fn ctrl_c_stops_the_query_and_keeps_the_session() {
    let scratch = Scratch::with_trail();
    let mut terminal = shell(&scratch, 80, 24);
    let long = "select count(*) from unnest(sequence(1, 10000)) a(x), unnest(sequence(1, 10000)) b(y), \
                unnest(sequence(1, 10000)) c(z) where x * y = z + 1;";
    terminal.keys(long);
    terminal.keys("\r");
    terminal.wait_for("c(z) where x * y = z + 1;");
    std::thread::sleep(std::time::Duration::from_millis(500));
    terminal.keys(CTRL_C);
    terminal.wait_for("interrupted");
    let seen = terminal.enter("select 'still here' as word;");
    assert!(seen.contains("│ still here │"), "{seen}");
}

#[test]
fn ctrl_c_at_the_prompt_takes_the_line_away() {
    let scratch = Scratch::with_trail();
    let mut terminal = shell(&scratch, 80, 24);
    terminal.keys("selct nonsense");
    terminal.wait_for("nonsense");
    terminal.keys(CTRL_C);
    terminal.wait("a second prompt", |seen| seen.matches("traillake>").count() == 2);
    let seen = terminal.enter("select 1 as one;");
    assert!(seen.contains("│ one │") && !seen.contains("error"), "{seen}");
}

#[test]
fn an_error_is_red_and_the_session_goes_on() {
    let scratch = Scratch::with_trail();
    let mut terminal = shell(&scratch, 80, 24);
    let seen = terminal.enter("select nothing from trail;");
    assert!(seen.contains("error: "), "{seen}");
    assert!(terminal.painted().contains("\x1b[1;31merror:") || terminal.painted().contains("\x1b[31;1merror:"));
    assert!(terminal.enter("select 2 as two;").contains("│ two │"));
}

#[test]
fn history_outlives_the_session_and_is_searched() {
    let scratch = Scratch::with_trail();
    let mut first = shell(&scratch, 80, 24);
    first.enter("select 'needle' as a;");
    first.enter("select 'other' as b;");
    first.keys(CTRL_D);
    first.status();

    let mut second = shell(&scratch, 80, 24);
    second.keys(UP);
    second.wait_for("select 'other' as b;");
    second.keys(CTRL_C);
    second.wait_for_prompt();
    second.keys(CTRL_R);
    second.keys("needle");
    second.wait_for("select 'needle' as a;");
    second.keys("\r");
    second.wait_for("│ needle │");
    let seen = second.enter(".history needle");
    assert!(seen.contains("select 'needle' as a;"), "{seen}");
}

#[test]
fn a_pasted_script_runs_as_a_whole() {
    let scratch = Scratch::with_trail();
    let mut terminal = shell(&scratch, 80, 24);
    terminal.keys(&format!("{}select 'a' as x;\nselect\n  'b' as y;{}", PASTE.0, PASTE.1));
    terminal.wait_for("'b' as y;");
    terminal.keys("\r");
    terminal.wait_for("│ a │");
    terminal.wait_for("│ b │");
}

#[test]
fn a_pasted_script_may_have_commands_among_its_statements() {
    let scratch = Scratch::with_trail();
    let mut terminal = shell(&scratch, 80, 24);
    let script = ".timing off\nselect 'one' as x;\n.format csv\nselect\n  'two' as y;";
    terminal.keys(&format!("{}{script}{}", PASTE.0, PASTE.1));
    terminal.wait_for("'two' as y;");
    terminal.keys("\r");
    let seen = terminal.wait_for("y\ntwo\n");
    assert!(seen.contains("│ one │") && !seen.contains("error"), "{seen}");
}

#[test]
fn long_results_go_through_the_pager() {
    let scratch = Scratch::with_trail();
    scratch.write("pager.sh", "echo THE PAGER; wc -l; echo LEFT\n");
    let variables = [("PAGER", "sh pager.sh")];
    let mut terminal = Terminal::start_with(&scratch, &[], 80, 24, &variables);
    terminal.wait_for("traillake>");
    let seen = terminal.enter("select x from unnest(sequence(1, 50)) as t(x);");
    assert!(seen.contains("THE PAGER\n54\nLEFT"), "{seen}");
    let seen = terminal.enter("select 'short' as x;");
    assert!(seen.contains("│ short │") && seen.matches("THE PAGER").count() == 1, "{seen}");
    terminal.enter(".pager off");
    let seen = terminal.enter("select x from unnest(sequence(1, 50)) as t(x);");
    assert!(seen.contains("│ 50 │"), "{seen}");
}

#[test]
fn a_pager_that_is_left_early_is_no_failure() {
    let scratch = Scratch::with_trail();
    scratch.write("pager.sh", "head -n 2 > first; exit 3\n");
    let mut terminal = Terminal::start_with(&scratch, &[], 80, 24, &[("PAGER", "sh pager.sh")]);
    terminal.wait_for("traillake>");
    terminal.enter(".rows all");
    let seen = terminal.enter("select x from unnest(sequence(1, 10000)) t(x), unnest(sequence(1, 50)) u(y);");
    assert!(!seen.contains("error"), "{seen}");
    assert!(fs::read_to_string(scratch.path("first")).unwrap().contains('┌'));
    assert!(terminal.enter("select 'after' as x;").contains("│ after │"));
}

#[test]
fn rows_beyond_the_limit_are_left_out_and_said() {
    let scratch = Scratch::with_trail();
    let mut terminal = shell(&scratch, 80, 24);
    terminal.enter(".rows 2");
    let seen = terminal.enter("select eventID from trail order by 1;");
    assert!(seen.contains("│ e2") && !seen.contains("│ e3"), "{seen}");
    assert!(seen.contains("the first 2 rows; there are more"), "{seen}");
    let seen = terminal.enter(".last csv");
    assert!(seen.contains("e1\ne2\n") && seen.contains("the first 2 rows are kept"), "{seen}");
}

#[test]
fn tables_fit_the_screen_as_it_is_now() {
    let scratch = Scratch::with_trail();
    let mut terminal = shell(&scratch, 60, 24);
    let sql = "select 'x' as a, rpad('', 90, 'wide') as b;";
    let seen = terminal.enter(sql);
    assert!(seen.contains("…"), "{seen}");
    terminal.resize(120, 24);
    terminal.keys("\x0c");
    let seen = terminal.enter(sql);
    assert!(seen.contains(&"wide".repeat(20)), "{seen}");
    terminal.resize(60, 24);
    terminal.keys("\x0c");
    terminal.enter(".wide on");
    let seen = terminal.enter("select 'y' as a, rpad('', 90, 'long') as b;");
    assert!(!seen.contains("…"), "{seen}");
}

#[test]
fn the_editor_changes_the_last_statement() {
    let scratch = Scratch::with_trail();
    scratch.write("editor.sh", "sed 's/before/after/' \"$1\" > edited; cat edited > \"$1\"\n");
    let mut terminal = Terminal::start_with(&scratch, &[], 80, 24, &[("EDITOR", "sh editor.sh")]);
    terminal.wait_for("traillake>");
    terminal.enter("select 'before' as x;");
    terminal.keys("\\e\r");
    terminal.wait_for("traillake> select 'after' as x;");
    terminal.keys("\r");
    terminal.wait_for("│ after │");
}

#[test]
fn watching_asks_again_until_ctrl_c() {
    let scratch = Scratch::with_trail();
    let mut terminal = shell(&scratch, 80, 24);
    terminal.enter("select 'seen' as x;");
    terminal.keys(".watch 100ms\r");
    terminal.wait("a screen of its own", |seen| seen.starts_with("every 100ms") && seen.contains("│ seen │"));
    terminal.keys(CTRL_C);
    terminal.wait_for_prompt();
    assert!(terminal.enter("select 'on' as x;").contains("│ on"));
}
