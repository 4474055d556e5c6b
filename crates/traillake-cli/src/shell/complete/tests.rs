use super::super::catalog::tests::{known, put};
use super::super::catalog::{Of, Question};
use super::*;

/// The completion at `|`, or at the end.
fn completion(catalog: &Catalog, text: &str) -> Completion {
    let (before, after) = text.split_once('|').unwrap_or((text, ""));
    complete(before, after, catalog, Duration::ZERO)
}

fn candidates(text: &str) -> Vec<String> {
    candidates_of(&known(), text)
}

fn candidates_of(catalog: &Catalog, text: &str) -> Vec<String> {
    completion(catalog, text).candidates.into_iter().map(|candidate| candidate.replacement).collect()
}

fn values(expression: &str) -> Question {
    Question::new("trail", Of::Values(expression.to_owned()))
}

#[test]
fn tables_stand_after_from() {
    assert_eq!(candidates("select * from trai"), ["trail", "trail-prod"]);
    assert_eq!(candidates("select * from trail-"), ["trail-prod"]);
    assert_eq!(candidates("select * from trail t join $"), ["$EDS_ID"]);
    assert_eq!(candidates("select * from trail t, TRAIL"), ["trail", "trail-prod"]);
    assert_eq!(candidates("select * from lake.im"), ["lake.imports", "lake.import_objects"]);
    assert_eq!(candidates("select * from ATHENA.tr"), ["athena.trail", "athena.trail-prod"]);
    assert_eq!(candidates("select * from \"my"), ["\"my.store\""]);
    assert!(candidates("select * from ").contains(&"\"my.store\"".to_owned()));
    assert_eq!(candidates("with recent as (select 1 as one) select * from rec"), ["recent"]);
    assert!(!candidates("select a, tr").contains(&"trail".to_owned()));
}

#[test]
fn columns_are_those_of_the_tables_in_from() {
    assert_eq!(candidates("select insightso| from \"my.store\""), ["insightSource"]);
    assert!(candidates("select sourceip| from \"my.store\"").is_empty());
    assert_eq!(candidates("select sourceip| from trail"), ["sourceIPAddress"]);
    assert_eq!(candidates("select import_| from lake.imports"), ["import_id"]);
    assert_eq!(candidates("select regio| from athena.trail"), ["region"]);
    assert_eq!(candidates("select q.who| from (select userIdentity.arn as whoever from trail) q"), ["whoever"]);
    assert_eq!(candidates("with w as (select count(*) total from trail) select tot| from w"), ["total"]);
    let both = "select 1 from trail a join \"my.store\" b on ";
    assert_eq!(candidates(&format!("{both}b.insightSt")), ["insightState"]);
    assert!(candidates(both).contains(&"a.".to_owned()) && candidates(both).contains(&"insightSource".to_owned()));
    // Before FROM is typed, it is the usual store.
    assert_eq!(candidates("select eventna"), ["eventName"]);
}

#[test]
fn fields_stand_after_their_row() {
    assert_eq!(candidates("select userIdentity.sessionContext.sessionIs"), ["sessionIssuer"]);
    let found = completion(&known(), "select 1 from trail t where t.useridentity.ty");
    assert_eq!(found.start, "select 1 from trail t where t.useridentity.".len());
    assert_eq!(found.candidates, [Candidate::plain("type")]);
    assert_eq!(candidates("select t.eventNa| from trail t"), ["eventName"]);
    assert_eq!(candidates("select resources[1].ar"), ["arn", "arnprefix"]);
    assert_eq!(candidates("select r.ar| from trail cross join unnest(resources) r"), ["arn", "arnprefix"]);
    assert!(candidates("select eventName.").is_empty());
}

#[test]
fn columns_functions_and_keywords_stand_elsewhere() {
    assert_eq!(candidates("select element_"), ["element_at("]);
    assert_eq!(candidates("select current_tim"), ["current_time", "current_timestamp", "current_timezone("]);
    assert_eq!(candidates("select cas"), ["cast(", "case"]);
    assert_eq!(candidates("SEL"), ["SELECT"]);
    assert_eq!(candidates("select count(eventNa"), ["eventName"]);
    assert_eq!(candidates("select 'é' = eventNa"), ["eventName"]);
    assert_eq!(candidates("select count(*) as n, eventname as title from trail order by tit"), ["title"]);
    let date_trunc = completion(&known(), "select date_tr").candidates;
    assert_eq!(date_trunc[0].display, "date_trunc(unit, x) → [same as input]");
    assert_eq!(date_trunc[0].replacement, "date_trunc(");
}

