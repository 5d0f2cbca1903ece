//! Taking what names a person out of texts that repeat it.

use crate::StoreResult;
use crate::store::Tx;
use std::collections::HashMap;

/// Stands where something was.
const BLANK: &str = "(erased)";

/// Texts of problems, read once however many orders are erased.
pub(super) struct Scrub {
    problems: Vec<Problem>,
    /// Subject or reference to positions.
    about: HashMap<String, Vec<usize>>,
}

struct Problem {
    id: i64,
    message: String,
    remedy: String,
}

impl Scrub {
    pub(super) async fn open(tx: &mut Tx) -> StoreResult<Self> {
        let rows: Vec<(i64, String, String, String, String)> =
            sqlx::query_as("SELECT id, subject, reference, message, remedy FROM problems ORDER BY id")
                .fetch_all(&mut **tx)
                .await?;
        let mut scrub = Self { problems: Vec::with_capacity(rows.len()), about: HashMap::new() };
        for (id, subject, reference, message, remedy) in rows {
            let at = scrub.problems.len();
            // Of a part of an order: `ID#2`.
            let whole = subject.split('#').next().unwrap_or_default().to_owned();
            for called in [whole, reference] {
                scrub.about.entry(called).or_default().push(at);
            }
            scrub.problems.push(Problem { id, message, remedy });
        }
        Ok(scrub)
    }

    /// Blanks `words` in problems about what is `called` so; whether there were any.
    pub(super) async fn problems(&mut self, tx: &mut Tx, called: &[&str], words: &[&str]) -> StoreResult<bool> {
        let mut at: Vec<usize> = called
            .iter()
            .filter(|name| !name.is_empty())
            .filter_map(|name| self.about.get(*name))
            .flatten()
            .copied()
            .collect();
        at.sort_unstable();
        at.dedup();
        let mut any = false;
        for at in at {
            any |= self.problem(tx, at, words).await?;
        }
        Ok(any)
    }

    /// Blanks an e-mail address wherever it is told of orders that are not in the warehouse.
    pub(super) async fn everywhere(&mut self, tx: &mut Tx, email: &str) -> StoreResult<()> {
        for at in 0..self.problems.len() {
            self.problem(tx, at, &[email]).await?;
        }
        let like = format!("%{}%", escaped(email).to_lowercase());
        let rows: Vec<(i64, i64, String, String)> = sqlx::query_as(
            "SELECT account_id, client_id, source_id, verdicts FROM ledger WHERE LOWER(verdicts) LIKE $1",
        )
        .bind(like)
        .fetch_all(&mut **tx)
        .await?;
        for (account, client, source, verdicts) in rows {
            sqlx::query("UPDATE ledger SET verdicts = $1 WHERE account_id = $2 AND client_id = $3 AND source_id = $4")
                .bind(json(&verdicts, &[email]))
                .bind(account)
                .bind(client)
                .bind(source)
                .execute(&mut **tx)
                .await?;
        }
        Ok(())
    }

    async fn problem(&mut self, tx: &mut Tx, at: usize, words: &[&str]) -> StoreResult<bool> {
        let Some(problem) = self.problems.get_mut(at) else { return Ok(false) };
        let (message, remedy) = (plain(&problem.message, words), plain(&problem.remedy, words));
        if message == problem.message && remedy == problem.remedy {
            return Ok(false);
        }
        (problem.message, problem.remedy) = (message, remedy);
        sqlx::query("UPDATE problems SET message = $1, remedy = $2 WHERE id = $3")
            .bind(problem.message.clone())
            .bind(problem.remedy.clone())
            .bind(problem.id)
            .execute(&mut **tx)
            .await?;
        Ok(true)
    }
}

/// Blanks `words` on the timeline of an order; whether there were any.
pub(super) async fn timeline(tx: &mut Tx, order: i64, words: &[&str]) -> StoreResult<bool> {
    let rows: Vec<(i64, String)> =
        sqlx::query_as("SELECT entry_no, detail FROM timeline WHERE order_id = $1 AND detail <> ''")
            .bind(order)
            .fetch_all(&mut **tx)
            .await?;
    let mut any = false;
    for (entry, detail) in rows {
        let blanked = plain(&detail, words);
        if blanked == detail {
            continue;
        }
        any = true;
        sqlx::query("UPDATE timeline SET detail = $1 WHERE order_id = $2 AND entry_no = $3")
            .bind(blanked)
            .bind(order)
            .bind(entry)
            .execute(&mut **tx)
            .await?;
    }
    Ok(any)
}

/// Whether two e-mail addresses are one, case apart.
pub(super) fn same(one: &str, other: &str) -> bool {
    one.trim().to_lowercase() == other.to_lowercase()
}

/// A text as it stands within JSON.
pub(super) fn escaped(text: &str) -> String {
    let quoted = serde_json::Value::from(text).to_string();
    quoted.get(1..quoted.len().saturating_sub(1)).unwrap_or_default().to_owned()
}

/// The JSON text without `words`.
pub(super) fn json(text: &str, words: &[&str]) -> String {
    let escaped: Vec<String> = words.iter().map(|word| escaped(word)).collect();
    let words: Vec<&str> = escaped.iter().map(String::as_str).collect();
    plain(text, &words)
}

/// The text without `words`, case apart, each where it stands for itself: `Ann` is not taken out of `Cannot`.
fn plain(text: &str, words: &[&str]) -> String {
    words.iter().fold(text.to_owned(), |text, word| without(text, word))
}

fn without(text: String, word: &str) -> String {
    let bytes = text.as_bytes();
    let is_letter = |character: Option<char>| character.is_some_and(char::is_alphanumeric);
    let mut out = String::new();
    let (mut from, mut at) = (0, 0);
    while at + word.len() <= bytes.len() {
        let here = text.get(at..at + word.len());
        let stands_alone = || {
            !is_letter(text.get(..at).and_then(|before| before.chars().next_back()))
                && !is_letter(text.get(at + word.len()..).and_then(|after| after.chars().next()))
        };
        if !word.is_empty() && here.is_some_and(|here| here.eq_ignore_ascii_case(word)) && stands_alone() {
            out.push_str(text.get(from..at).unwrap_or_default());
            out.push_str(BLANK);
            at += word.len();
            from = at;
        } else {
            at += 1;
        }
    }
    if from == 0 {
        return text;
    }
    out.push_str(text.get(from..).unwrap_or_default());
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_blanked_where_it_stands_for_itself_whatever_its_case() {
        let words = ["High Street 1", "ada@example.com", "Ann"];
        let blanked = plain("Cannot send to ANN (Ada@Example.com), HIGH street 1.", &words);
        assert_eq!(blanked, "Cannot send to (erased) ((erased)), (erased).");
        assert_eq!(plain("Nothing of it", &words), "Nothing of it");
        assert_eq!(plain("Straße 5, 5", &["Straße 5"]), "(erased), 5");
    }

    #[test]
    fn what_json_writes_otherwise_is_found_in_json() {
        let text = serde_json::json!([{ "message": "the line \"Top\\Floor\" is long" }]).to_string();
        let blanked: serde_json::Value = serde_json::from_str(&json(&text, &["\"Top\\Floor\""])).unwrap();
        assert_eq!(blanked[0]["message"], "the line (erased) is long");
    }
}
