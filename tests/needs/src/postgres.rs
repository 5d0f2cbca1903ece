//! A PostgreSQL server of the test's own, reached by a socket in its folder.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use crate::{Need, skip};

/// A running server. It stops when it is dropped, and its folder goes with it.
pub struct Server {
    folder: tempfile::TempDir,
    binaries: PathBuf,
    databases: AtomicU32,
}

impl Server {
    /// Starts one. None, and the test is told as skipped, where no server is installed.
    ///
    /// # Panics
    /// When one is installed and does not start.
    #[allow(clippy::expect_used, reason = "it fails the test that calls")]
    pub fn start() -> Option<Self> {
        let Some(binaries) = binaries() else {
            skip(Need::Postgresql, "there is no PostgreSQL server here; `apt-get install postgresql` brings one");
            return None;
        };
        let folder = tempfile::Builder::new().prefix("wms-pg").tempdir_in("/tmp").expect("a folder for the server");
        if is_root() {
            run(Command::new("chown").arg("postgres").arg(folder.path()));
        }
        let server = Self { folder, binaries, databases: AtomicU32::new(0) };
        let data = server.folder.path().join("data");
        run(server.tool("initdb").arg("-D").arg(&data).args([
            "-A",
            "trust",
            "-U",
            "postgres",
            "-N",
            "-E",
            "UTF8",
            "--locale=C",
        ]));
        let options = format!(
            "-c listen_addresses='' -c unix_socket_directories={} -c fsync=off",
            server.folder.path().display()
        );
        run(server
            .tool("pg_ctl")
            .arg("-D")
            .arg(&data)
            .arg("-l")
            .arg(server.folder.path().join("log"))
            .args(["-w", "-o", &options, "start"]));
        Some(server)
    }

    /// The URL of a new, empty database.
    ///
    /// # Panics
    /// When the server does not make one.
    pub fn database(&self) -> String {
        let name = format!("test{}", self.databases.fetch_add(1, Ordering::Relaxed));
        run(self.tool("createdb").arg("-h").arg(self.folder.path()).args(["-U", "postgres", &name]));
        format!("postgres://postgres@localhost/{name}?host={}", self.folder.path().display())
    }

    fn tool(&self, name: &str) -> Command {
        let program = self.binaries.join(name);
        let mut command = if is_root() {
            let mut command = Command::new("runuser");
            command.args(["-u", "postgres", "--"]).arg(program);
            command
        } else {
            Command::new(program)
        };
        command.current_dir(self.folder.path()).stdin(Stdio::null());
        command
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let data = self.folder.path().join("data");
        let _ =
            self.tool("pg_ctl").arg("-D").arg(&data).args(["-m", "immediate", "stop"]).stdout(Stdio::null()).status();
    }
}

/// The newest of Debian's versions, else what is in `PATH`.
fn binaries() -> Option<PathBuf> {
    let debians = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let complete = |folder: &PathBuf| folder.join("initdb").exists();
    let newest = debians.map(|version| version.path().join("bin")).filter(complete).max();
    newest.or_else(|| std::env::split_paths(&std::env::var_os("PATH")?).find(complete))
}

#[allow(clippy::expect_used, reason = "it fails the test that calls")]
fn is_root() -> bool {
    std::os::unix::fs::MetadataExt::uid(&std::fs::metadata(Path::new("/proc/self")).expect("/proc")) == 0
}

#[allow(clippy::expect_used, reason = "it fails the test that calls")]
fn run(command: &mut Command) {
    let status = command.stdout(Stdio::null()).status().expect("the program starts");
    assert!(status.success(), "{command:?} ended with {status}");
}
