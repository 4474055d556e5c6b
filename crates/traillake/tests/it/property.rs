//! What holds for any input.
//!
//! The cases are the same in every run; `PROPTEST_CASES=500` asks for more of them.

mod exact;
mod filters;
mod same_rows;

use proptest::strategy::Strategy;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestRng, TestRunner};

/// Runs a check on cases drawn from a fixed seed, and fails with the smallest case that fails.
fn check<S: Strategy>(cases: u32, strategy: &S, mut check: impl AsyncFnMut(S::Value) -> Result<(), TestCaseError>) {
    let cases = std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(cases);
    let config = Config { cases, max_shrink_iters: 200, failure_persistence: None, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    let runtime = tokio::runtime::Runtime::new().unwrap();
    // `run` wants a function that it may call again, which an asynchronous one with state is not.
    let check = std::cell::RefCell::new(&mut check);
    let outcome = runner.run(strategy, |case| runtime.block_on((check.borrow_mut())(case)));
    if let Err(error) = outcome {
        panic!("{error}");
    }
}
