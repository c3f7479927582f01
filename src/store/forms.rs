//! Published versions of forms.

use std::sync::Arc;

use diesel::prelude::*;

use super::connection::{Connection, on};
use super::schema::form_version;
use super::{Error, Pending, Store};
use crate::instrument::{Hash, Instrument, Workbook};
use crate::trail::{Act, Action, By};

/// A form as it was read from its workbook, on its way to become a draft or a version.
#[derive(Debug, Clone)]
pub struct NewForm {
    pub study_id: i64,
    pub form_id: String,
    pub version: String,
    /// Of the form and the files it names.
    pub hash: Hash,
    pub title: String,
    /// The workbook, as JSON.
    pub workbook: String,
    /// The moment, as RFC 3339 writes it.
    pub at: String,
}

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
    pub created_at: String,
    pub published_at: String,
}

impl FormVersion {
    pub fn is_open(&self) -> bool {
        self.state == "open"
    }
}

impl Store {
    /// Publishes a form without files at once. `Duplicate` where the study has the version already.
    pub fn add_form_version(&self, by: By, new: NewForm) -> Pending<i64> {
        self.write_as(by, move |c| Ok((insert_version(c, &new, &new.at)?, published(&new))))
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
        let instrument = Arc::new(compile(&self.version_workbook(version.id)?, &version.hash)?);
        if let Ok(mut known) = self.instruments.write() {
            known.insert(version.id, Arc::clone(&instrument));
        }
        Ok(instrument)
    }

    pub fn version_workbook(&self, id: i64) -> Result<String, Error> {
        self.read(|c| Ok(on!(c, c => form_version::table.find(id).select(form_version::workbook).first(c))?))
    }

    pub fn form_version_by_id(&self, id: i64) -> Result<FormVersion, Error> {
        self.read(|c| Ok(on!(c, c => form_version::table.find(id).select(FormVersion::as_select()).first(c))?))
    }

    pub fn set_form_state(&self, by: By, study_id: i64, form_id: String, state: String) -> Pending<()> {
        self.write_as(by, move |c| {
            let found = form_version::table.filter(form_version::study_id.eq(study_id)).filter(form_version::form_id.eq(&form_id));
            match on!(c, c => diesel::update(found).set(form_version::state.eq(&state)).execute(c))? {
                0 => Err(Error::NotFound),
                _ => Ok(((), Act::new(Action::FormUpdate).study(study_id).form(&form_id, "").with("state", state.as_str()))),
            }
        })
    }
}

/// A kept workbook as a form again, under the fingerprint it was kept with: that of its files is part of it.
pub(super) fn compile(workbook: &str, hash: &[u8]) -> Result<Instrument, Error> {
    let damaged = || Error::Unavailable("a kept form is damaged".to_owned());
    let workbook: Workbook = serde_json::from_str(workbook).map_err(|_| damaged())?;
    let mut instrument = Instrument::read(&workbook).map_err(|_| damaged())?;
    instrument.form.hash = Hash::from_bytes(hash).ok_or_else(damaged)?;
    Ok(instrument)
}

/// Which words were published, by their fingerprint.
pub(super) fn published(new: &NewForm) -> Act {
    Act::new(Action::FormPublish).study(new.study_id).form(&new.form_id, &new.version).with("hash", new.hash.to_string())
}

pub(super) fn insert_version(c: &mut Connection, new: &NewForm, created_at: &str) -> Result<i64, Error> {
    let values = (
        form_version::study_id.eq(new.study_id),
        form_version::form_id.eq(&new.form_id),
        form_version::version.eq(&new.version),
        form_version::hash.eq(new.hash.as_bytes().as_slice()),
        form_version::title.eq(&new.title),
        form_version::workbook.eq(&new.workbook),
        form_version::state.eq("open"),
        form_version::created_at.eq(created_at),
        form_version::published_at.eq(&new.at),
    );
    Ok(on!(c, c => diesel::insert_into(form_version::table).values(values).returning(form_version::id).get_result(c))?)
}
