//! Where a history is cut.

use std::fmt;

/// A point of a reference scenario at which the host dies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cut {
    /// The step, from 0.
    pub step: usize,
    /// The moment in it.
    pub moment: Moment,
}

/// A moment of a step; everything is counted from 1 within the step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// Before the nth call leaves.
    BeforeSending(u64),
    /// The source has done the nth call, and nobody here has its answer.
    AfterAnswer(u64),
    /// The answer of the nth call was seen, and nothing of it is committed.
    AnswerSeen(u64),
    /// The nth transaction is complete and not yet durable.
    BeforeTransaction(u64),
    /// The nth transaction is durable, and nobody knows.
    AfterTransaction(u64),
    /// Orders are about to be marked for the nth time.
    BeforeAcknowledge(u64),
}

impl Cut {
    /// Whether it cuts an HTTP call.
    #[must_use]
    pub fn is_in_a_call(&self) -> bool {
        matches!(self.moment, Moment::BeforeSending(_) | Moment::AfterAnswer(_) | Moment::AnswerSeen(_))
    }
}

impl fmt::Display for Cut {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (what, nth) = match self.moment {
            Moment::BeforeSending(nth) => ("before sending call", nth),
            Moment::AfterAnswer(nth) => ("after the source did call", nth),
            Moment::AnswerSeen(nth) => ("after the answer to call", nth),
            Moment::BeforeTransaction(nth) => ("before transaction", nth),
            Moment::AfterTransaction(nth) => ("after transaction", nth),
            Moment::BeforeAcknowledge(nth) => ("before marking", nth),
        };
        write!(out, "step {}, {what} {nth}", self.step + 1)
    }
}

/// What a step passed when nothing interrupted it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Passed {
    /// The step, from 0.
    pub step: usize,
    /// Endpoints that were called, in their order; session exchanges count.
    pub calls: Vec<String>,
    /// Transactions.
    pub transactions: u64,
    /// Times that orders were marked.
    pub acknowledged: u64,
}

/// All points of a reference scenario that passed these.
#[must_use]
pub fn points(passed: &[Passed]) -> Vec<Cut> {
    let mut cuts = Vec::new();
    for Passed { step, calls, transactions, acknowledged } in passed {
        let mut add = |moment| cuts.push(Cut { step: *step, moment });
        for nth in 1..=calls.len() as u64 {
            add(Moment::BeforeSending(nth));
            add(Moment::AfterAnswer(nth));
            add(Moment::AnswerSeen(nth));
        }
        for nth in 1..=*transactions {
            add(Moment::BeforeTransaction(nth));
            add(Moment::AfterTransaction(nth));
        }
        (1..=*acknowledged).for_each(|nth| add(Moment::BeforeAcknowledge(nth)));
    }
    cuts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_call_is_cut_at_three_moments_and_each_transaction_at_two() {
        let passed = Passed { step: 4, calls: vec!["A/B".into(), "A/C".into()], transactions: 3, acknowledged: 1 };
        let cuts = points(&[passed]);
        assert_eq!(cuts.len(), 2 * 3 + 3 * 2 + 1);
        assert_eq!(cuts[1].to_string(), "step 5, after the source did call 1");
    }
}
