//! Pruned and unpruned answers agree.

use std::sync::Arc;

use proptest::prelude::*;
use traillake::Lake;

use super::check;
use crate::ask::{Rows, ask};
use crate::sql::state::State;

/// What is compared: as a query writes it, and so that nothing can be pruned by it.
const OPERANDS: &[(&str, &str)] = &[
    ("eventName", "(eventName || '')"),
    ("awsRegion", "(awsRegion || '')"),
    ("errorCode", "(errorCode || '')"),
    ("eventID", "(eventID || '')"),
    ("sourceIPAddress", "(sourceIPAddress || '')"),
    ("recipientAccountId", "(recipientAccountId || '')"),
    ("userIdentity.type", "(userIdentity.type || '')"),
    ("userIdentity.accessKeyId", "(userIdentity.accessKeyId || '')"),
    ("userIdentity.sessionContext.sessionIssuer.arn", "(userIdentity.sessionContext.sessionIssuer.arn || '')"),
    ("tlsDetails.tlsVersion", "(tlsDetails.tlsVersion || '')"),
    ("element_at(requestParameters, 'bucketName')", "(element_at(requestParameters, 'bucketName') || '')"),
    ("element_at(requestParameters, 'key')", "(element_at(requestParameters, 'key') || '')"),
    ("element_at(additionalEventData, 'MFAUsed')", "(element_at(additionalEventData, 'MFAUsed') || '')"),
    ("eventTime", "CAST(eventTime AS varchar)"),
];

/// The place of `eventTime`, whose text is a literal of its own form.
const TIME: usize = OPERANDS.len() - 1;

