//! A cache of compiled components, and the one unsafe step of the host: turning bytes from that cache into machine code.
//!
//! The attack: whoever can write a file into the cache can have the host run machine code of their choosing, outside the
//! sandbox. The rule: an artifact is loaded only when its tag, an HMAC-SHA-256 with the host's own key over the engine's
//! compatibility hash, the component's digest and the artifact's bytes, is right. Anything else is compiled anew from the
//! component, whose digest the operator has pinned. Bytes of a tenant never come here.
#![deny(missing_docs)]

use std::io::Write as _;
use std::path::{Path, PathBuf};

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use wasmtime::Engine;
use wasmtime::component::Component;

/// Length of the tag in front of each artifact, in bytes.
const TAG: usize = 32;

/// Why a component could not be compiled or cached.
#[derive(Debug, thiserror::Error)]
pub enum CacheError {
    /// The component itself does not compile.
    #[error("the component does not compile: {0}")]
    Compile(String),
    /// The cache folder cannot be written.
    #[error(
        "the cache of compiled components at {path} cannot be written: {error}; check the folder's owner and free space"
    )]
    Write {
        /// The file that was to be written.
        path: PathBuf,
        /// What the operating system said.
        error: std::io::Error,
    },
}

/// Where a component came from, for the operator's log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// Loaded from the cache, tag checked.
    Cache,
    /// Compiled now and put into the cache.
    Compiled,
}

/// A folder of compiled components, authenticated with a key that only the host has.
pub struct Cache {
    folder: PathBuf,
    key: [u8; 32],
}

impl Cache {
    /// A cache in `folder`, authenticated with `key`, a secret of the host's own.
    pub fn new(folder: impl Into<PathBuf>, key: [u8; 32]) -> Self {
        Self { folder: folder.into(), key }
    }

    /// The component with digest `digest` and bytes `wasm`, from the cache where it is there and authentic, else compiled.
    ///
    /// # Errors
    /// [`CacheError::Compile`] when the bytes are not a valid component, [`CacheError::Write`] when the cache is not writable.
    pub fn component(&self, engine: &Engine, digest: &str, wasm: &[u8]) -> Result<(Component, Origin), CacheError> {
        let compatibility = compatibility(engine);
        let path = self.folder.join(format!("{digest}-{compatibility:016x}.cwasm"));
        if let Some(component) = self.load(engine, &path, digest, compatibility) {
            return Ok((component, Origin::Cache));
        }
        let artifact = engine.precompile_component(wasm).map_err(|error| CacheError::Compile(format!("{error:#}")))?;
        self.save(&path, digest, compatibility, &artifact)?;
        let component = deserialize(engine, &artifact);
        let component = component.ok_or_else(|| CacheError::Compile("what was just compiled does not load".into()))?;
        Ok((component, Origin::Compiled))
    }

    fn load(&self, engine: &Engine, path: &Path, digest: &str, compatibility: u64) -> Option<Component> {
        let bytes = std::fs::read(path).ok()?;
        let (tag, artifact) = bytes.split_at_checked(TAG)?;
        self.mac(digest, compatibility, artifact).verify_slice(tag).ok()?;
        deserialize(engine, artifact)
    }

    fn save(&self, path: &Path, digest: &str, compatibility: u64, artifact: &[u8]) -> Result<(), CacheError> {
        let wrap = |error| CacheError::Write { path: path.to_owned(), error };
        std::fs::create_dir_all(&self.folder).map_err(wrap)?;
        // Written beside and renamed, so that nobody who starts at the same time, here or in another process, sees half a file.
        let mut file = tempfile::NamedTempFile::new_in(&self.folder).map_err(wrap)?;
        file.write_all(&self.mac(digest, compatibility, artifact).finalize().into_bytes()).map_err(wrap)?;
        file.write_all(artifact).map_err(wrap)?;
        file.persist(path).map(drop).map_err(|error| wrap(error.error))
    }

    fn mac(&self, digest: &str, compatibility: u64, artifact: &[u8]) -> Hmac<Sha256> {
        let key = hmac::digest::Key::<Hmac<Sha256>>::default();
        let mut padded = key;
        for (slot, byte) in padded.iter_mut().zip(self.key) {
            *slot = byte;
        }
        let mut mac = Hmac::<Sha256>::new(&padded);
        mac.update(&compatibility.to_le_bytes());
        mac.update(digest.as_bytes());
        mac.update(artifact);
        mac
    }
}

/// A number that changes with whatever makes an artifact unusable: the engine's version, settings and machine.
fn compatibility(engine: &Engine) -> u64 {
    use std::hash::{Hash as _, Hasher as _};
    let mut hasher = std::hash::DefaultHasher::new();
    engine.precompile_compatibility_hash().hash(&mut hasher);
    hasher.finish()
}

#[allow(unsafe_code)]
fn deserialize(engine: &Engine, artifact: &[u8]) -> Option<Component> {
    // SAFETY: these bytes come from this host's own compiler: just now, or before, and then their tag was right.
    unsafe { Component::deserialize(engine, artifact) }.ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_that_compile_the_same_component_at_once_all_get_it() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::new(folder.path().join("compiled"), [7; 32]);
        let mut config = wasmtime::Config::new();
        config.wasm_component_model(true);
        let engine = Engine::new(&config).unwrap();
        for round in 0..20 {
            let digest = format!("{round:064x}");
            let all = std::thread::scope(|scope| {
                let one = || cache.component(&engine, &digest, b"(component)").map(|(_, origin)| origin);
                let started: Vec<_> = (0..8).map(|_| scope.spawn(one)).collect();
                started.into_iter().map(|thread| thread.join().unwrap()).collect::<Vec<_>>()
            });
            assert!(all.iter().all(Result::is_ok), "{all:?}");
        }
        let kept = std::fs::read_dir(folder.path().join("compiled")).unwrap().count();
        assert_eq!(kept, 20, "nothing but the artifacts is left behind");
    }
}
