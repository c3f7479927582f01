//! The rules of the house, applied to the tree.

mod agreement;
mod code;
mod finding;
mod rooms;
mod words;

use std::fs;
use std::path::Path;

use finding::{File, Finding};

#[test]
fn the_tree_keeps_the_rules_of_the_house() {
    let files = tree(Path::new(env!("CARGO_MANIFEST_DIR")));
    let mut findings: Vec<Finding> = [rooms::check, words::check, agreement::check].iter().flat_map(|rule| rule(&files)).collect();
    findings.sort();
    findings.dedup();
    let said: Vec<_> = findings.iter().map(|finding| format!("\n{finding}")).collect();
    assert!(findings.is_empty(), "{} findings{}", findings.len(), said.concat());
}

/// Every text file that git would keep, by its path from `root`.
fn tree(root: &Path) -> Vec<File> {
    let gitignore = fs::read_to_string(root.join(".gitignore")).unwrap_or_default();
    let mut files = Vec::new();
    collect(root, "", &gitignore, &mut files);
    files
}

fn collect(folder: &Path, prefix: &str, gitignore: &str, files: &mut Vec<File>) {
    for entry in fs::read_dir(folder).expect("the tree can be read") {
        let entry = entry.expect("the tree can be read");
        let name = entry.file_name().to_string_lossy().into_owned();
        let kind = entry.file_type().expect("the tree can be read");
        if name == ".git" || is_ignored(&name, gitignore) {
            continue;
        }
        let path = format!("{prefix}{name}");
        if kind.is_dir() {
            collect(&entry.path(), &format!("{path}/"), gitignore, files);
        } else if kind.is_file()
            && let Ok(text) = fs::read_to_string(entry.path())
        {
            files.push(File { path, text });
        }
    }
}

/// Ours are plain names and `*.ending`s; a path is taken by its last part.
fn is_ignored(name: &str, gitignore: &str) -> bool {
    let patterns = gitignore.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    patterns.map(|line| line.trim_end_matches('/')).any(|line| match line.strip_prefix('*') {
        Some(ending) => name.ends_with(ending),
        None => line.rsplit('/').next() == Some(name),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_git_ignores_is_left_out() {
        let gitignore = "# built\n/target\n*.profraw\nnode_modules/\nweb/dist\n\n";
        for name in ["target", "a.profraw", "node_modules", "dist"] {
            assert!(is_ignored(name, gitignore), "{name}");
        }
        for name in ["targets", "profraw", "# built", "src", ""] {
            assert!(!is_ignored(name, gitignore), "{name}");
        }
    }

    #[test]
    fn this_very_file_is_in_the_tree() {
        let files = tree(Path::new(env!("CARGO_MANIFEST_DIR")));
        assert!(files.iter().any(|file| file.path == "tests/tidy/main.rs"));
    }
}