#[test]
fn keywords_are_those_of_the_clause() {
    assert_eq!(candidates("select eventName f"), ["from", "filter (where"]);
    assert_eq!(candidates("select eventName from trail wh"), ["where"]);
    assert_eq!(candidates("SELECT eventName FROM trail t L"), ["LEFT JOIN", "LIMIT"]);
    assert_eq!(candidates("select 1 from trail group "), ["BY"]);
    assert_eq!(candidates("select 1 from trail where eventName is nu"), ["null"]);
    assert_eq!(candidates("select 1 from trail order by 1 d"), ["desc"]);
    assert_eq!(candidates("select 1 from trail where eventName o"), ["or", "order by"]);
    // In a place nobody thought of, any keyword will do.
    assert_eq!(candidates("select 1 from trail where a precedi"), ["preceding"]);
}

#[test]
fn texts_are_values_from_the_data_in_quotes() {
    let catalog = known();
    put(&catalog, values("eventName"), &[("PutObject", 1200), ("PutBucketPolicy", 7), ("GetObject", 5)]);
    put(&catalog, values("userIdentity.arn"), &[("arn:aws:iam::1:user/o'neill", 1)]);
    let found = completion(&catalog, "select 1 from trail where eventName = 'put");
    assert_eq!(found.start, "select 1 from trail where eventName = ".len());
    let shown: Vec<(&str, &str)> =
        found.candidates.iter().map(|one| (one.replacement.as_str(), one.display.as_str())).collect();
    assert_eq!(shown, [("'PutObject'", "PutObject        1,200"), ("'PutBucketPolicy'", "PutBucketPolicy  7")]);
    let of = |text: &str| candidates_of(&catalog, text);
    assert_eq!(of("select 1 from trail t where t.EVENTNAME <> 'buckpol"), ["'PutBucketPolicy'"]);
    assert_eq!(of("select 1 from trail where eventName in ('GetObject', 'putb"), ["'PutBucketPolicy'"]);
    assert_eq!(of("select 1 from trail where eventName not like '%Bucket"), ["'PutBucketPolicy'"]);
    assert_eq!(of("select 1 from trail where eventName = Get"), ["'GetObject'"]);
    assert_eq!(of("select 1 from trail where eventName = 'get|' and awsRegion = 'x'"), ["'GetObject'"]);
    assert_eq!(
        of("select 1 from trail where userIdentity.arn = 'arn:aws:iam::1:user/o''"),
        ["'arn:aws:iam::1:user/o''neill'"]
    );
    assert_eq!(of("select 1 from (select eventName as title from trail) where title = 'get"), ["'GetObject'"]);
    assert_eq!(of("select 1 from $EDS_ID where eventName = 'get"), ["'GetObject'"]);
    assert_eq!(of("select 1 from trail where readOnly = t"), ["true"]);
    // A column compares with a column, too.
    assert_eq!(of("select 1 from trail where eventName = eventTy"), ["eventType"]);
    // Nobody knows values of what is computed, or of another store.
    assert!(of("select 1 from trail where lower(eventName) = 'get").is_empty());
    assert!(of("select 1 from \"my.store\" where eventName = 'get").is_empty());
}

#[test]
fn values_are_those_of_the_conditions_that_stand_already() {
    let catalog = known();
    let source = vec![("eventSource".to_owned(), "s3.amazonaws.com".to_owned())];
    put(&catalog, values("eventName"), &[("GetUser", 9), ("GetObject", 5)]);
    put(&catalog, Question { conditions: source.clone(), ..values("eventName") }, &[("GetObject", 5)]);
    let of = |text: &str| candidates_of(&catalog, text);
    assert_eq!(of("select 1 from trail where eventSource = 's3.amazonaws.com' and eventName = 'get"), ["'GetObject'"]);
    assert_eq!(
        of("select 1 from trail t where eventName = 'get| and t.eventSource = 's3.amazonaws.com'"),
        ["'GetObject'"]
    );
    let either = "select 1 from trail where eventSource = 's3.amazonaws.com' or eventName = 'get";
    assert_eq!(of(either), ["'GetUser'", "'GetObject'"]);
    // What nothing meets is answered with everything.
    let none = "select 1 from trail where eventSource = 'nowhere' and eventName = 'get";
    assert_eq!(of(none), ["'GetUser'", "'GetObject'"]);
}

