//! Measurements as Markdown.

use crate::chunks::Chunk;
use crate::needle::Question;
use crate::trial::Costs;

/// How many columns are shown besides the hot keys.
const COLUMNS_SHOWN: usize = 25;

/// The costs of layouts beside those of the first, which is the base.
pub(crate) fn costs(title: &str, names: &[&str], costs: &[Costs], questions: &[Question], events: usize) {
    let Some(base) = costs.first() else { return };
    println!("\n### {title}\n");
    println!(
        "CPU time of the base: {:.3} s to encode, {:.3} s to decode.\n",
        median(&base.encode),
        median(&base.decode)
    );
    print!("| layout | MB | bytes an event | size | encode | decode | metadata, kB |");
    for question in questions {
        print!(" {} ({} events): kB in reads |", question.name, question.events());
    }
    println!("\n|{}", " --- |".repeat(7 + questions.len()));
    for (name, costs) in names.iter().zip(costs) {
        print!(
            "| {name} | {:.3} | {:.1} | {:+.1} % | {:.2} | {:.2} | {:.0} |",
            costs.bytes as f64 / 1e6,
            costs.bytes as f64 / events as f64,
            (costs.bytes as f64 / base.bytes as f64 - 1.0) * 100.0,
            ratio(&costs.encode, &base.encode),
            ratio(&costs.decode, &base.decode),
            costs.metadata_bytes as f64 / 1e3,
        );
        for cost in &costs.questions {
            match cost {
                Some(cost) => print!(" {:.0} in {} |", cost.bytes as f64 / 1e3, cost.reads),
                None => print!(" – |"),
            }
        }
        println!();
    }
}

/// The median of the ratios round by round.
fn ratio(costs: &[f64], base: &[f64]) -> f64 {
    let ratios: Vec<f64> = costs.iter().zip(base).map(|(costs, base)| costs / base).collect();
    median(&ratios)
}

fn median(values: &[f64]) -> f64 {
    let mut values = values.to_vec();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

/// The largest columns, and all hot keys.
pub(crate) fn columns(chunks: &[Chunk], events: usize) {
    println!("\n### Columns\n");
    println!("| column | events with it | different | data, kB | bloom, kB | index, kB | bytes an event |");
    println!("|{}", " --- |".repeat(7));
    for (place, chunk) in chunks.iter().enumerate() {
        let is_hot = chunk.column.kind == traillake_event::schema::Kind::HotKey;
        if place >= COLUMNS_SHOWN && !is_hot {
            continue;
        }
        println!(
            "| {}{} | {} | {} | {:.1} | {:.1} | {:.1} | {:.3} |",
            chunk.column.name,
            if is_hot { " (hot key)" } else { "" },
            chunk.events,
            chunk.distinct,
            chunk.data_bytes as f64 / 1e3,
            chunk.bloom_bytes as f64 / 1e3,
            chunk.index_bytes as f64 / 1e3,
            chunk.bytes() as f64 / events as f64,
        );
    }
}
