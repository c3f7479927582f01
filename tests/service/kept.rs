//! Whether interviews that were acknowledged are there: each is looked for by its case.

use std::collections::BTreeSet;
use std::path::Path;

use kish::keys::Keys;
use kish::store::Store;

/// The cases among those given that no response of the study has.
pub fn missing(store: &Store, folder: &Path, study: i64, cases: &[String]) -> Vec<String> {
    let keys = Keys::open(&folder.join("keys")).unwrap();
    let versions = store.form_versions(study).unwrap();
    let kept: BTreeSet<Vec<u8>> = versions.iter().flat_map(|v| store.responses(study, v.id).unwrap()).map(|r| r.case_pseudonym).collect();
    let is_kept = |case: &String| kept.contains(keys.pseudonym(study, "tfvaw", case).unwrap().as_slice());
    cases.iter().filter(|case| !is_kept(case)).cloned().collect()
}

/// The cases of women in the usual frame.
pub fn cases() -> Vec<String> {
    let of = |stratum: &'static str| (0..30).map(move |n| format!("{stratum}-{}-{}", n / 10 + 1, n % 10 + 1));
    ["N-U", "N-R", "S-U"].into_iter().flat_map(of).collect()
}
