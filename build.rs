//! Takes the built pages (`web/dist`) into the program, where they have been built.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

const DIST: &str = "web/dist";

fn main() -> io::Result<()> {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-changed={DIST}");
    let dist = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default()).join(DIST);
    // A folder that is not there would count as changed at every build; where it cannot be made, that is all that is lost.
    let _ = fs::create_dir_all(&dist);
    let mut names = Vec::new();
    collect(&dist, "", &mut names)?;
    names.sort();
    let mut source = String::from("&[\n");
    for name in names.iter().filter(|name| !is_compressed(name)) {
        let packed = |ending: &str| {
            let packed = format!("{name}.{ending}");
            if names.contains(&packed) { format!("Some({})", bytes_of(&dist, &packed)) } else { "None".to_owned() }
        };
        let (gzip, brotli) = (packed("gz"), packed("br"));
        let plain = if gzip == "None" { bytes_of(&dist, name) } else { "&[]".to_owned() };
        let _ = writeln!(source, "File {{ path: {name:?}, plain: {plain}, gzip: {gzip}, brotli: {brotli} }},");
    }
    source.push(']');
    fs::write(PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default()).join("pages.rs"), source)
}

fn bytes_of(dist: &Path, name: &str) -> String {
    format!("include_bytes!({:?})", dist.join(name))
}

fn is_compressed(name: &str) -> bool {
    [".gz", ".br"].iter().any(|ending| name.ends_with(ending))
}

fn collect(folder: &Path, prefix: &str, names: &mut Vec<String>) -> io::Result<()> {
    let Ok(entries) = fs::read_dir(folder) else { return Ok(()) };
    for entry in entries {
        let entry = entry?;
        let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
        if entry.file_type()?.is_dir() {
            collect(&entry.path(), &format!("{name}/"), names)?;
        } else {
            names.push(name);
        }
    }
    Ok(())
}
