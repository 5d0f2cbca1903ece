//! Pages of lists: numbered from 1.

use super::Call;
use crate::http::reply::{ApiError, Reply};
use serde::Serialize;

/// The page that a call asks for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Page {
    pub(crate) number: i64,
    pub(crate) size: i64,
    shift: i64,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Paged<'a, T: Serialize> {
    page_number: i64,
    entries_per_page: i64,
    total_entries: usize,
    total_pages: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    result_count_removed_by_post_filter: Option<i64>,
    data: &'a [T],
}

impl Page {
    /// Reads `pageNumber` and `entriesPerPage` (or what they are called here); a page before the first is the first.
    pub(crate) fn of(call: &Call<'_>, number: &str, size: &str, usual: i64) -> Result<Self, ApiError> {
        let size = call.params.int(size)?.unwrap_or(usual);
        if size < 1 {
            return Err(ApiError::invalid());
        }
        let size = call.config.most_rows_per_page.map_or(size, |most| size.min(most.max(1)));
        Ok(Self { number: call.params.int(number)?.unwrap_or(1).max(1), size, shift: call.shift_rows })
    }

    /// The rows of this page.
    pub(crate) fn rows<'a, T>(&self, all: &'a [T]) -> &'a [T] {
        let start = (self.number - 1).saturating_mul(self.size);
        let start = if self.number > 1 { start.saturating_sub(self.shift) } else { start };
        let end = start.saturating_add(self.size);
        let at = |place: i64| usize::try_from(place.max(0)).unwrap_or(usize::MAX).min(all.len());
        all.get(at(start)..at(end)).unwrap_or_default()
    }

    /// How many pages `total` rows make.
    pub(crate) fn pages(&self, total: usize) -> i64 {
        let total = i64::try_from(total).unwrap_or(i64::MAX);
        total / self.size + i64::from(total % self.size != 0)
    }

    /// The vendor's `GenericPagedResult`.
    pub(crate) fn reply<T: Serialize>(&self, data: &[T], total: usize, call: &Call<'_>) -> Result<Reply, ApiError> {
        self.filtered_reply(data, total, None, call)
    }

    /// The vendor's `PostFilterPagedResponse`.
    pub(crate) fn filtered_reply<T: Serialize>(
        &self,
        data: &[T],
        total: usize,
        removed: Option<i64>,
        call: &Call<'_>,
    ) -> Result<Reply, ApiError> {
        let paged = Paged {
            page_number: self.number,
            entries_per_page: self.size,
            total_entries: total,
            total_pages: self.pages(total),
            result_count_removed_by_post_filter: removed,
            data,
        };
        Reply::json(&paged, call.config)
    }
}
