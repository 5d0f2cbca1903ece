//! What may not change between a published contract and the one that follows under the same version.

use crate::structure::Structure;

/// Every forbidden change from `published` to `draft`, each as one sentence that says what to do instead.
///
/// New interfaces, types, functions and worlds are welcome; so is what a world gains. Everything that was there stays as it
/// was, field by field and case by case, in the same order: that order is the memory layout of compiled guests.
pub(crate) fn breaks(published: &Structure, draft: &Structure) -> Vec<String> {
    published.items.iter().filter_map(|(name, was)| break_of(name, was, draft.items.get(name))).collect()
}

fn break_of(name: &str, was: &[String], is: Option<&Vec<String>>) -> Option<String> {
    let Some(is) = is else {
        return Some(format!(
            "{name} was published and is gone (or is another kind of thing now). Keep it, and put what replaces it beside it; {NEW_VERSION}."
        ));
    };
    let gone: Vec<_> = was.iter().filter(|line| !is.contains(line)).map(String::as_str).collect();
    if name.starts_with("world ") {
        return (!gone.is_empty())
            .then(|| format!("{name} lost {}. What a world promises stays; {NEW_VERSION}.", gone.join(", ")));
    }
    if was == is {
        return None;
    }
    let new: Vec<_> = is.iter().filter(|line| !was.contains(line)).map(String::as_str).collect();
    let change = match (gone.is_empty(), new.is_empty()) {
        (true, true) => "has another order".to_owned(),
        (true, false) => format!("gained {}", new.join(", ")),
        (false, true) => format!("lost {}", gone.join(", ")),
        (false, false) => format!("lost {} and gained {}", gone.join(", "), new.join(", ")),
    };
    Some(format!(
        "{name} {change}. Guests that are compiled against it would read wrong memory. Leave it, add a new type or function beside it; {NEW_VERSION}."
    ))
}

const NEW_VERSION: &str =
    "where that cannot be, raise the package's version and copy wit/ to a folder wit/since-VERSION (see wit/README.md)";
