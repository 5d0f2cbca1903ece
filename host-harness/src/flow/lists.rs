//! The lists of open orders that imports have read, for the flows that follow in the same beat: what is known needs no call.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Older than this, a list says nothing any more.
const AGE: i64 = 10 * 60_000;

/// The latest list of each connection, in memory only: a lost one costs nothing but a later look.
#[derive(Debug, Default)]
pub struct Lists(Mutex<HashMap<i64, Noted>>);

/// When a list was read, and the ids on it.
type Noted = (i64, Arc<[String]>);

impl Lists {
    /// Keeps the ids that the source has just listed as open, all of them, for `connection`.
    pub fn keep(&self, connection: i64, ids: &[String], now: i64) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(connection, (now, ids.into()));
    }

    /// The list of `connection`, unless it is too old.
    pub fn recent(&self, connection: i64, now: i64) -> Option<Arc<[String]>> {
        let lists = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (at, ids) = lists.get(&connection)?;
        (0..AGE).contains(&(now - at)).then(|| Arc::clone(ids))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_not_given_when_it_is_old() {
        let lists = Lists::default();
        let ids = ["A".to_owned()];
        lists.keep(1, &ids, 0);
        assert_eq!(lists.recent(2, 0), None);
        assert_eq!(lists.recent(1, AGE - 1).as_deref(), Some(&ids[..]));
        assert_eq!(lists.recent(1, AGE), None);
    }
}
