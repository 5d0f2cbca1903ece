//! A new file among the migrations is embedded by the next build.

fn main() {
    println!("cargo::rerun-if-changed=migrations");
}
