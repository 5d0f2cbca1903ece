//! The import `storage`: a view of a connection's key-value store in which writes are staged.
//!
//! An invocation is a transaction: what it writes is seen by itself at once and by everybody else only when the host commits
//! the [`Writes`] together with what the invocation returned. The store itself is behind [`Backing`].

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures::future::BoxFuture;
use harness_contract::storage::StorageError;

/// Longest key, in bytes.
pub const KEY_LIMIT: usize = 200;

/// The store of one connection and flow as it was when the invocation began.
pub trait Backing: Send + Sync + 'static {
    /// The values of `keys`, in their order.
    fn get_many(&self, keys: Vec<String>) -> BoxFuture<'_, Result<Vec<Option<Vec<u8>>>, BackingError>>;

    /// Bytes of all keys and values together.
    fn used_bytes(&self) -> BoxFuture<'_, Result<u64, BackingError>>;
}

/// The store could not be read; the run cannot go on.
#[derive(Debug, thiserror::Error)]
#[error("the connector's store cannot be read: {0}")]
pub struct BackingError(pub Box<dyn std::error::Error + Send + Sync>);

/// A store that holds nothing, for calls that have none (such as `describe` or a check).
#[derive(Debug, Clone, Copy, Default)]
pub struct EmptyBacking;

impl Backing for EmptyBacking {
    fn get_many(&self, keys: Vec<String>) -> BoxFuture<'_, Result<Vec<Option<Vec<u8>>>, BackingError>> {
        Box::pin(async move { Ok(vec![None; keys.len()]) })
    }
    fn used_bytes(&self) -> BoxFuture<'_, Result<u64, BackingError>> {
        Box::pin(async { Ok(0) })
    }
}

/// What an invocation wants written: a value to set, or `None` to remove the key.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Writes(pub BTreeMap<String, Option<Vec<u8>>>);

impl Writes {
    /// Whether there is nothing to write.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// One for each invocation.
pub struct StagedStore {
    backing: Arc<dyn Backing>,
    quota: u64,
    state: Mutex<Staged>,
}

#[derive(Default)]
struct Staged {
    writes: BTreeMap<String, Option<Vec<u8>>>,
    /// Sizes of entries in the backing, as far as they are known.
    stored: BTreeMap<String, u64>,
    /// Bytes that the store would hold if the writes were committed now; unknown until the first write.
    held: Option<u64>,
}

impl Staged {
    /// Bytes that `key` takes at present, staged before stored.
    fn size_of(&self, key: &str) -> u64 {
        match self.writes.get(key) {
            Some(Some(value)) => size(key, value),
            Some(None) => 0,
            None => self.stored.get(key).copied().unwrap_or_default(),
        }
    }

    fn stage(&mut self, key: String, value: Option<Vec<u8>>) {
        let added = value.as_ref().map_or(0, |value| size(&key, value));
        self.held = Some(self.held.unwrap_or_default().saturating_sub(self.size_of(&key)).saturating_add(added));
        self.writes.insert(key, value);
    }
}

fn size(key: &str, value: &[u8]) -> u64 {
    (key.len() + value.len()) as u64
}

fn check<'a>(keys: impl IntoIterator<Item = &'a String>) -> Result<(), StorageError> {
    for key in keys {
        if key.is_empty() || key.len() > KEY_LIMIT || key.chars().any(char::is_control) {
            let shown = crate::log::harmless(key, 60);
            return Err(StorageError::InvalidKey(format!(
                "{shown:?} has {} bytes; expected 1 to {KEY_LIMIT} bytes without control characters",
                key.len()
            )));
        }
    }
    Ok(())
}

/// The answer to a guest's call, unless the store itself is broken.
pub type Answer<T> = Result<Result<T, StorageError>, BackingError>;

impl StagedStore {
    /// A view of `backing` in which nothing is staged yet; the store may hold at most `quota` bytes of keys and values.
    pub fn new(backing: Arc<dyn Backing>, quota: u64) -> Self {
        Self { backing, quota, state: Mutex::default() }
    }

