//! Manual pages, in roff.

use clap::Command;
use clap_mangen::Man;

use super::topic::{Line, Topic};

/// The page of a command: as clap has it, its examples line by line.
pub(super) fn of_command(command: Command) -> Vec<u8> {
    let examples = command.get_after_long_help().or_else(|| command.get_after_help()).map(ToString::to_string);
    let has_commands = command.get_subcommands().any(|below| !below.is_hide_set());
    let man = Man::new(command);
    let mut page = Vec::new();
    // Writing into memory cannot fail.
    let _ = man.render_title(&mut page);
    let _ = man.render_name_section(&mut page);
    let _ = man.render_synopsis_section(&mut page);
    let _ = man.render_description_section(&mut page);
    let _ = man.render_options_section(&mut page);
    if has_commands {
        let _ = man.render_subcommands_section(&mut page);
    }
    if let Some(examples) = examples {
        let lines: String = examples.trim_end().lines().map(|line| format!("{}\n", escaped(line))).collect();
        page.extend_from_slice(format!(".SH EXAMPLES\n.nf\n{lines}.fi\n").as_bytes());
    }
    page.extend_from_slice(b".SH SEE ALSO\n\\fBtraillake\\fR(1), \\fBtraillake help topics\\fR\n");
    page
}

/// The page of a topic.
pub(super) fn of_topic(topic: &Topic) -> Vec<u8> {
    let name = escaped(topic.name());
    let mut page = format!(".TH traillake-{name} 7 \"\" \"traillake {}\"\n", env!("CARGO_PKG_VERSION"));
    page.push_str(&format!(".SH NAME\ntraillake\\-{name} \\- {}\n.SH DESCRIPTION\n", escaped(topic.about())));
    let mut is_code = false;
    for line in topic.lines() {
        let is_next_code = matches!(line, Line::Code(_));
        if is_code != is_next_code {
            page.push_str(if is_next_code { ".RS 4\n.nf\n" } else { ".fi\n.RE\n" });
            is_code = is_next_code;
        }
        match line {
            Line::Heading(heading) => page.push_str(&format!(".SH {}\n", escaped(&heading.to_uppercase()))),
            Line::Code(code) => page.push_str(&format!("{}\n", escaped(code))),
            Line::Text("") => page.push_str(".PP\n"),
            Line::Text(text) => match text.strip_prefix("- ") {
                Some(point) => page.push_str(&format!(".IP \\(bu 2\n{}\n", escaped(point))),
                None => page.push_str(&format!("{}\n", escaped(text.trim_start()))),
            },
        }
    }
    if is_code {
        page.push_str(".fi\n.RE\n");
    }
    page.into_bytes()
}

/// A line of text that roff prints as it is: no command, no escape, and hyphens that can be copied.
fn escaped(line: &str) -> String {
    let line = line.replace('\\', "\\e").replace('-', "\\-");
    match line.starts_with(['.', '\'']) {
        true => format!("\\&{line}"),
        false => line,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_is_a_command_of_roff() {
        for (line, expected) in
            [(".so /etc/passwd", "\\&.so /etc/passwd"), ("'br", "\\&'br"), ("a\\b -c", "a\\eb \\-c")]
        {
            assert_eq!(escaped(line), expected);
        }
    }
}
