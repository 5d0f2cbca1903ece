//! Which crates are linked into a program, asked of cargo.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use crate::{paths, shell};

/// A crate with what is known of it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Crate {
    pub(super) name: String,
    pub(super) version: String,
    pub(super) license: Option<String>,
    pub(super) repository: Option<String>,
    /// Of its package in the registry; none for the project's own.
    pub(super) checksum: Option<String>,
}

impl Crate {
    /// What it is called in every language's world.
    pub(super) fn purl(&self) -> String {
        // The one character of a version that has a meaning of its own in such a name.
        format!("pkg:cargo/{}@{}", self.name, self.version.replace('+', "%2B"))
    }
}

/// Name and version.
type Key = (String, String);

/// The crates of a program.
pub(super) struct Linked {
    pub(super) root: Crate,
    /// All others, sorted.
    pub(super) crates: Vec<Crate>,
    needs: BTreeMap<Key, BTreeSet<Key>>,
}

impl Linked {
    /// What `package` is made of when it is built for `target`.
    pub(super) fn of(package: &str, target: &str) -> Result<Self> {
        let mut command = shell::cargo();
        command.args(["tree", "--locked", "--package", package, "--target", target, "--edges", "normal,no-proc-macro"]);
        command.args(["--prefix", "depth", "--format", " {p}"]);
        let told = shell::ask(&mut command).with_context(|| format!("cargo tells nothing of {package}"))?;
        let tree = Tree::read(&told)?;
        let known = known(target)?;
        let of =
            |key: &Key| known.get(key).cloned().with_context(|| format!("cargo does not know {} {}", key.0, key.1));
        let root = of(&tree.root)?;
        let crates = tree.needs.keys().filter(|key| **key != tree.root).map(of).collect::<Result<_>>()?;
        Ok(Self { root, crates, needs: tree.needs })
    }

    /// What `one` uses itself.
    pub(super) fn needs<'a>(&'a self, one: &Crate) -> impl Iterator<Item = &'a Crate> {
        let needs = self.needs.get(&(one.name.clone(), one.version.clone()));
        let is_needed = move |other: &&Crate| {
            needs.is_some_and(|needs| needs.contains(&(other.name.clone(), other.version.clone())))
        };
        self.crates.iter().filter(is_needed)
    }
}

/// Cargo's tree, which shows a crate's own below it at the first of its places.
struct Tree {
    root: Key,
    needs: BTreeMap<Key, BTreeSet<Key>>,
}

impl Tree {
    fn read(told: &str) -> Result<Self> {
        let mut needs: BTreeMap<Key, BTreeSet<Key>> = BTreeMap::new();
        let mut above: Vec<Key> = Vec::new();
        for line in told.lines().filter(|line| !line.trim().is_empty()) {
            let mut words = line.split_whitespace();
            let (depth, name, version) = (words.next(), words.next(), words.next());
            let depth: usize = depth.and_then(|depth| depth.parse().ok()).context("a line without its depth")?;
            let version = version.and_then(|version| version.strip_prefix('v')).context("a line without version")?;
            let key = (name.unwrap_or_default().to_owned(), version.to_owned());
            ensure!(depth <= above.len(), "cargo's tree leaves out a level at {} {}", key.0, key.1);
            above.truncate(depth);
            if let Some(parent) = above.last() {
                needs.entry(parent.clone()).or_default().insert(key.clone());
            }
            needs.entry(key.clone()).or_default();
            above.push(key);
        }
        let root = told.lines().next().and_then(|_| above.first().cloned()).context("cargo's tree is empty")?;
        Ok(Self { root, needs })
    }
}

/// Every package that cargo knows of, by name and version.
fn known(target: &str) -> Result<BTreeMap<Key, Crate>> {
    let mut command = shell::cargo();
    command.args(["metadata", "--locked", "--format-version", "1", "--filter-platform", target]);
    let told = shell::ask(&mut command).context("cargo gives no metadata")?;
    let metadata: Value = serde_json::from_str(&told).context("cargo's metadata is no JSON")?;
    let lock = paths::root().join("Cargo.lock");
    let checksums =
        checksums(&fs::read_to_string(&lock).with_context(|| format!("could not read {}", lock.display()))?);
    let packages = metadata.get("packages").and_then(Value::as_array).context("cargo's metadata has no packages")?;
    let read = |package: &Value| {
        let text = |field: &str| package.get(field).and_then(Value::as_str).map(str::to_owned);
        let key = (text("name").unwrap_or_default(), text("version").unwrap_or_default());
        let one = Crate {
            name: key.0.clone(),
            version: key.1.clone(),
            // The way in which it was written before there were expressions.
            license: text("license").map(|license| license.replace('/', " OR ")),
            repository: text("repository"),
            checksum: checksums.get(&key).cloned(),
        };
        (key, one)
    };
    Ok(packages.iter().map(read).collect())
}

/// The checksums of the lock file.
fn checksums(lock: &str) -> BTreeMap<Key, String> {
    let packages = lock.split("[[package]]").skip(1);
    packages
        .filter_map(|package| {
            let field = |name: &str| {
                let value = package.lines().find_map(|line| line.strip_prefix(name)?.trim().strip_prefix('='))?;
                Some(value.trim().trim_matches('"').to_owned())
            };
            Some(((field("name")?, field("version")?), field("checksum")?))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crate_that_is_shown_twice_has_what_it_needs_from_its_first_place() {
        let told =
            "0 host v0.1.0 (/x)\n1 serde v1.0.2\n2 serde_core v1.0.2\n1 toml v1.2.0+spec-1.1.0\n2 serde v1.0.2 (*)\n";
        let tree = Tree::read(told).unwrap();
        let key = |name: &str, version: &str| (name.to_owned(), version.to_owned());
        assert_eq!(tree.root, key("host", "0.1.0"));
        assert_eq!(tree.needs[&key("toml", "1.2.0+spec-1.1.0")], [key("serde", "1.0.2")].into());
        assert_eq!(tree.needs[&key("serde", "1.0.2")], [key("serde_core", "1.0.2")].into());
        assert_eq!(tree.needs.len(), 4);
    }

    #[test]
    fn checksums_are_those_of_the_registry_and_our_own_crates_have_none() {
        let lock = "version = 4\n\n[[package]]\nname = \"a\"\nversion = \"1.0.0\"\nsource = \"registry+x\"\nchecksum = \"00ff\"\n\n\
                    [[package]]\nname = \"ours\"\nversion = \"0.1.0\"\ndependencies = [\n \"a\",\n]\n";
        let checksums = checksums(lock);
        assert_eq!(checksums.len(), 1);
        assert_eq!(checksums[&("a".to_owned(), "1.0.0".to_owned())], "00ff");
    }
}
