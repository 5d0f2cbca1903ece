//! What a mail says about one cause.

use harness_wms::Cause;

/// So many orders are named; of the rest there is a number.
const NAMED: usize = 20;

/// A mail without its reader.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    /// One line.
    pub subject: String,
    /// Plain text.
    pub text: String,
}

impl Letter {
    /// About one cause of a connection.
    pub fn about(connection: &str, cause: &Cause) -> Self {
        let count = cause.problems.len();
        let orders = if count == 1 { "1 order does".to_owned() } else { format!("{count} orders do") };
        let subject = one_line(&format!("{connection}: {orders} not import ({})", cause.code));
        let mut text = format!("{orders} not import through the connection {connection}.\n");
        if let Some(first) = cause.problems.first() {
            text.push_str(&format!("\n{}\nWhat to do: {}\n\n", first.problem.message, first.problem.remedy));
        }
        for problem in cause.problems.iter().take(NAMED) {
            let name = if problem.reference.is_empty() { &problem.subject } else { &problem.reference };
            let sku = problem.problem.sku.as_ref().map(|sku| format!(" ({sku})")).unwrap_or_default();
            text.push_str(&format!("- {name}{sku}\n"));
        }
        if count > NAMED {
            text.push_str(&format!("- and {} more\n", count - NAMED));
        }
        text.push_str(
            "\nYou are not written to again about this cause today. It is cleared by itself once the cause is gone.\n",
        );
        Self { subject, text }
    }
}

/// A header must not hold what ends one.
fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use harness_wms::{OpenProblem, Problem};

    use super::*;

    fn problem(n: usize) -> OpenProblem {
        OpenProblem {
            id: 1,
            connection_id: 1,
            flow: "import-orders".into(),
            subject: format!("id-{n}"),
            reference: format!("A-{n}"),
            problem: Problem {
                code: "sku-unknown".into(),
                message: "The warehouse has no product TEE.".into(),
                remedy: "Add it.".into(),
                sku: Some("TEE".into()),
                ..Problem::default()
            },
            first_seen: 0,
            last_seen: 0,
            seen_count: 1,
            cleared_at: None,
        }
    }

    #[test]
    fn many_orders_of_one_cause_are_one_letter_that_names_some_of_them() {
        let letter =
            Letter::about("ac\r\nme", &Cause { code: "sku-unknown".into(), problems: (0..23).map(problem).collect() });
        assert_eq!(letter.subject, "ac  me: 23 orders do not import (sku-unknown)");
        assert!(letter.text.contains("no product TEE.\nWhat to do: Add it."));
        assert!(letter.text.contains("- A-19 (TEE)\n- and 3 more\n") && !letter.text.contains("A-20"));
    }
}
