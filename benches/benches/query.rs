//! Questions over a warm store: a needle by flat column, by map key, and aggregates.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    reason = "criterion makes the entry points; a benchmark that cannot run stops"
)]

use criterion::{Criterion, criterion_group, criterion_main};
use traillake::{Lake, LakeOptions, Source};

const QUESTIONS: [(&str, &str); 5] = [
    (
        "needle/access key",
        "SELECT eventTime, eventName FROM trail WHERE userIdentity.accessKeyId = 'AKIAW7TDYGFVJEXAMPLE'",
    ),
    (
        "needle/bucket",
        "SELECT eventTime, eventName FROM trail WHERE element_at(requestParameters, 'bucketName') = 'no-such-bucket'",
    ),
    ("newest 50", "SELECT eventTime, eventName, userIdentity.arn FROM trail ORDER BY eventTime DESC LIMIT 50"),
    ("aggregate/by name", "SELECT eventSource, eventName, count(*) FROM trail GROUP BY 1, 2 ORDER BY 3 DESC"),
    (
        "aggregate/distinct",
        "SELECT userIdentity.arn, count(DISTINCT sourceIPAddress) FROM trail GROUP BY 1 ORDER BY 2 DESC LIMIT 20",
    ),
];

fn query(criterion: &mut Criterion) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let folder = tempfile::tempdir().unwrap();
    traillake_benches::write_trail(&traillake_benches::trail(), folder.path()).unwrap();
    let lake = runtime.block_on(async {
        let lake = Lake::temporary(&LakeOptions::default()).await.unwrap();
        lake.import("trail", [Source::Directory(folder.path().into())]).await.unwrap();
        lake
    });
    let mut group = criterion.benchmark_group("query");
    group.sample_size(30);
    for (name, sql) in QUESTIONS {
        group.bench_function(name, |bencher| {
            bencher.iter(|| runtime.block_on(async { lake.query(sql).await.unwrap().collect().await.unwrap().len() }));
        });
    }
    group.finish();
}

criterion_group!(benches, query);
criterion_main!(benches);
