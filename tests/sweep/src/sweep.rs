//! All points of the flows, each cut once.

use anyhow::Context as _;

use crate::crew;
use crate::cut::{Cut, points};
use crate::play::{Played, block_on, play};
use crate::reference::Reference;

/// A point at which the interrupted history led elsewhere.
#[derive(Debug, Clone)]
pub struct Diverged {
    /// Its number among the flow's points, from 1; none for the uninterrupted history itself.
    pub point: Option<usize>,
    /// Where that is, in words.
    pub place: String,
    /// What is different, or what went wrong.
    pub what: String,
    /// The host's log, where there is one.
    pub log: String,
}

/// What became of one flow.
#[derive(Debug, Clone, Default)]
pub struct Swept {
    /// The flow.
    pub flow: String,
    /// Points that were cut.
    pub points: usize,
    /// Of those, the ones in HTTP calls.
    pub calls: usize,
    /// Where it led elsewhere.
    pub diverged: Vec<Diverged>,
}

/// The uninterrupted history of a flow.
///
/// # Errors
/// When a step of it is refused.
pub fn uninterrupted(reference: &Reference) -> anyhow::Result<Played> {
    // On a thread whose stack is deep enough, whoever asks.
    let played = crew::each(&[reference], 1, |reference| block_on(play(reference, None)));
    played.into_iter().flatten().next().context("it broke off")?
}

/// Cuts the flow's reference scenario at each of its points, or at those with these numbers, and compares each with `whole`, the
/// uninterrupted history.
#[must_use]
pub fn sweep(reference: &Reference, whole: &Played, only: &[usize], jobs: usize) -> Swept {
    let mut swept = Swept { flow: reference.name.clone(), ..Swept::default() };
    for complaint in &whole.end.complaints {
        swept.diverged.push(Diverged {
            point: None,
            place: "uninterrupted".into(),
            what: complaint.clone(),
            log: whole.log.clone(),
        });
    }
    let cuts: Vec<(usize, Cut)> = points(&whole.passed)
        .into_iter()
        .enumerate()
        .map(|(at, cut)| (at + 1, cut))
        .filter(|(number, _)| only.is_empty() || only.contains(number))
        .collect();
    swept.points = cuts.len();
    swept.calls = cuts.iter().filter(|(_, cut)| cut.is_in_a_call()).count();
    let results = crew::each(&cuts, jobs, |(number, cut)| compare(reference, whole, *number, *cut));
    for (result, (number, cut)) in results.into_iter().zip(&cuts) {
        match result {
            Some(diverged) => swept.diverged.extend(diverged),
            None => swept.diverged.push(told(*number, *cut, "it broke off".into(), String::new())),
        }
    }
    swept
}

fn told(number: usize, cut: Cut, what: String, log: String) -> Diverged {
    Diverged { point: Some(number), place: cut.to_string(), what, log }
}

fn compare(reference: &Reference, whole: &Played, number: usize, cut: Cut) -> Option<Diverged> {
    match block_on(play(reference, Some(cut))) {
        Ok(played) => {
            let mut what = played.end.complaints.clone();
            what.extend(played.end.difference(&whole.end));
            (!what.is_empty()).then(|| told(number, cut, what.join("\n"), played.log))
        }
        Err(error) => Some(told(number, cut, format!("{error:#}"), String::new())),
    }
}
