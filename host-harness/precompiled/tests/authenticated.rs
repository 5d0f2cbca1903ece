//! Machine code comes from our own compiler or not at all.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test says what went wrong by failing"
)]

use std::path::{Path, PathBuf};

use harness_precompiled::{Cache, Origin};
use wasmtime::component::{Component, Linker};
use wasmtime::{Engine, Store};

/// Length of the tag in front of each artifact.
const TAG: usize = 32;

/// A component whose `answer` is `number`.
fn component(number: u32) -> String {
    format!(
        r#"(component
            (core module $m (func (export "answer") (result i32) (i32.const {number})))
            (core instance $i (instantiate $m))
            (func (export "answer") (result u32) (canon lift (core func $i "answer"))))"#
    )
}

struct Place {
    engine: Engine,
    folder: tempfile::TempDir,
}

impl Place {
    fn new() -> Self {
        let mut config = wasmtime::Config::new();
        config.wasm_component_model(true);
        Self { engine: Engine::new(&config).unwrap(), folder: tempfile::tempdir().unwrap() }
    }

    fn cache(&self, key: u8) -> Cache {
        Cache::new(self.folder.path(), [key; 32])
    }

    /// The component of `number` through the cache of `key`: what it answers, and where its machine code came from.
    fn answer(&self, key: u8, number: u32) -> (u32, Origin) {
        let (component, origin) =
            self.cache(key).component(&self.engine, &digest(number), component(number).as_bytes()).unwrap();
        (self.call(&component), origin)
    }

    fn call(&self, component: &Component) -> u32 {
        let mut store = Store::new(&self.engine, ());
        let instance = Linker::new(&self.engine).instantiate(&mut store, component).unwrap();
        let answer = instance.get_typed_func::<(), (u32,)>(&mut store, "answer").unwrap();
        answer.call(&mut store, ()).unwrap().0
    }

    fn artifact(&self, number: u32) -> PathBuf {
        let files = std::fs::read_dir(self.folder.path()).unwrap().map(|entry| entry.unwrap().path());
        let of = |path: &Path| path.file_name().unwrap().to_str().unwrap().starts_with(&digest(number));
        files.into_iter().find(|path| of(path)).unwrap()
    }
}

fn digest(number: u32) -> String {
    format!("{number:064x}")
}

#[test]
fn an_artifact_of_our_own_is_loaded_and_any_byte_changed_in_it_has_it_compiled_anew() {
    let place = Place::new();
    assert_eq!(place.answer(1, 7), (7, Origin::Compiled));
    assert_eq!(place.answer(1, 7), (7, Origin::Cache));
    let path = place.artifact(7);
    let length = std::fs::read(&path).unwrap().len();
    // Every byte of the tag, and bytes all over the rest.
    for at in (0..TAG).chain((TAG..length).step_by(length / 60)) {
        let mut bytes = std::fs::read(&path).unwrap();
        bytes[at] ^= 1;
        std::fs::write(&path, bytes).unwrap();
        assert_eq!(place.answer(1, 7), (7, Origin::Compiled), "byte {at}");
        assert_eq!(place.answer(1, 7), (7, Origin::Cache), "byte {at}: it was not put right");
    }
}

#[test]
fn a_cut_off_or_lengthened_artifact_is_compiled_anew() {
    let place = Place::new();
    place.answer(1, 7);
    let path = place.artifact(7);
    let whole = std::fs::read(&path).unwrap();
    for length in [0, 1, TAG - 1, TAG, TAG + 1, whole.len() / 2, whole.len() - 1] {
        std::fs::write(&path, &whole[..length]).unwrap();
        assert_eq!(place.answer(1, 7), (7, Origin::Compiled), "{length} bytes");
    }
    std::fs::write(&path, [&whole[..], b"x"].concat()).unwrap();
    assert_eq!(place.answer(1, 7), (7, Origin::Compiled));
}

#[test]
fn an_authentic_artifact_of_another_component_is_not_taken_for_this_one() {
    let place = Place::new();
    place.answer(1, 7);
    place.answer(1, 8);
    let (seven, eight) = (place.artifact(7), place.artifact(8));
    let aside = place.folder.path().join("aside");
    std::fs::rename(&seven, &aside).unwrap();
    std::fs::rename(&eight, &seven).unwrap();
    std::fs::rename(&aside, &eight).unwrap();
    // Both would load, and answer for the other.
    assert_eq!(place.answer(1, 7), (7, Origin::Compiled));
    assert_eq!(place.answer(1, 8), (8, Origin::Compiled));
}

#[test]
fn an_artifact_under_another_hosts_key_or_under_none_is_compiled_anew() {
    let place = Place::new();
    place.answer(1, 7);
    assert_eq!(place.answer(2, 7), (7, Origin::Compiled));
    // What the compiler gives to anybody, without a tag of ours: the very bytes that would be loaded.
    let bare = place.engine.precompile_component(component(9).as_bytes()).unwrap();
    std::fs::write(place.artifact(7), &bare).unwrap();
    assert_eq!(place.answer(2, 7), (7, Origin::Compiled));
    std::fs::write(place.artifact(7), [&[0; TAG][..], &bare].concat()).unwrap();
    assert_eq!(place.answer(2, 7), (7, Origin::Compiled));
}
