//! Queries over configuration items of patch compliance, on a plain table of the documented shape.
//!
//! The five of AWS's sample queries that read configuration items run unchanged when the environment variable
//! [`FOLDER`] says where the samples are; without it that test says that it skips.

use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, StringArray, StructArray, TimestampMillisecondArray};
use arrow::datatypes::{Field, Schema};
use datafusion_trino::{Planned, Statement, text};

use crate::session::{Answer, session};

/// Where the samples are.
const FOLDER: &str = "CLOUDTRAIL_LAKE_QUERY_SAMPLES";
/// The name that the samples give to the table.
const TABLE: &str = "config_event_data_store_id";

/// When it was captured, its type, its id, and its patches in JSON.
type Item = (&'static str, &'static str, &'static str, &'static str);

/// Two captures of one instance, one of another, and an item of another kind.
const ITEMS: [Item; 4] = [
    (
        "2023-06-23 12:00:00",
        "AWS::SSM::PatchCompliance",
        "i-1",
        r#"{"p1":{"Id":"KB1","PatchState":"Missing"},"p2":{"Id":"KB2","PatchState":"Installed"}}"#,
    ),
    (
        "2023-06-24 12:00:00",
        "AWS::SSM::PatchCompliance",
        "i-1",
        r#"{"p1":{"Id":"KB1","PatchState":"Installed"},"p2":{"Id":"KB2","PatchState":"Installed"}}"#,
    ),
    ("2023-06-26 12:00:00", "AWS::SSM::PatchCompliance", "i-2", r#"{"p3":{"Id":"KB3","PatchState":"Failed"}}"#),
    ("2023-06-24 12:00:00", "AWS::EC2::Volume", "vol-1", "{}"),
];

fn items() -> RecordBatch {
    let texts = |values: Vec<String>| -> ArrayRef { Arc::new(StringArray::from(values)) };
    let each = |of: &dyn Fn(&Item) -> String| texts(ITEMS.iter().map(of).collect());
    let json = each(&|(_, kind, id, patches)| {
        format!(
            r#"{{"eventData":{{"resourceType":"{kind}","resourceId":"{id}","configuration":{{"AWS:ComplianceItem":{{"Content":{{"Patch":{patches}}}}}}}}}}}"#
        )
    });
    let field = |name: &str| Arc::new(Field::new(name, arrow::datatypes::DataType::Utf8, true));
    let data = StructArray::from(vec![
        (field("accountid"), each(&|_| "111122223333".to_owned())),
        (field("awsregion"), each(&|_| "us-east-1".to_owned())),
        (field("resourcetype"), each(&|(_, kind, _, _)| (*kind).to_owned())),
        (field("resourceid"), each(&|(_, _, id, _)| format!("AWS::SSM::ManagedInstanceInventory/{id}"))),
    ]);
    let times = arrow::compute::cast(
        &each(&|(time, _, _, _)| (*time).to_owned()),
        &arrow::datatypes::DataType::Timestamp(arrow::datatypes::TimeUnit::Millisecond, None),
    );
    let columns: Vec<(&str, ArrayRef)> =
        vec![("eventtime", times.unwrap()), ("eventdata", Arc::new(data)), ("eventjson", json)];
    assert!(columns[0].1.as_any().is::<TimestampMillisecondArray>());
    let fields: Vec<Field> =
        columns.iter().map(|(name, column)| Field::new(*name, column.data_type().clone(), true)).collect();
    RecordBatch::try_new(Arc::new(Schema::new(fields)), columns.into_iter().map(|(_, column)| column).collect())
        .unwrap()
}

async fn answer(sql: &str) -> Answer {
    let session = session();
    session.register_batch(TABLE, items()).unwrap();
    let Planned { plan, headers } =
        Statement::parse(sql).unwrap().plan(&session.state()).await.unwrap_or_else(|error| panic!("{sql}\n{error}"));
    let batches = session
        .execute_logical_plan(plan)
        .await
        .unwrap()
        .collect()
        .await
        .unwrap_or_else(|error| panic!("{sql}\n{error}"));
    let texts = |batch: &RecordBatch, row| -> Vec<String> {
        batch.columns().iter().map(|column| text::format(column, row).unwrap_or_else(|| "NULL".to_owned())).collect()
    };
    let rows = batches.iter().flat_map(|batch| (0..batch.num_rows()).map(|row| texts(batch, row)).collect::<Vec<_>>());
    Answer { headers, rows: rows.collect() }
}

#[tokio::test]
async fn patches_are_found_by_their_state() {
    let sql = format!(
        "SELECT substr(eventData.resourceId, 36) AS instance,
                transform(filter(patches, p -> json_extract_scalar(p, '$.PatchState') = 'Missing'),
                          p -> json_extract_scalar(p, '$.Id')) AS missing
         FROM (SELECT eventTime, eventData, map_values(CAST(json_extract(json_parse(eventJson),
                 '$.eventData.configuration.AWS:ComplianceItem.Content.Patch') AS map(varchar, json))) AS patches FROM {TABLE})
         WHERE eventData.resourceType = 'AWS::SSM::PatchCompliance' ORDER BY eventTime"
    );
    let found = answer(&sql).await;
    assert_eq!(found.headers, ["instance", "missing"]);
    assert_eq!(found.rows, [["i-1", "[KB1]"], ["i-1", "[]"], ["i-2", "[]"]]);
}

#[tokio::test]
async fn samples_over_configuration_items_run_unchanged() {
    let Some(folder) = std::env::var_os(FOLDER).map(std::path::PathBuf::from) else {
        println!("SKIPPED: {FOLDER} does not say where AWS's sample queries are");
        return;
    };
    let states = ["Installed", "InstalledOther", "InstalledPendingReboot", "Missing", "Failed"];
    let all = [
        ("i-1", r#"["KB2"]|[]|[]|["KB1"]|[]"#),
        ("i-1", r#"["KB1", "KB2"]|[]|[]|[]|[]"#),
        ("i-2", r#"[]|[]|[]|[]|["KB3"]"#),
    ];
    for (file, expected) in [
        ("ssm-patch-compliance-all-ec2-instances.sql", &all[..]),
        ("ssm-patch-compliance-all-ec2-instances-time-range.sql", &all[..2]),
        ("ssm-patch-compliance-distinct-ec2-instance-latest.sql", &all[1..]),
        ("ssm-patch-compliance-selected-ec2-instance.sql", &[]),
        ("ssm-patch-compliance-selected-ec2-instance-time-range.sql", &[]),
    ] {
        let found = answer(&std::fs::read_to_string(folder.join(file)).unwrap()).await;
        assert_eq!(found.headers[4..], states, "{file}");
        let instance = found.headers.iter().position(|header| header == "InstanceId").unwrap();
        let time = found.headers.iter().position(|header| header == "eventTime").unwrap();
        let mut rows = found.rows;
        rows.sort_by(|a, b| a[time].cmp(&b[time]));
        let rows: Vec<_> = rows.iter().map(|row| (row[instance].as_str(), row[4..].join("|"))).collect();
        let expected: Vec<_> = expected.iter().map(|(id, states)| (*id, (*states).to_owned())).collect();
        assert_eq!(rows, expected, "{file}");
    }
}
