//! A bounded map that keeps what was used lately. It knows nothing of what it holds but how much each weighs.

use std::borrow::Borrow;
use std::collections::HashMap;
use std::hash::Hash;

/// Two halves: what is used moves to the young one, and when that is full it becomes the old one.
#[derive(Debug)]
pub(super) struct Recent<K, V> {
    young: HashMap<K, (V, usize)>,
    old: HashMap<K, (V, usize)>,
    /// Sum of the weights in `young`.
    weight: usize,
    weight_max: usize,
}

impl<K: Eq + Hash + Clone, V: Clone> Recent<K, V> {
    /// A map in which no more than `weight_max` is kept.
    pub(super) fn new(weight_max: usize) -> Self {
        Recent { young: HashMap::new(), old: HashMap::new(), weight: 0, weight_max }
    }

    pub(super) fn get<Q: Eq + Hash + ?Sized>(&mut self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
    {
        if let Some((value, _)) = self.young.get(key) {
            return Some(value.clone());
        }
        let (key, (value, weight)) = self.old.remove_entry(key)?;
        self.put(key, value.clone(), weight);
        Some(value)
    }

    pub(super) fn put(&mut self, key: K, value: V, weight: usize) {
        if weight > self.weight_max / 2 {
            return;
        }
        self.remove(&key);
        if self.weight + weight > self.weight_max / 2 {
            self.old = std::mem::take(&mut self.young);
            self.weight = 0;
        }
        self.weight += weight;
        self.young.insert(key, (value, weight));
    }

    pub(super) fn remove<Q: Eq + Hash + ?Sized>(&mut self, key: &Q)
    where
        K: Borrow<Q>,
    {
        self.old.remove(key);
        if let Some((_, weight)) = self.young.remove(key) {
            self.weight -= weight;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_stays_within_its_weight_and_keeps_what_is_used() {
        let mut kept = Recent::new(100);
        kept.put("too heavy", 0, 51);
        assert_eq!(kept.get("too heavy"), None);
        kept.put("used", 1, 10);
        for number in 0..50_usize {
            let name: &'static str = ["a", "b", "c", "d", "e", "f", "g"][number % 7];
            kept.put(name, number, 10);
            assert_eq!(kept.get("used"), Some(1), "after {number}");
            let weight: usize = kept.young.values().chain(kept.old.values()).map(|(_, weight)| weight).sum();
            assert!(weight <= 100, "{weight}");
        }
        kept.put("used", 2, 20);
        assert_eq!(kept.get("used"), Some(2), "the same key again is replaced");
        kept.remove("used");
        assert_eq!(kept.get("used"), None);
        assert!(kept.get("a").is_none() || kept.get("g").is_some(), "the eldest go first");
    }
}
