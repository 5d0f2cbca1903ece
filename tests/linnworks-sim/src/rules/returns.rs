//! Returns of processed orders (8): what can come back, booking, actioning with its effect on stock, deleting.

mod actioning;
mod booking;
mod returnable;

pub(crate) use actioning::action;
pub(crate) use booking::{Rejected, SentLine, book, delete, update};
pub(crate) use returnable::{cannot_return, find_line, resent, returnable, returned};