/// A condition on operands and on the n-th of their values.
#[derive(Clone, Debug)]
enum Condition {
    Compare(usize, &'static str, Literal),
    Between(usize, Literal, Literal),
    In(usize, Vec<Literal>, bool),
    Like(usize, Literal, usize, bool),
    IsNull(usize, bool),
    Flag(&'static str, bool),
    Not(Box<Condition>),
    Both(Box<Condition>, Box<Condition>),
    Either(Box<Condition>, Box<Condition>),
}

/// A value of the operand, or one that nobody has.
#[derive(Clone, Copy, Debug)]
struct Literal(prop::sample::Index, bool);

impl Literal {
    fn text(self, operand: usize, values: &[Vec<String>]) -> String {
        let value = self.0.get(&values[operand]);
        let bent = match (self.1, operand == TIME) {
            (false, _) => value.clone(),
            (true, true) => value.replace(".000", ".500"),
            (true, false) => format!("{value}~"),
        };
        format!("'{}'", bent.replace('\'', "''"))
    }
}

impl Condition {
    /// As SQL; `hidden` from every kind of pruning, or open to it.
    fn sql(&self, hidden: bool, values: &[Vec<String>]) -> String {
        let name = |operand: usize| if hidden { OPERANDS[operand].1 } else { OPERANDS[operand].0 };
        match self {
            Condition::Compare(operand, sign, literal) => {
                format!("{} {sign} {}", name(*operand), literal.text(*operand, values))
            }
            Condition::Between(operand, low, high) => {
                let mut ends = [low.text(*operand, values), high.text(*operand, values)];
                ends.sort();
                format!("{} BETWEEN {} AND {}", name(*operand), ends[0], ends[1])
            }
            Condition::In(operand, literals, negated) => {
                let list: Vec<_> = literals.iter().map(|literal| literal.text(*operand, values)).collect();
                format!("{}{} IN ({})", name(*operand), if *negated { " NOT" } else { "" }, list.join(", "))
            }
            Condition::Like(operand, literal, cut, negated) => {
                let operand = if *operand == TIME { 0 } else { *operand };
                let text = literal.text(operand, values);
                let start: String = text.trim_matches('\'').replace("''", "").chars().take(*cut).collect();
                format!("{}{} LIKE '{start}%'", name(operand), if *negated { " NOT" } else { "" })
            }
            Condition::IsNull(operand, negated) => {
                format!("{} IS{} NULL", name(*operand), if *negated { " NOT" } else { "" })
            }
            Condition::Flag(column, value) if hidden => format!("CAST({column} AS varchar) = '{value}'"),
            Condition::Flag(column, value) => format!("{column} = {value}"),
            Condition::Not(one) => format!("NOT ({})", one.sql(hidden, values)),
            Condition::Both(one, other) => format!("({}) AND ({})", one.sql(hidden, values), other.sql(hidden, values)),
            Condition::Either(one, other) => {
                format!("({}) OR ({})", one.sql(hidden, values), other.sql(hidden, values))
            }
        }
    }
}

fn conditions() -> impl Strategy<Value = Condition> {
    let operand = 0..OPERANDS.len();
    let literal =
        || (any::<prop::sample::Index>(), prop::bool::weighted(0.2)).prop_map(|(index, bent)| Literal(index, bent));
    let sign = prop::sample::select(vec!["=", "=", "=", "<>", "<", "<=", ">", ">="]);
    let leaf = prop_oneof![
        4 => (operand.clone(), sign, literal()).prop_map(|(operand, sign, value)| Condition::Compare(operand, sign, value)),
        1 => (operand.clone(), literal(), literal()).prop_map(|(operand, low, high)| Condition::Between(operand, low, high)),
        2 => (operand.clone(), prop::collection::vec(literal(), 1..5), prop::bool::weighted(0.25))
            .prop_map(|(operand, values, negated)| Condition::In(operand, values, negated)),
        2 => (operand.clone(), literal(), 1..12_usize, prop::bool::weighted(0.25))
            .prop_map(|(operand, value, cut, negated)| Condition::Like(operand, value, cut, negated)),
        1 => (operand, any::<bool>()).prop_map(|(operand, negated)| Condition::IsNull(operand, negated)),
        1 => (prop::sample::select(vec!["readOnly", "managementEvent"]), any::<bool>())
            .prop_map(|(column, value)| Condition::Flag(column, value)),
    ];
    leaf.prop_recursive(3, 8, 2, |inner| {
        prop_oneof![
            1 => inner.clone().prop_map(|one| Condition::Not(Box::new(one))),
            2 => (inner.clone(), inner.clone()).prop_map(|(one, other)| Condition::Both(Box::new(one), Box::new(other))),
            2 => (inner.clone(), inner).prop_map(|(one, other)| Condition::Either(Box::new(one), Box::new(other))),
        ]
    })
}

/// Every value that an operand has in the trail.
async fn values_of(lake: &Lake) -> Vec<Vec<String>> {
    let mut values = Vec::new();
    for (open, _) in OPERANDS {
        let sql = format!("SELECT DISTINCT {open} AS v FROM events WHERE {open} IS NOT NULL ORDER BY v");
        values.push(ask(lake, &sql).await.into_iter().map(|mut row| row.remove(0).unwrap()).collect());
    }
    values
}

async fn ids(lake: &Lake, condition: &str) -> Rows {
    ask(lake, &format!("SELECT eventID FROM events WHERE {condition} ORDER BY eventID")).await
}

#[test]
fn pruned_and_unpruned_answers_agree() {
    let mut samples = None;
    let (mut asked, mut met) = (0, 0);
    check(32, &conditions(), async |condition| {
        if samples.is_none() {
            let (fresh, many) = (State::Fresh.sample().await, State::ManyFiles.sample().await);
            let values = values_of(&fresh.lake).await;
            samples = Some((fresh, many, Arc::new(values)));
        }
        let (fresh, many, values) = samples.as_ref().unwrap();
        let (open, hidden) = (condition.sql(false, values), condition.sql(true, values));
        let expected = ids(&fresh.lake, &hidden).await;
        asked += 1;
        met += usize::from(!expected.is_empty() && expected.len() < 2000);
        for (label, lake) in [("fresh", &fresh.lake), ("many_files", &many.lake)] {
            let found = ids(lake, &open).await;
            prop_assert_eq!(found.len(), expected.len(), "{} store: {}\nunpruned: {}", label, open, hidden);
            prop_assert!(found == expected, "{} store: {}\nunpruned: {}", label, open, hidden);
        }
        Ok(())
    });
    println!("{met} of {asked} conditions hold for some events and not for others");
    assert!(met * 3 > asked, "only {met} of {asked} conditions tell events apart");
}
