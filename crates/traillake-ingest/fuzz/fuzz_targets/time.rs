#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| traillake_ingest_fuzz::time::check(bytes));
