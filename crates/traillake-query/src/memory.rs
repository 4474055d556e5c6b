//! How the memory of queries is shared.
//!
//! What can go on on disk (sorts, groups) takes what it likes as long as half of the memory is free. Beyond that each
//! such consumer grows up to an even share of six eighths. The seventh is shared out so that none is left with nothing:
//! the first rows of one may take more than its share. The last is for those that cannot spill (hash tables of joins,
//! the newest rows, merging), which may have whatever nobody uses.

use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use datafusion::common::{DataFusionError, Result};
use datafusion::execution::memory_pool::{MemoryConsumer, MemoryLimit, MemoryPool, MemoryReservation};

/// So many bytes for all queries of an engine.
#[derive(Debug)]
pub(crate) struct SharedMemory {
    bytes: usize,
    used: Mutex<Used>,
}

#[derive(Debug, Default)]
struct Used {
    /// Consumers that can spill.
    spillers: usize,
    by_spillers: usize,
    by_others: usize,
}

impl Used {
    fn of(&mut self, can_spill: bool) -> &mut usize {
        if can_spill { &mut self.by_spillers } else { &mut self.by_others }
    }

    fn all(&self) -> usize {
        self.by_spillers + self.by_others
    }
}

impl SharedMemory {
    pub(crate) fn new(bytes: usize) -> Self {
        Self { bytes, used: Mutex::default() }
    }

    fn used(&self) -> MutexGuard<'_, Used> {
        self.used.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether a consumer that has so many bytes may have more.
    fn may_grow(&self, used: &Used, can_spill: bool, has: usize, more: usize) -> bool {
        let (all, had, has) = (used.all() + more, has, has + more);
        let share = |eighths: usize| self.bytes / 8 * eighths / used.spillers.max(1);
        let within = |eighths: usize| all <= self.bytes / 8 * eighths;
        match can_spill {
            false => all <= self.bytes,
            true => within(4) || within(6) && has <= share(6) || within(7) && (had == 0 || has <= share(1)),
        }
    }
}

impl MemoryPool for SharedMemory {
    fn name(&self) -> &str {
        "shared"
    }

    fn register(&self, consumer: &MemoryConsumer) {
        if consumer.can_spill() {
            self.used().spillers += 1;
        }
    }

    fn unregister(&self, consumer: &MemoryConsumer) {
        if consumer.can_spill() {
            self.used().spillers -= 1;
        }
    }

    fn grow(&self, reservation: &MemoryReservation, additional: usize) {
        *self.used().of(reservation.consumer().can_spill()) += additional;
    }

    fn shrink(&self, reservation: &MemoryReservation, shrink: usize) {
        *self.used().of(reservation.consumer().can_spill()) -= shrink;
    }

    fn try_grow(&self, reservation: &MemoryReservation, additional: usize) -> Result<()> {
        let (mut used, consumer) = (self.used(), reservation.consumer());
        let (can_spill, has) = (consumer.can_spill(), reservation.size());
        if self.may_grow(&used, can_spill, has, additional) {
            *used.of(can_spill) += additional;
            return Ok(());
        }
        Err(DataFusionError::ResourcesExhausted(format!(
            "{} has {has} bytes and wants {additional} more, when {} of {} are in use",
            consumer.name(),
            used.all(),
            self.bytes
        )))
    }

    fn reserved(&self) -> usize {
        self.used().all()
    }

    fn memory_limit(&self) -> MemoryLimit {
        MemoryLimit::Finite(self.bytes)
    }
}

impl fmt::Display for SharedMemory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({} bytes)", self.name(), self.bytes)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    /// Ten spillers, and one that cannot spill, with 800 bytes.
    fn consumers() -> (Vec<MemoryReservation>, MemoryReservation) {
        let pool: Arc<dyn MemoryPool> = Arc::new(SharedMemory::new(800));
        let spiller = |_| MemoryConsumer::new("spiller").with_can_spill(true).register(&pool);
        ((0..10).map(spiller).collect(), MemoryConsumer::new("other").register(&pool))
    }

    #[test]
    fn half_is_for_who_comes_first() {
        let (spillers, _) = consumers();
        spillers[0].try_grow(400).unwrap();
        assert!(spillers[0].try_grow(1).is_err());
        spillers[0].shrink(100);
        spillers[1].try_grow(100).unwrap();
        spillers[0].free();
        spillers[1].try_grow(300).unwrap();
    }

    #[test]
    fn nobody_is_left_with_nothing() {
        let (spillers, other) = consumers();
        spillers[0].try_grow(400).unwrap();
        // An even share of 600 bytes each, until these are gone.
        spillers[1..4].iter().for_each(|spiller| spiller.try_grow(60).unwrap());
        assert!(spillers[1].try_grow(1).is_err());
        spillers[4..].iter().for_each(|spiller| spiller.try_grow(10).unwrap());
        assert!(spillers[4].try_grow(60).is_err());
        // And the rest for what cannot spill.
        other.try_grow(100).unwrap();
        assert!(other.try_grow(100).is_err());
    }

    #[test]
    fn what_cannot_spill_takes_all_that_is_free() {
        let (spillers, other) = consumers();
        other.try_grow(800).unwrap();
        assert!(spillers[0].try_grow(1).is_err());
        other.free();
        spillers[0].try_grow(400).unwrap();
        drop(spillers);
        assert_eq!(other.size(), 0);
        other.try_grow(800).unwrap();
    }
}
