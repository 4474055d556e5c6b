//! What was read of data files, kept while it fits: files never change.

use std::borrow::Borrow;
use std::collections::HashMap;
use std::hash::Hash;
use std::mem;
use std::sync::{Arc, Mutex, PoisonError};

/// Values by key, the younger half of them for sure, of so many bytes.
#[derive(Debug)]
pub(crate) struct Cache<K, V> {
    bytes_max: usize,
    generations: Mutex<Generations<K, V>>,
}

#[derive(Debug)]
struct Generations<K, V> {
    young: HashMap<K, (Arc<V>, usize)>,
    young_bytes: usize,
    old: HashMap<K, (Arc<V>, usize)>,
}

impl<K: Hash + Eq, V> Cache<K, V> {
    pub(crate) fn new(bytes_max: usize) -> Self {
        let generations = Generations { young: HashMap::new(), young_bytes: 0, old: HashMap::new() };
        Self { bytes_max, generations: Mutex::new(generations) }
    }

    pub(crate) fn get<Q>(&self, key: &Q) -> Option<Arc<V>>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        let mut generations = self.generations.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((value, _)) = generations.young.get(key) {
            return Some(Arc::clone(value));
        }
        let (key, (value, bytes)) = generations.old.remove_entry(key)?;
        generations.add(key, Arc::clone(&value), bytes, self.bytes_max);
        Some(value)
    }

    pub(crate) fn keep(&self, key: K, value: V, bytes: usize) -> Arc<V> {
        let value = Arc::new(value);
        let mut generations = self.generations.lock().unwrap_or_else(PoisonError::into_inner);
        generations.add(key, Arc::clone(&value), bytes, self.bytes_max);
        value
    }
}

impl<K: Hash + Eq, V> Generations<K, V> {
    fn add(&mut self, key: K, value: Arc<V>, bytes: usize, bytes_max: usize) {
        if self.young_bytes + bytes > bytes_max / 2 {
            self.old = mem::take(&mut self.young);
            self.young_bytes = 0;
        }
        if self.young.insert(key, (value, bytes)).is_none() {
            self.young_bytes += bytes;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_used_stays() {
        let cache: Cache<u32, u32> = Cache::new(100);
        cache.keep(0, 0, 10);
        for key in 1..100 {
            assert_eq!(cache.get(&0).as_deref(), Some(&0), "{key}");
            cache.keep(key, key, 10);
        }
        assert_eq!(cache.get(&1), None);
        assert_eq!(cache.get(&99).as_deref(), Some(&99));
    }
}
