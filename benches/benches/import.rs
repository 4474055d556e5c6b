//! A folder of log files to a committed store.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    reason = "criterion makes the entry points; a benchmark that cannot run stops"
)]

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use traillake::{Lake, LakeOptions, Source};

fn import(criterion: &mut Criterion) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let bytes = traillake_benches::write_trail(&traillake_benches::trail(), folder.path()).unwrap();
    let mut group = criterion.benchmark_group("import");
    group.throughput(Throughput::Bytes(bytes)).sample_size(10);
    group.bench_function("trail", |bencher| {
        bencher.iter(|| {
            runtime.block_on(async {
                let lake = Lake::temporary(&LakeOptions::default()).await.unwrap();
                lake.import("trail", [Source::Directory(folder.path().into())]).await.unwrap().events
            })
        });
    });
    group.finish();
}

criterion_group!(benches, import);
criterion_main!(benches);
