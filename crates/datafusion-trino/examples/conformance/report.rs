//! The table by family, and the pairs one wants to see.

use std::collections::{BTreeMap, BTreeSet};

use crate::accepted::Accepted;
use crate::options::Options;
use crate::pair::{Outcome, Pair};

#[derive(Debug, Default, Clone, Copy)]
struct Counts {
    pairs: usize,
    right: usize,
    wrong: usize,
    missing: usize,
    /// Wrong, and not on the list.
    unlisted: usize,
}

/// What a run found.
pub(crate) struct Report<'a> {
    pairs: &'a [Pair],
    outcomes: &'a [Outcome],
    accepted: &'a Accepted,
    options: &'a Options,
    /// Relevant pairs that are wrong and not on the list.
    unlisted: usize,
    /// Entries of the list whose pair is no longer wrong.
    stale: Vec<(String, u32)>,
}

impl<'a> Report<'a> {
    pub(crate) fn new(
        pairs: &'a [Pair],
        outcomes: &'a [Outcome],
        accepted: &'a Accepted,
        options: &'a Options,
    ) -> Report<'a> {
        let wrong = || pairs.iter().zip(outcomes).filter(|(_, outcome)| matches!(outcome, Outcome::Wrong(_)));
        let unlisted = wrong().filter(|(pair, _)| pair.relevant && accepted.reason(pair).is_none()).count();
        let places: BTreeSet<(&str, u32)> = wrong().map(|(pair, _)| (pair.file.as_str(), pair.line)).collect();
        let tried: BTreeSet<(&str, u32)> = pairs.iter().map(|pair| (pair.file.as_str(), pair.line)).collect();
        // An entry of a pair that was not tried says nothing, unless all of them were.
        let gone = |place: &(&str, u32)| !places.contains(place) && (tried.contains(place) || options.is_whole());
        let stale = accepted.places().filter(gone).map(|(file, line)| (file.to_owned(), line)).collect();
        Report { pairs, outcomes, accepted, options, unlisted, stale }
    }

    /// No relevant pair is wrong without a reason, and no reason is without its pair.
    pub(crate) fn is_clean(&self) -> bool {
        self.unlisted == 0 && self.stale.is_empty()
    }

    pub(crate) fn print(&self) {
        self.print_pairs();
        if self.options.reasons {
            self.print_reasons();
        }
        println!(
            "{:14}{:>7}{:>7}{:>7}{:>9}{:>10}{:>8}   relevant: pairs, right, wrong, unlisted",
            "family", "pairs", "right", "wrong", "missing", "unlisted", "right"
        );
        let mut all = (Counts::default(), Counts::default());
        for (family, (counts, relevant)) in self.by_family() {
            add(&mut all.0, counts);
            add(&mut all.1, relevant);
            print_row(family, counts, relevant);
        }
        print_row("all", all.0, all.1);
        for (file, line) in &self.stale {
            println!("no longer wrong, take it off the list: {file}\t{line}");
        }
    }

    fn by_family(&self) -> BTreeMap<&str, (Counts, Counts)> {
        let mut families: BTreeMap<&str, (Counts, Counts)> = BTreeMap::new();
        for (pair, outcome) in self.pairs.iter().zip(self.outcomes) {
            let listed = self.accepted.reason(pair).is_some();
            let one = match outcome {
                Outcome::Right => Counts { pairs: 1, right: 1, ..Counts::default() },
                Outcome::Missing(_) => Counts { pairs: 1, missing: 1, ..Counts::default() },
                Outcome::Wrong(_) => Counts { pairs: 1, wrong: 1, unlisted: usize::from(!listed), ..Counts::default() },
            };
            let (counts, relevant) = families.entry(&pair.family).or_default();
            add(counts, one);
            if pair.relevant {
                add(relevant, one);
            }
        }
        families
    }

    fn print_pairs(&self) {
        let shown = self.pairs.iter().zip(self.outcomes).filter_map(|(pair, outcome)| {
            let (kind, found) = match outcome {
                Outcome::Right => ("right", ""),
                Outcome::Wrong(found) if self.accepted.reason(pair).is_some() => ("accepted", found.as_str()),
                Outcome::Wrong(found) => ("wrong", found.as_str()),
                Outcome::Missing(why) => ("missing", why.as_str()),
            };
            self.options.shows(kind).then_some((kind, pair, found))
        });
        for (kind, pair, found) in shown.take(self.options.limit) {
            println!(
                "{kind}\t{}\t{}\n    {}\n    expected {:?} {}",
                pair.file, pair.line, pair.sql, pair.kind, pair.expected
            );
            if !found.is_empty() {
                println!("    found    {found}");
            }
        }
    }

    fn print_reasons(&self) {
        let mut reasons: BTreeMap<&str, usize> = BTreeMap::new();
        for outcome in self.outcomes {
            if let Outcome::Missing(reason) = outcome {
                *reasons.entry(reason).or_default() += 1;
            }
        }
        let mut reasons: Vec<(&str, usize)> = reasons.into_iter().collect();
        reasons.sort_by_key(|(reason, count)| (std::cmp::Reverse(*count), *reason));
        for (reason, count) in reasons.into_iter().take(self.options.limit) {
            println!("{count:6}  {reason}");
        }
    }
}

fn add(to: &mut Counts, more: Counts) {
    to.pairs += more.pairs;
    to.right += more.right;
    to.wrong += more.wrong;
    to.missing += more.missing;
    to.unlisted += more.unlisted;
}

fn print_row(name: &str, all: Counts, relevant: Counts) {
    let share = |counts: Counts| 100.0 * counts.right as f64 / counts.pairs.max(1) as f64;
    println!(
        "{name:14}{:>7}{:>7}{:>7}{:>9}{:>10}{:>7.1}%   {:>7}{:>7} ({:.1}%){:>7}{:>7}",
        all.pairs,
        all.right,
        all.wrong,
        all.missing,
        all.unlisted,
        share(all),
        relevant.pairs,
        relevant.right,
        share(relevant),
        relevant.wrong,
        relevant.unlisted,
    );
}
