//! The keys that a database was used with. Another in the place of one of them would take what comes again for new.

use std::path::Path;

use diesel::prelude::*;

use super::Error;
use super::connection::{Connection, OpenError, on};
use super::own_receipt::of_study;
use super::schema::{link_cut, receipt, response, set_aside, study, trail_head};
use crate::keys::{RECEIPTS_KEY, TRAIL_KEY, case_file};

/// Refuses a folder in which one of them is missing: it is not mounted, or it is another database's.
pub(super) fn check_keys(c: &mut Connection, folder: &Path) -> Result<(), OpenError> {
    let needed = needed(c).map_err(|e| OpenError::Connect(e.to_string()))?;
    for path in needed.into_iter().map(|name| folder.join(name)) {
        match path.try_exists() {
            Ok(true) => {}
            Ok(false) => return Err(OpenError::NoKey(path)),
            Err(e) => return Err(OpenError::Keys(format!("{}: {e}", path.display()))),
        }
    }
    Ok(())
}

fn needed(c: &mut Connection) -> Result<Vec<String>, Error> {
    let mut needed = Vec::new();
    let lines: i64 = on!(c, c => trail_head::table.select(trail_head::number).first(c).optional())?.unwrap_or(0);
    if lines > 0 {
        needed.push(TRAIL_KEY.to_owned());
    }
    let has_receipts = on!(c, c => response::table.select(response::study_id).first::<i64>(c).optional())?.is_some()
        || on!(c, c => receipt::table.select(receipt::set_aside_id).first::<Option<i64>>(c).optional())?.is_some()
        || on!(c, c => set_aside::table.select(set_aside::id).first::<i64>(c).optional())?.is_some();
    if has_receipts {
        needed.push(RECEIPTS_KEY.to_owned());
    }
    let cut: Vec<i64> = on!(c, c => link_cut::table.select(link_cut::study_id).load(c))?;
    let studies: Vec<i64> = on!(c, c => study::table.select(study::id).load(c))?;
    for id in studies.into_iter().filter(|id| !cut.contains(id)) {
        let one = response::table.filter(of_study(id)).select(response::study_id);
        if on!(c, c => one.first::<i64>(c).optional())?.is_some() {
            needed.push(case_file(id));
        }
    }
    Ok(needed)
}
