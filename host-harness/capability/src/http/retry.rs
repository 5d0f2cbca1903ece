//! What the host repeats by itself.
//!
//! Only what is proven harmless: an operation whose session had ended (once, with a new one) or that was refused for its rate
//! was not executed; one that was not sent did not arrive; a `read` changes nothing. A write whose outcome is unknown is
//! never repeated here: only a reading of the state tells whether it happened, and that is the connector's to do.
//!
//! | Seen | read | write, idempotent or not |
//! |---|---|---|
//! | session ended | new session, once | new session, once |
//! | 429 | after the group opens, [`THROTTLED`] times | the same |
//! | not sent | back-off, [`FAILED`] times | the same |
//! | outcome unknown | back-off, [`FAILED`] times | handed over |
//! | 500, 502, 503, 504 | back-off, [`FAILED`] times | handed over |
//! | anything else | handed over | handed over |

/// How often a throttled operation is sent again.
pub(crate) const THROTTLED: u32 = 3;
/// How often a failed one is sent again.
pub(crate) const FAILED: u32 = 2;
/// The first back-off, in milliseconds; each further one is four times as long.
pub(crate) const BACK_OFF: i64 = 250;

/// What came of one attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Seen {
    SessionEnded,
    Status(u16),
    NotSent,
    Unknown,
    /// Refused by policy, or larger than allowed: again would be the same.
    Final,
}

/// What to do about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Next {
    HandOver,
    NewSession,
    /// Close the rate group, then stand in it again.
    Throttled,
    /// Again after so many milliseconds.
    After(i64),
}

/// The repeats of one request so far.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Repeats {
    sessions: u32,
    throttled: u32,
    failed: u32,
}

impl Repeats {
    pub(crate) fn next(&mut self, reads: bool, seen: Seen) -> Next {
        let failed = match seen {
            Seen::SessionEnded if self.sessions == 0 => {
                self.sessions += 1;
                return Next::NewSession;
            }
            Seen::Status(429) => {
                self.throttled += 1;
                return Next::Throttled;
            }
            Seen::NotSent => true,
            Seen::Unknown | Seen::Status(500 | 502 | 503 | 504) => reads,
            Seen::SessionEnded | Seen::Status(_) | Seen::Final => false,
        };
        if !failed || self.failed >= FAILED {
            return Next::HandOver;
        }
        let pause = BACK_OFF << (2 * self.failed);
        self.failed += 1;
        Next::After(pause)
    }

    /// Whether the source has refused this request for its rate too often.
    pub(crate) fn throttled_out(&self) -> bool {
        self.throttled > THROTTLED
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(reads: bool, seen: Seen) -> Vec<Next> {
        let mut repeats = Repeats::default();
        (0..4).map(|_| repeats.next(reads, seen)).collect()
    }

    #[test]
    fn a_write_with_an_unknown_outcome_is_never_repeated() {
        for seen in [Seen::Unknown, Seen::Status(500), Seen::Status(502), Seen::Status(503), Seen::Status(504)] {
            assert_eq!(all(false, seen), [Next::HandOver; 4], "{seen:?}");
        }
    }

    #[test]
    fn what_did_not_leave_and_what_only_reads_is_repeated_twice_with_growing_pauses() {
        let twice = [Next::After(250), Next::After(1_000), Next::HandOver, Next::HandOver];
        assert_eq!(all(false, Seen::NotSent), twice);
        assert_eq!(all(true, Seen::Unknown), twice);
        assert_eq!(all(true, Seen::Status(503)), twice);
    }

    #[test]
    fn a_session_is_renewed_once_and_an_answer_is_an_answer() {
        assert_eq!(all(false, Seen::SessionEnded)[..2], [Next::NewSession, Next::HandOver]);
        for status in [200, 204, 302, 400, 401, 403, 404, 501] {
            assert_eq!(all(true, Seen::Status(status)), [Next::HandOver; 4], "{status}");
        }
        assert_eq!(all(true, Seen::Final), [Next::HandOver; 4]);
    }
}
