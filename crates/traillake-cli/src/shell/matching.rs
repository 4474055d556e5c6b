//! Which names a typed text may mean, in any letter case.
//!
//! The best way in which any of them matches decides: where names begin with what is typed, those that merely hold it
//! are not offered.

/// How a name matches, the best first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Match {
    /// It begins with what is typed.
    Beginning,
    /// What is typed are beginnings of its parts, in their order: `buckpol` of `PutBucketPolicy`.
    Parts,
    /// It holds what is typed.
    Inside,
}

/// Of longer names only the beginning is looked at for parts.
const PARTS_BYTES_MAX: usize = 256;

/// How a name matches what is typed; `None` when it does not.
pub(super) fn how(typed: &str, name: &str) -> Option<Match> {
    if begins(name, typed) {
        return Some(Match::Beginning);
    }
    let (typed, name) = (letters(typed), letters(name));
    if is_of_parts(&lower(&typed), &name) {
        return Some(Match::Parts);
    }
    let (typed, name) = (lower(&typed), lower(&name));
    name.windows(typed.len()).any(|part| part == typed).then_some(Match::Inside)
}

/// The items whose names match best, in their order.
pub(super) fn best<T>(typed: &str, items: impl Iterator<Item = T>, name: impl Fn(&T) -> &str) -> Vec<T> {
    let mut found: Vec<(Match, T)> = items.filter_map(|item| how(typed, name(&item)).map(|how| (how, item))).collect();
    let best = found.iter().map(|(how, _)| *how).min();
    found.retain(|(how, _)| Some(*how) == best);
    found.into_iter().map(|(_, item)| item).collect()
}

/// Whether a name begins with a text, in any letter case.
pub(super) fn begins(name: &str, with: &str) -> bool {
    let mut name = name.chars().flat_map(char::to_lowercase);
    with.chars().flat_map(char::to_lowercase).all(|letter| name.next() == Some(letter))
}

fn letters(text: &str) -> Vec<char> {
    text.chars().collect()
}

fn lower(letters: &[char]) -> Vec<char> {
    letters.iter().flat_map(|letter| letter.to_lowercase()).collect()
}

/// Whether what is typed can be cut into beginnings of the name's parts.
fn is_of_parts(typed: &[char], name: &[char]) -> bool {
    let name = &name[..name.len().min(PARTS_BYTES_MAX)];
    if typed.is_empty() || typed.len() > name.len() {
        return false;
    }
    // For each number of typed letters: whether the parts until now can have taken them.
    let mut taken = vec![false; typed.len() + 1];
    taken[0] = true;
    for part in parts(name) {
        let part = lower(part);
        for before in (0..typed.len()).rev().filter(|before| taken[*before]).collect::<Vec<_>>() {
            let same = typed[before..].iter().zip(&part).take_while(|(typed, letter)| typed == letter).count();
            for length in 1..=same {
                taken[before + length] = true;
            }
        }
    }
    taken[typed.len()]
}

/// The name in its parts: at capitals, numbers and separators.
fn parts(name: &[char]) -> Vec<&[char]> {
    let starts = |at: usize| {
        let (before, letter, after) = (at.checked_sub(1).map(|at| name[at]), name[at], name.get(at + 1));
        let Some(before) = before else { return true };
        let capital =
            letter.is_uppercase() && (!before.is_uppercase() || after.is_some_and(|after| after.is_lowercase()));
        capital || !before.is_alphanumeric() || letter.is_numeric() != before.is_numeric() && letter.is_alphanumeric()
    };
    let starts: Vec<usize> = (0..name.len()).filter(|at| starts(*at)).chain([name.len()]).collect();
    starts.windows(2).map(|ends| &name[ends[0]..ends[1]]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_match_by_beginning_parts_or_inside() {
        for (typed, name, expected) in [
            ("put", "PutBucketPolicy", Some(Match::Beginning)),
            ("", "anything", Some(Match::Beginning)),
            ("buckpol", "PutBucketPolicy", Some(Match::Parts)),
            ("pbp", "PutBucketPolicy", Some(Match::Parts)),
            ("polbuck", "PutBucketPolicy", None),
            ("ketPo", "PutBucketPolicy", Some(Match::Inside)),
            ("dbinst", "DescribeDBInstances", Some(Match::Parts)),
            ("identityarn", "userIdentity.arn", Some(Match::Parts)),
            ("s3", "aws-s3", Some(Match::Parts)),
            ("Ä", "ärger", Some(Match::Beginning)),
            ("xyz", "PutBucketPolicy", None),
            ("longer than the name", "name", None),
        ] {
            assert_eq!(how(typed, name), expected, "{typed} in {name}");
        }
    }

    #[test]
    fn worse_matches_are_left_out_when_there_are_better_ones() {
        let best = |typed| best(typed, ["eventName", "resourceName", "name"].into_iter(), |name| name);
        assert_eq!(best("na"), ["name"]);
        assert_eq!(best("ename"), ["eventName"]);
        assert_eq!(best("ame"), ["eventName", "resourceName", "name"]);
        assert!(best("zz").is_empty());
    }
}