    fn state(&self) -> MutexGuard<'_, Staged> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The values of `keys`, in their order, what is staged before what is stored.
    ///
    /// # Errors
    /// The inner one is the guest's; [`BackingError`] ends the run.
    pub async fn get_many(&self, keys: Vec<String>) -> Answer<Vec<Option<Vec<u8>>>> {
        if let Err(refused) = check(&keys) {
            return Ok(Err(refused));
        }
        let unstaged: Vec<String> = {
            let state = self.state();
            keys.iter().filter(|key| !state.writes.contains_key(*key)).cloned().collect()
        };
        let mut stored = self.read(unstaged).await?;
        let state = self.state();
        let mut value = |key: &String| match state.writes.get(key) {
            Some(staged) => staged.clone(),
            None => stored.remove(key).flatten(),
        };
        // A key that is asked for twice in one call has its value moved out the first time.
        let mut seen: BTreeMap<&String, Option<Vec<u8>>> = BTreeMap::new();
        Ok(Ok(keys.iter().map(|key| seen.entry(key).or_insert_with(|| value(key)).clone()).collect()))
    }

    /// Stages every entry, or none. When a key comes twice, the last value stays.
    ///
    /// # Errors
    /// The inner one is the guest's; [`BackingError`] ends the run.
    pub async fn set_many(&self, entries: Vec<(String, Vec<u8>)>) -> Answer<()> {
        if let Err(refused) = check(entries.iter().map(|(key, _)| key)) {
            return Ok(Err(refused));
        }
        self.know_sizes(entries.iter().map(|(key, _)| key)).await?;
        let entries: BTreeMap<String, Vec<u8>> = entries.into_iter().collect();
        let mut state = self.state();
        let freed: u64 = entries.keys().map(|key| state.size_of(key)).sum();
        let added: u64 = entries.iter().map(|(key, value)| size(key, value)).sum();
        if state.held.unwrap_or_default().saturating_sub(freed).saturating_add(added) > self.quota {
            return Ok(Err(StorageError::QuotaExceeded(self.quota)));
        }
        for (key, value) in entries {
            state.stage(key, Some(value));
        }
        Ok(Ok(()))
    }

    /// Stages the removal of every key.
    ///
    /// # Errors
    /// The inner one is the guest's; [`BackingError`] ends the run.
    pub async fn delete_many(&self, keys: Vec<String>) -> Answer<()> {
        if let Err(refused) = check(&keys) {
            return Ok(Err(refused));
        }
        self.know_sizes(keys.iter()).await?;
        let mut state = self.state();
        for key in keys {
            state.stage(key, None);
        }
        Ok(Ok(()))
    }

    /// What is to be committed.
    pub fn into_writes(self) -> Writes {
        Writes(self.state.into_inner().unwrap_or_else(PoisonError::into_inner).writes)
    }

    /// A copy of what is to be committed, for a caller that shares the store.
    pub fn writes(&self) -> Writes {
        Writes(self.state().writes.clone())
    }

    async fn read(&self, keys: Vec<String>) -> Result<BTreeMap<String, Option<Vec<u8>>>, BackingError> {
        if keys.is_empty() {
            return Ok(BTreeMap::new());
        }
        let values = self.backing.get_many(keys.clone()).await?;
        if values.len() != keys.len() {
            let text = format!("{} keys were asked for and {} values came", keys.len(), values.len());
            return Err(BackingError(text.into()));
        }
        let mut state = self.state();
        for (key, value) in keys.iter().zip(&values) {
            state.stored.insert(key.clone(), value.as_ref().map_or(0, |value| size(key, value)));
        }
        Ok(keys.into_iter().zip(values).collect())
    }

