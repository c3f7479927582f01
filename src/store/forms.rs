//! Published versions of forms.

use std::sync::Arc;

use diesel::prelude::*;

use super::connection::on;
use super::schema::form_version;
use super::{Error, Pending, Store};
use crate::instrument::{Instrument, Workbook};

/// Without the workbook, which is large and read once.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = form_version)]
pub struct FormVersion {
    pub id: i64,
    pub study_id: i64,
    pub form_id: String,
    pub version: String,
    pub hash: Vec<u8>,
    pub title: String,
    /// `open` or `closed`.
    pub state: String,
}

impl FormVersion {
    pub fn is_open(&self) -> bool {
        self.state == "open"
    }
}

impl Store {
    /// Keeps a version with the workbook it was published from, as JSON. `Duplicate` where the study has it already; the id
    /// given is not used.
    pub fn add_form_version(&self, new: FormVersion, workbook: String) -> Pending<i64> {
        self.write(move |c| {
            let values = (
                form_version::study_id.eq(new.study_id),
                form_version::form_id.eq(&new.form_id),
                form_version::version.eq(&new.version),
                form_version::hash.eq(&new.hash),
                form_version::title.eq(&new.title),
                form_version::workbook.eq(&workbook),
                form_version::state.eq(&new.state),
            );
            Ok(on!(c, c => diesel::insert_into(form_version::table).values(values).returning(form_version::id).get_result(c))?)
        })
    }

    /// All versions of all forms of a study, newest first.
    pub fn form_versions(&self, study_id: i64) -> Result<Vec<FormVersion>, Error> {
        self.read(|c| {
            Ok(on!(c, c => form_version::table.filter(form_version::study_id.eq(study_id)).order(form_version::id.desc()).select(FormVersion::as_select()).load(c))?)
        })
    }

    pub fn form_version(&self, study_id: i64, form_id: &str, version: &str) -> Result<FormVersion, Error> {
        self.read(|c| {
            Ok(on!(c, c => form_version::table
                .filter(form_version::study_id.eq(study_id))
                .filter(form_version::form_id.eq(form_id))
                .filter(form_version::version.eq(version))
                .select(FormVersion::as_select())
                .first(c))?)
        })
    }

    /// The form with its logic compiled, read once: a published version never changes.
    pub fn instrument(&self, version: &FormVersion) -> Result<Arc<Instrument>, Error> {
        if let Some(known) = self.instruments.read().ok().and_then(|known| known.get(&version.id).cloned()) {
            return Ok(known);
        }
        let damaged = || Error::Unavailable(format!("form version {} is damaged", version.id));
        let id = version.id;
        let text: String = self.read(|c| Ok(on!(c, c => form_version::table.find(id).select(form_version::workbook).first(c))?))?;
        let workbook: Workbook = serde_json::from_str(&text).map_err(|_| damaged())?;
        let instrument = Arc::new(Instrument::read(&workbook).map_err(|_| damaged())?);
        if let Ok(mut known) = self.instruments.write() {
            known.insert(version.id, Arc::clone(&instrument));
        }
        Ok(instrument)
    }

    pub fn form_version_by_id(&self, id: i64) -> Result<FormVersion, Error> {
        self.read(|c| Ok(on!(c, c => form_version::table.find(id).select(FormVersion::as_select()).first(c))?))
    }

    pub fn set_form_state(&self, study_id: i64, form_id: String, state: String) -> Pending<()> {
        self.write(move |c| {
            let found = form_version::table.filter(form_version::study_id.eq(study_id)).filter(form_version::form_id.eq(&form_id));
            match on!(c, c => diesel::update(found).set(form_version::state.eq(&state)).execute(c))? {
                0 => Err(Error::NotFound),
                _ => Ok(()),
            }
        })
    }
}
