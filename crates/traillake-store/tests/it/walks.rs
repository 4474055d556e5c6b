//! Random lives of a store against a model of one.

use proptest::prelude::*;
use traillake_store::{Changes, EventDataStore, Lake, Status};

use crate::sample::{Hands, SEVEN_DAYS_MS, create_with, memory_lake, unprotected};

#[derive(Clone, Copy, Debug)]
enum Step {
    Start,
    Stop,
    Protect(bool),
    Delete,
    Restore,
    Purge,
    Wait(i64),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        Just(Step::Start),
        Just(Step::Stop),
        any::<bool>().prop_map(Step::Protect),
        Just(Step::Delete),
        Just(Step::Delete),
        Just(Step::Restore),
        Just(Step::Purge),
        (0..SEVEN_DAYS_MS / 2).prop_map(Step::Wait),
    ];
    prop::collection::vec(step, 1..40)
}

/// What CloudTrail says a store is.
#[derive(Debug)]
struct Model {
    status: Status,
    is_protected: bool,
    /// Until when it can be restored.
    until_ms: i64,
}

impl Model {
    fn is_gone(&self, now_ms: i64) -> bool {
        self.status == Status::PendingDeletion && self.until_ms <= now_ms
    }

    /// What a step is answered with.
    fn take(&mut self, step: Step, now_ms: i64) -> Result<(), &'static str> {
        let (status, gone) = (self.status, self.is_gone(now_ms));
        match step {
            Step::Wait(_) => {}
            Step::Purge if gone => {}
            _ if gone => return Err("EventDataStoreNotFoundException"),
            Step::Start if status == Status::StoppedIngestion => self.status = Status::Enabled,
            Step::Stop if status == Status::Enabled => self.status = Status::StoppedIngestion,
            Step::Restore if status == Status::PendingDeletion => self.status = Status::Enabled,
            Step::Start | Step::Stop | Step::Restore | Step::Purge => {
                return Err("InvalidEventDataStoreStatusException");
            }
            _ if status == Status::PendingDeletion => return Err("InactiveEventDataStoreException"),
            Step::Protect(is_protected) => self.is_protected = is_protected,
            Step::Delete if self.is_protected => return Err("EventDataStoreTerminationProtectedException"),
            Step::Delete => {
                self.status = Status::PendingDeletion;
                self.until_ms = now_ms + SEVEN_DAYS_MS;
            }
        }
        Ok(())
    }
}

async fn take(step: Step, store: &EventDataStore, hands: &Hands) -> Result<(), &'static str> {
    let done = match step {
        Step::Wait(ms) => {
            hands.advance(ms);
            return Ok(());
        }
        Step::Purge => store.purge().await.map(drop),
        Step::Start => store.start_ingestion().await.map(drop),
        Step::Stop => store.stop_ingestion().await.map(drop),
        Step::Delete => store.delete().await.map(drop),
        Step::Restore => store.restore().await.map(drop),
        Step::Protect(is_protected) => {
            let changes = Changes { termination_protection: Some(is_protected), ..Changes::default() };
            store.update(changes).await.map(drop)
        }
    };
    done.map_err(|error| error.aws_name().unwrap())
}

async fn walk(steps: &[Step]) {
    let hands = Hands::new();
    let lake = memory_lake().with_clock(hands.clock());
    let store = create_with(&lake, "trail", unprotected()).await;
    let mut model = Model { status: Status::Enabled, is_protected: false, until_ms: i64::MAX };
    for step in steps {
        let expected = model.take(*step, hands.now_ms());
        assert_eq!(take(*step, &store, &hands).await, expected, "{step:?} {model:?}");
        // As another process sees it.
        let other = Lake::with_storage(std::sync::Arc::clone(lake.storage()), lake.location().clone());
        let found = other.with_clock(hands.clock()).find("trail").await.unwrap();
        let seen = found.map(|found| (found.attributes().status, found.attributes().termination_protection));
        let expected = (!model.is_gone(hands.now_ms())).then_some((model.status, model.is_protected));
        assert_eq!(seen, expected, "{step:?} {model:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 10, ..ProptestConfig::default() })]

    #[test]
    fn a_store_lives_as_its_model_does(steps in steps()) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(walk(&steps));
    }
}
