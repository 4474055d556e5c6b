use super::*;

/// What an event issued: the caller's key, the issued key.
type Trail<'a> = &'a [(Option<&'a str>, &'a str)];

fn answer(columns: &[&str], rows: Vec<Vec<Option<&str>>>) -> Answer {
    let rows = rows.into_iter().map(|row| row.into_iter().map(|value| value.map(str::to_owned)).collect());
    Answer { columns: columns.iter().map(|&name| name.to_owned()).collect(), rows: rows.collect() }
}

/// Answers the steps of a session from a small trail; gives what was asked.
fn run(session: &mut Session, trail: Trail<'_>) -> Vec<Step> {
    let mut steps = Vec::new();
    while let Some(step) = session.next_step() {
        let asked = |key: &str| step.sql.contains(&format!("'{key}'"));
        let issue = |(caller, issued): &(Option<&'static str>, &'static str)| {
            vec![*caller, Some(*issued), Some("t"), Some("AssumeRole")]
        };
        // What the trail holds lives as long as the test.
        let trail: Vec<(Option<&'static str>, &'static str)> =
            trail.iter().map(|(caller, issued)| (caller.map(leaked), leaked(issued))).collect();
        let columns = ["callerKey", "issued", "eventTime", "eventName"];
        let found = match step.title.as_str() {
            "Which event issued the key" => {
                answer(&columns, trail.iter().filter(|(_, issued)| asked(issued)).map(issue).take(1).collect())
            }
            "Which keys they issued" => {
                answer(&columns, trail.iter().filter(|(caller, _)| caller.is_some_and(asked)).map(issue).collect())
            }
            "How the keys were used" => {
                let mut keys: Vec<_> =
                    trail.iter().flat_map(|(caller, issued)| [*caller, Some(*issued)]).flatten().collect();
                keys.sort_unstable();
                keys.dedup();
                let used = keys.into_iter().filter(|key| asked(key)).map(|key| vec![Some(key), Some("1")]);
                answer(&["accessKeyId", "events"], used.collect())
            }
            _ => Answer::default(),
        };
        session.answered(&found);
        steps.push(step);
        assert!(steps.len() < 100, "no end");
    }
    steps
}

fn leaked(text: &str) -> &'static str {
    Box::leak(text.to_owned().into_boxed_str())
}

fn tree(session: &Session) -> Vec<String> {
    let mark = |hop: &Hop| if hop.asked { "*" } else { "" };
    session.chain.walk().iter().map(|(depth, hop)| format!("{depth} {}{}", &hop.key[4..5], mark(hop))).collect()
}

const A: &str = "AKIAA00000000EXAMPLE";
const B: &str = "ASIAB00000000EXAMPLE";
const C: &str = "ASIAC00000000EXAMPLE";
const D: &str = "ASIAD00000000EXAMPLE";

#[test]
fn a_chain_goes_up_to_who_began_and_down_to_what_came_of_it() {
    let mut session = Session::new(B, &Scope::default());
    let steps = run(&mut session, &[(Some(A), B), (Some(B), C), (Some(A), D)]);
    // What else the key above issued is not of the session.
    assert_eq!(tree(&session), ["0 A", "1 B*", "2 C"]);
    let events = &steps.last().unwrap().sql;
    assert!(events.contains(B) && events.contains(C) && !events.contains(A), "{events}");
}

#[test]
fn a_session_that_a_service_began_has_nobody_above() {
    let mut session = Session::new(B, &Scope::default());
    run(&mut session, &[(None, B)]);
    assert_eq!(tree(&session), ["0 B*"]);
    assert!(session.chain.walk()[0].1.issue.is_some());
}

#[test]
fn circles_end() {
    for trail in [&[(Some(B), B)][..], &[(Some(A), B), (Some(B), A)], &[(Some(C), B), (Some(B), D), (Some(D), C)]] {
        let mut session = Session::new(B, &Scope::default());
        run(&mut session, trail);
        let walked = tree(&session);
        assert!(walked.iter().any(|line| line.ends_with("B*")), "{walked:?}");
        assert_eq!(walked.len(), session.chain.hops.len(), "{walked:?}");
    }
}

#[test]
fn long_chains_end_after_so_many_levels_either_way() {
    let keys: Vec<String> =
        (0..40).map(|number| format!("ASIA{}00000000EX{number:04}", char::from(b'A' + number as u8 % 26))).collect();
    let trail: Vec<_> = keys.windows(2).map(|pair| (Some(pair[0].as_str()), pair[1].as_str())).collect();
    let mut session = Session::new(&keys[20], &Scope::default());
    run(&mut session, &trail);
    let walked = session.chain.walk();
    let asked = walked.iter().find(|(_, hop)| hop.asked).unwrap().0;
    assert_eq!((asked, walked.len() - 1 - asked), (LEVELS_MAX, LEVELS_MAX + 1));
}

#[test]
fn a_key_with_many_sessions_says_that_there_are_more() {
    let keys: Vec<String> = (0..40).map(|number| format!("ASIAX00000000EX{number:05}")).collect();
    let trail: Vec<_> = keys.iter().map(|key| (Some(A), key.as_str())).collect();
    let mut session = Session::new(A, &Scope::default());
    run(&mut session, &trail);
    let walked = session.chain.walk();
    assert_eq!((walked.len(), walked[0].1.more), (1 + WIDTH_MAX, true));
}

#[test]
fn a_name_stands_for_its_latest_keys() {
    let mut session = Session::new("it's%", &Scope::default());
    let step = session.next_step().unwrap();
    assert!(step.sql.contains(r"userIdentity.arn LIKE '%/it''s\%' ESCAPE '\'"), "{}", step.sql);
    session.answered(&Answer::default());
    assert_eq!(session.next_step(), None);
}