    async fn know_sizes<'a>(&self, keys: impl Iterator<Item = &'a String>) -> Result<(), BackingError> {
        let (unknown, held) = {
            let state = self.state();
            (keys.filter(|key| !state.stored.contains_key(*key)).cloned().collect(), state.held)
        };
        self.read(unknown).await?;
        if held.is_none() {
            let used = self.backing.used_bytes().await?;
            self.state().held.get_or_insert(used);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Fixed(BTreeMap<String, Vec<u8>>);
    impl Backing for Fixed {
        fn get_many(&self, keys: Vec<String>) -> BoxFuture<'_, Result<Vec<Option<Vec<u8>>>, BackingError>> {
            Box::pin(async move { Ok(keys.iter().map(|key| self.0.get(key).cloned()).collect()) })
        }
        fn used_bytes(&self) -> BoxFuture<'_, Result<u64, BackingError>> {
            Box::pin(async { Ok(self.0.iter().map(|(key, value)| size(key, value)).sum()) })
        }
    }

    fn store(quota: u64) -> StagedStore {
        let stored = [("a".to_owned(), b"1".to_vec()), ("b".to_owned(), b"2".to_vec())];
        StagedStore::new(Arc::new(Fixed(stored.into())), quota)
    }

    fn keys(keys: &[&str]) -> Vec<String> {
        keys.iter().map(|&key| key.to_owned()).collect()
    }

    #[tokio::test]
    async fn a_read_sees_what_is_staged_and_a_removed_key_is_gone() {
        let store = store(100);
        store.set_many(vec![("a".into(), b"9".to_vec())]).await.unwrap().unwrap();
        store.delete_many(keys(&["b", "never-there"])).await.unwrap().unwrap();
        let read = store.get_many(keys(&["b", "a", "a", "c"])).await.unwrap().unwrap();
        assert_eq!(read, vec![None, Some(b"9".to_vec()), Some(b"9".to_vec()), None]);
        let writes = store.into_writes();
        assert_eq!(writes.0.get("a"), Some(&Some(b"9".to_vec())));
        assert_eq!(writes.0.get("b"), Some(&None));
    }

    #[tokio::test]
    async fn a_key_asked_for_twice_is_answered_twice() {
        let read = store(100).get_many(keys(&["a", "a"])).await.unwrap().unwrap();
        assert_eq!(read, vec![Some(b"1".to_vec()), Some(b"1".to_vec())]);
    }

    #[tokio::test]
    async fn a_bad_key_refuses_the_whole_call() {
        let store = store(1_000);
        let exact = "k".repeat(KEY_LIMIT);
        store.set_many(vec![(exact, vec![])]).await.unwrap().unwrap();
        for bad in ["".to_owned(), "k".repeat(KEY_LIMIT + 1), "a\nb".to_owned(), "a\u{85}".to_owned()] {
            let entries = vec![("good".to_owned(), vec![]), (bad.clone(), vec![])];
            assert!(matches!(store.set_many(entries).await.unwrap(), Err(StorageError::InvalidKey(_))), "{bad:?}");
            assert!(matches!(store.get_many(vec![bad.clone()]).await.unwrap(), Err(StorageError::InvalidKey(_))));
            assert!(matches!(store.delete_many(vec![bad]).await.unwrap(), Err(StorageError::InvalidKey(_))));
        }
        assert!(!store.into_writes().0.contains_key("good"));
    }

    #[tokio::test]
    async fn the_quota_counts_what_the_store_would_hold_and_refuses_all_or_nothing() {
        let store = store(6);
        // 4 bytes are stored; replacing a value of one byte by one of three makes six.
        store.set_many(vec![("a".into(), b"123".to_vec())]).await.unwrap().unwrap();
        let refused = store.set_many(vec![("b".into(), vec![]), ("c".into(), b"12".to_vec())]).await.unwrap();
        assert!(matches!(refused, Err(StorageError::QuotaExceeded(6))));
        assert!(!store.writes().0.contains_key("b"));
        store.delete_many(keys(&["b"])).await.unwrap().unwrap();
        store.set_many(vec![("c".into(), b"1".to_vec())]).await.unwrap().unwrap();
        assert_eq!(store.writes().0.len(), 3);
    }
}
