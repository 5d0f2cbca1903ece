//! E-mail to a client's people about its orders that do not come in.
//!
//! Only for a platform that serves clients (3PL), only where the connection's switch is on, only to the addresses that the client has
//! under Connect Notifications, and only about that client's connection. What is said is what the standing problems say, which
//! hold neither secrets nor personal data; one mail for each connection and cause, at most once a day and only when there is
//! something new (the store counts that). `letter` writes, `post` sends.

mod letter;
mod post;

use harness_wms::Connection;
use serde_json::Value;

use crate::config::Mode;
use crate::flow::import_orders;
use crate::platform::Platform;
pub use letter::Letter;
pub use post::Post;

/// The switch among a connection's settings.
pub const SWITCH: &str = "ImportErrorEmails";

/// Writes to the client's people about what is new of one connection, and answers how many mails went. What could not be sent is
/// tried again after the next run.
///
/// # Errors
/// When the database fails.
pub async fn after_run(platform: &Platform, connection: &Connection) -> anyhow::Result<usize> {
    let wanted = connection.settings.get(SWITCH).and_then(Value::as_bool).unwrap_or(false);
    if !wanted || platform.config.mode != Mode::ThreePl {
        return Ok(0);
    }
    let Some(post) = Post::new(&platform.config.mail)? else { return Ok(0) };
    let (store, client) = (&platform.store, connection.client_id);
    let readers = store.notified_users(client).await?;
    if readers.is_empty() {
        return Ok(0);
    }
    let mut sent = 0;
    for cause in store.causes_to_tell(connection.id, client, import_orders::FLOW, platform.now()).await? {
        let letter = Letter::about(&connection.name, &cause);
        let mut reached = 0;
        // Each a letter of its own: the readers of a client need not know of each other.
        for reader in &readers {
            match post.send(reader, &letter).await {
                Ok(()) => reached += 1,
                Err(error) => {
                    tracing::warn!(connection = connection.name, code = cause.code, %error, "a mail was not sent")
                }
            }
        }
        sent += reached;
        // When nobody was reached the cause stays to be told. When some were, the others are not written to again either, or the
        // first would get it twice.
        if reached > 0 {
            store.note_told(connection.id, client, &cause.code, platform.now()).await?;
        }
    }
    Ok(sent)
}
