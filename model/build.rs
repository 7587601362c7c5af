//! Kernel C is embedded in the binary: rebuild when any of it changes.

fn main() {
    for folder in ["kernel", "parts", "proposals", "scenarios"] {
        println!("cargo:rerun-if-changed={folder}");
    }
}
