//! A chain of sessions as a tree.

use traillake::investigation::{Chain, Hop, Issue, Use};

use crate::output::{Count, Format, visible};
use crate::terminal::{Screen, Style};

/// What is below a level is moved in by this.
const INDENT: &str = "   ";

/// Each hop is the event that issued its key, the key, and how it was used.
pub(super) fn draw(chain: &Chain, screen: Screen, format: Format) -> String {
    let title = "The chain of sessions";
    let (title, open, close) = match format {
        Format::Markdown => (format!("**{title}**"), "\n```text\n", "```\n"),
        _ => (Style::Bold.paint(title, screen.colour), "", ""),
    };
    let mut text = format!("{title}\n{open}");
    for (depth, hop) in chain.walk() {
        let indent = INDENT.repeat(depth.saturating_sub(1));
        let issue_indent = if depth > 0 { format!("{indent}└─ ") } else { String::new() };
        let hop_indent = INDENT.repeat(depth);
        if let Some(issue) = &hop.issue {
            text.push_str(&format!("{issue_indent}{}\n", issued(issue)));
        }
        let key = visible(&hop.key).into_owned();
        let key = if hop.asked { Style::Bold.paint(&format!("{key}  <<< asked for"), screen.colour) } else { key };
        text.push_str(&format!("{hop_indent}{key}\n"));
        for line in told(hop) {
            text.push_str(&format!("{hop_indent}  {line}\n"));
        }
    }
    text.push_str(close);
    text
}

/// `AssumeRole 2026-03-01 10:00:00 by user/ana from 192.0.2.1, event …`
fn issued(issue: &Issue) -> String {
    let Issue { time, event_name, event_id, caller, address, .. } = issue;
    let by = caller.as_deref().map_or_else(String::new, |caller| format!(" by {}", visible(caller)));
    let from = address.as_deref().filter(|address| Some(*address) != caller.as_deref());
    let from = from.map_or_else(String::new, |address| format!(" from {}", visible(address)));
    format!("{} {}{by}{from}, event {}", visible(event_name), seconds(time), visible(event_id))
}

fn told(hop: &Hop) -> Vec<String> {
    let issued_for = hop.issue.as_ref().and_then(|issue| issue.of.as_deref());
    let identity = hop.used.as_ref().and_then(|used| used.arn.as_deref()).or(issued_for);
    let source = |source: &Option<String>| source.as_deref().map(|name| format!("source identity {}", visible(name)));
    let mut lines: Vec<String> = identity.iter().map(|arn| visible(arn).into_owned()).collect();
    match &hop.used {
        Some(used) => {
            lines.push(used_how(used));
            lines.extend(source(&used.source_identity));
        }
        None => lines.push("not used".to_owned()),
    }
    if hop.more {
        lines.push("more sessions, which are not followed; --since and --until choose among them".to_owned());
    }
    lines
}

/// `12 events, 3 failed, 2026-03-01 10:00:00 to 11:00:00, from 192.0.2.1`
fn used_how(used: &Use) -> String {
    let Use { events, failed, first, last, addresses, address_count, .. } = used;
    let failed = if *failed > 0 { format!(", {failed} failed") } else { String::new() };
    let (first, last) = (seconds(first), seconds(last));
    let day = |time: &str| time.split(' ').next().map(str::to_owned);
    let to = match day(&first) == day(&last) {
        true => last.split(' ').nth(1).unwrap_or_default().to_owned(),
        false => last.clone(),
    };
    let span = if first == last { first } else { format!("{first} to {to}") };
    let more = if *address_count > 3 { format!(" and {} more", address_count - 3) } else { String::new() };
    let from = addresses.as_deref().map_or_else(String::new, |from| format!(", from {}{more}", visible(from)));
    format!("{}{failed}, {span}{from}", Count(*events, "event"))
}

/// CloudTrail's times are whole seconds.
fn seconds(time: &str) -> String {
    visible(time.trim_end_matches(".000")).into_owned()
}
