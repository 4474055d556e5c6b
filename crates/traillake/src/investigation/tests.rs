use super::*;

fn steps(verb: &Verb, scope: &Scope, reach: Reach) -> Vec<Step> {
    let mut investigation = Investigation::new(verb, scope, reach);
    let mut steps = Vec::new();
    let found = Answer { columns: vec![times::EVENTS.into()], rows: vec![vec![Some("1".into())]] };
    while let Some(step) = investigation.next_step() {
        investigation.answered(&found);
        steps.push(step);
        assert!(steps.len() < 50, "no end");
    }
    steps
}

fn all(value: &str) -> Vec<Verb> {
    let value = || value.to_owned();
    vec![
        Verb::Who { identity: value() },
        Verb::Key { key: value() },
        Verb::Ip { network: value() },
        Verb::Session { of: value() },
        Verb::Resource { resource: value() },
        Verb::Around { event: value(), span_ms: 300_000 },
        Verb::Event { event: value() },
        Verb::First { values: vec![value(), value()] },
        Verb::Last { values: vec![value()] },
        Verb::Errors,
        Verb::Denied,
        Verb::Timeline { value: Some(value()) },
        Verb::Changes { of: Some(value()) },
        Verb::Logins,
        Verb::Coverage,
    ]
}

#[test]
fn a_statement_is_written_as_a_person_would() {
    let scope = Scope { since_ms: Some(1_772_323_200_000), account: Some("111122223333".into()), ..Scope::default() };
    let steps = steps(&Verb::Key { key: "AKIAIOSFODNN7EXAMPLE".into() }, &scope, Reach::Everywhere);
    assert_eq!(
        steps[0].sql,
        "SELECT userIdentity.type, userIdentity.arn, count(*) AS events, count(errorCode) AS failed,\n       \
         min(eventTime) AS firstTime, max(eventTime) AS lastTime\n\
         FROM $EDS_ID\n\
         WHERE userIdentity.accessKeyId = 'AKIAIOSFODNN7EXAMPLE'\n  \
           AND recipientAccountId = '111122223333'\n  \
           AND eventTime >= TIMESTAMP '2026-03-01 00:00:00'\n\
         GROUP BY 1, 2\n\
         ORDER BY events DESC, 1, 2\n\
         LIMIT 10"
    );
}

#[test]
fn values_are_texts_and_cannot_break_out() {
    let hostile = "x' OR '1'='1";
    let scope = Scope {
        store: Some("a\"b".into()),
        account: Some(hostile.into()),
        region: Some(hostile.into()),
        ..Scope::default()
    };
    for reach in [Reach::Everywhere, Reach::Columns] {
        for verb in all(hostile) {
            for step in steps(&verb, &scope, reach) {
                let without = step.sql.replace("x'' OR ''1''=''1", "");
                assert!(!without.contains("OR '1'") && !without.contains("=''1"), "{verb:?}: {}", step.sql);
                assert!(step.sql.contains("FROM \"a\"\"b\""), "{verb:?}: {}", step.sql);
            }
        }
    }
}

#[test]
fn every_statement_parses_and_fits_a_page() {
    for reach in [Reach::Everywhere, Reach::Columns] {
        for value in
            ["ana", "AKIAIOSFODNN7EXAMPLE", "arn:aws:s3:::logs/a", "arn:aws:iam::111122223333:role/x", "192.0.2.0/24"]
        {
            for verb in all(value) {
                for step in steps(&verb, &Scope { limit: Some(7), ..Scope::default() }, reach) {
                    let parsed = traillake_query::Statement::parse(&step.sql);
                    assert!(parsed.is_ok(), "{verb:?}: {:?}\n{}", parsed.err(), step.sql);
                    let widest = step.sql.lines().map(str::len).max();
                    assert!(widest <= Some(140), "{verb:?}: {}", step.sql);
                    assert!(!step.title.is_empty());
                }
            }
        }
    }
}

#[test]
fn what_is_not_there_ends_the_investigation() {
    for verb in all("nobody") {
        let mut investigation = Investigation::new(&verb, &Scope::default(), Reach::Everywhere);
        let mut asked = 0;
        while investigation.next_step().is_some() {
            investigation.answered(&Answer::default());
            asked += 1;
        }
        assert!(!investigation.found());
        match verb.subject() {
            Some(_) => assert!(asked <= 2, "{verb:?}: {asked}"),
            // What is asked about all events has an answer though it be none.
            None => assert_eq!(asked, steps(&verb, &Scope::default(), Reach::Everywhere).len(), "{verb:?}"),
        }
    }
}

#[test]
fn the_span_decides_the_unit_of_time() {
    let mut investigation = Investigation::new(&Verb::Timeline { value: None }, &Scope::default(), Reach::Everywhere);
    investigation.next_step().unwrap();
    let row = ["9", "2026-03-01 00:00:00.000", "2026-03-01 20:00:00.000"].map(|text| Some(text.to_owned()));
    let columns = [times::EVENTS, "firstTime", "lastTime"].map(str::to_owned).to_vec();
    investigation.answered(&Answer { columns, rows: vec![row.to_vec()] });
    let step = investigation.next_step().unwrap();
    assert!(step.sql.starts_with("SELECT date_trunc('hour', eventTime) AS hour, "), "{}", step.sql);
}

#[test]
fn verbs_that_look_for_values_can_be_probed() {
    for verb in all("x") {
        let looks = matches!(
            verb,
            Verb::Resource { .. }
                | Verb::First { .. }
                | Verb::Last { .. }
                | Verb::Timeline { .. }
                | Verb::Changes { .. }
        );
        assert_eq!(verb.probe(&Scope::default()).is_some(), looks, "{verb:?}");
    }
}
