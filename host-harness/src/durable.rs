//! Names in folders that outlast a power cut, and folders and files that nobody else can read. What a file holds is for its
//! writer to bring to the disk.

use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
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

/// Makes a folder, with those above it that are missing, for its owner alone. One that is there stays as it is.
pub(crate) fn private_folder(folder: &Path) -> std::io::Result<()> {
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

/// Lets nobody but its owner read a file.
pub(crate) fn make_private(file: &Path) -> std::io::Result<()> {
    std::fs::set_permissions(file, std::fs::Permissions::from_mode(0o600))
}
