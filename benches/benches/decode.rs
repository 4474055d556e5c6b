//! Inflated documents to rows.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    reason = "criterion makes the entry points; a benchmark that cannot run stops"
)]

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use traillake_ingest::decoder::{Decoder, Gathered};

fn decode(criterion: &mut Criterion) {
    let documents: Vec<String> = traillake_benches::trail().objects().map(|object| object.text).collect();
    let bytes: usize = documents.iter().map(String::len).sum();
    let mut group = criterion.benchmark_group("decode");
    group.throughput(Throughput::Bytes(bytes as u64)).sample_size(20);
    group.bench_function("trail", |bencher| {
        bencher.iter(|| {
            let (mut decoder, mut found) = (Decoder::new(), Gathered::default());
            for document in &documents {
                decoder.decode_document(document.as_bytes(), &mut found);
            }
            decoder.flush(&mut found);
            assert!(found.rejected.is_empty());
            found.rows.len()
        });
    });
    group.finish();
}

criterion_group!(benches, decode);
criterion_main!(benches);
