//! What is read again and again, remembered for less than a second, and no longer than until someone does something on this server.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{PoisonError, RwLock};
use std::time::{Duration, Instant};

/// What another server changed is seen here after so long at most, and a request later within the second that is promised: a phone that
/// was revoked, a study that was stopped.
const AT_MOST: Duration = Duration::from_millis(900);
/// Then all is forgotten, so that what nobody asks for any more takes no memory.
const ENTRIES: usize = 65_536;

/// How much had been done on this server when something was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Acts(pub(super) u64);

#[derive(Debug)]
pub struct Remembered<K, V> {
    known: RwLock<HashMap<K, Entry<V>>>,
}

#[derive(Debug)]
struct Entry<V> {
    value: V,
    acts: Acts,
    read: Instant,
}

impl<K, V> Default for Remembered<K, V> {
    fn default() -> Self {
        Remembered { known: RwLock::default() }
    }
}

impl<K: Hash + Eq, V: Clone> Remembered<K, V> {
    /// What was read of it, if that still holds after `acts`.
    pub fn get<Q: Hash + Eq + ?Sized>(&self, key: &Q, acts: Acts) -> Option<V>
    where
        K: std::borrow::Borrow<Q>,
    {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        known.get(key).filter(|entry| entry.acts == acts && entry.read.elapsed() < AT_MOST).map(|entry| entry.value.clone())
    }

    /// Changes what is remembered of a key; it holds no longer for that.
    pub fn change<Q: Hash + Eq + ?Sized>(&self, key: &Q, change: impl FnOnce(&mut V))
    where
        K: std::borrow::Borrow<Q>,
    {
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(entry) = known.get_mut(key) {
            change(&mut entry.value);
        }
    }

    /// `acts` and `read` are of before the value was read: what was done meanwhile may not be in it.
    pub fn put(&self, key: K, value: V, acts: Acts, read: Instant) {
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= ENTRIES {
            known.clear();
        }
        known.insert(key, Entry { value, acts, read });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_read_holds_until_something_is_done_or_its_time_has_passed() {
        let remembered = Remembered::<String, u8>::default();
        let now = Instant::now();
        remembered.put("a".to_owned(), 1, Acts(3), now);
        assert_eq!((remembered.get("a", Acts(3)), remembered.get("a", Acts(4)), remembered.get("b", Acts(3))), (Some(1), None, None));
        remembered.put("a".to_owned(), 2, Acts(3), now.checked_sub(AT_MOST).unwrap());
        assert_eq!(remembered.get("a", Acts(3)), None);
    }

    #[test]
    fn it_does_not_grow_without_end() {
        let remembered = Remembered::<usize, ()>::default();
        let now = Instant::now();
        (0..=ENTRIES).for_each(|key| remembered.put(key, (), Acts(0), now));
        assert_eq!((remembered.get(&0, Acts(0)), remembered.get(&ENTRIES, Acts(0))), (None, Some(())));
    }
}
