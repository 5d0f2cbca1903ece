//! Names in folders that outlast a power cut. What a file holds is for its writer to bring to the disk.

use std::path::Path;

use anyhow::Context as _;

/// Brings the names in a folder to the disk.
pub(crate) fn sync_folder(folder: &Path) -> anyhow::Result<()> {
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    std::fs::File::open(folder)
        .and_then(|folder| folder.sync_all())
        .with_context(|| format!("{} cannot be brought to the disk", folder.display()))
}

/// Brings the name of a file to the disk.
pub(crate) fn sync_folder_of(file: &Path) -> anyhow::Result<()> {
    file.parent().map_or(Ok(()), sync_folder)
}