#[test]
fn keys_of_maps_come_from_the_data_and_from_the_schema() {
    let catalog = known();
    let keys = |of: fn(String) -> Of| Question::new("trail", of("requestParameters".to_owned()));
    put(&catalog, keys(Of::Keys), &[("bucketPolicy", 3), ("bucketName", 1)]);
    let of = |text: &str| candidates_of(&catalog, text);
    assert_eq!(of("select element_at(requestParameters, 'buck"), ["'bucketPolicy'", "'bucketName'"]);
    assert_eq!(of("select requestParameters['rolea"), ["'roleArn'"]);
    let athena = Question::new("athena.trail", Of::Members("requestparameters".to_owned()));
    put(&catalog, athena, &[("bucketPolicy", 3)]);
    let json = "select json_extract_scalar(requestparameters, '$.buck| from athena.trail";
    assert_eq!(of(json), ["'$.bucketPolicy'", "'$.bucketName'"]);
    put(&catalog, values("element_at(requestParameters, 'bucketName')"), &[("logs", 3)]);
    assert_eq!(of("select 1 from trail where element_at(requestParameters, 'bucketName') = '"), ["'logs'"]);
    assert_eq!(of("select 1 from trail where requestParameters['bucketName'] in ('l"), ["'logs'"]);
}

#[test]
fn units_of_time_are_offered_where_they_belong() {
    assert_eq!(candidates("select date_trunc('mi"), ["minute'", "millisecond'"]);
}

#[test]
fn other_texts_and_comments_are_left_alone() {
    for before in ["select 'ev", "-- ev", "/* ev", "select \"ev", "select count(*) as ev", "select 12"] {
        assert!(candidates(before).is_empty(), "{before}");
    }
}

#[test]
fn dot_commands_complete_with_their_arguments() {
    assert_eq!(candidates(".sc"), [".schema"]);
    assert_eq!(candidates(".schema my"), ["my.store"]);
    assert_eq!(candidates(".timing o"), ["on", "off"]);
    assert_eq!(candidates(".format cs"), ["csv"]);
    assert_eq!(candidates(".samples run console-sign-in-f"), ["console-sign-in-failures"]);
}

#[test]
fn investigations_complete_with_values() {
    let catalog = known();
    put(&catalog, values("userIdentity.userName"), &[("al ice", 3)]);
    put(&catalog, values("userIdentity.arn"), &[("arn:aws:iam::1:user/al ice", 3), ("arn:aws:iam::1:root", 1)]);
    put(&catalog, values("sourceIPAddress"), &[("10.0.0.1", 1)]);
    assert_eq!(candidates_of(&catalog, ".who al"), ["'al ice'"]);
    assert_eq!(candidates_of(&catalog, ".who arn:aws:iam::1:r"), ["arn:aws:iam::1:root"]);
    let ip = completion(&catalog, ".ip 10");
    assert_eq!((ip.start, ip.candidates), (".ip ".len(), vec![Candidate::plain("10.0.0.1")]));
}

#[test]
fn of_very_many_candidates_it_is_said_how_many_there_are() {
    let catalog = known();
    let names: Vec<String> = (0..500).map(|i| format!("Name{i}")).collect();
    let list: Vec<(&str, u64)> = names.iter().map(|name| (name.as_str(), 1)).collect();
    put(&catalog, values("eventName"), &list);
    let found = completion(&catalog, "select 1 from trail where eventName = '");
    assert_eq!(found.candidates.len(), 500);
    let shown = |columns, lines| {
        let found = completion(&catalog, "select 1 from trail where eventName = '").within((columns, lines));
        let last = found.candidates.last().unwrap();
        (found.candidates.len(), last.replacement.clone(), last.display.clone())
    };
    // Twelve columns for each: six side by side.
    assert_eq!(shown(80, 24), (72, "'Name".to_owned(), "… 429 more".to_owned()));
    assert_eq!(shown(80, 4), (12, "'Name".to_owned(), "… 489 more".to_owned()));
    assert_eq!(shown(200, 200), (101, "'Name".to_owned(), "… 400 more".to_owned()));
    assert_eq!(shown(1, 1).0, 2);
}
