//! Drafts of forms and the files beside them: at most one draft of each form, which becomes a version or is dropped.

use diesel::prelude::*;

use super::connection::{Connection, on};
use super::forms::{NewForm, compile, insert_version, published};
use super::schema::{draft_file, form_draft, form_version, version_file};
use super::{Error, Pending, Store};
use crate::instrument::Instrument;
use crate::trail::{Act, Action, By};

#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = form_draft)]
pub struct FormDraft {
    pub id: i64,
    pub study_id: i64,
    pub form_id: String,
    pub version: String,
    pub hash: Vec<u8>,
    pub title: String,
    pub workbook: String,
    /// Opens the test link; by it nothing is kept, so it may be read again.
    pub token: String,
    pub created_at: String,
}

/// A file beside a form, without its content.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct FormFile {
    pub name: String,
    pub md5: String,
    pub sha256: Vec<u8>,
    pub updated_at: String,
}

/// A file on its way in.
#[derive(Debug, Clone)]
pub struct NewFile {
    pub name: String,
    pub content: Vec<u8>,
    pub md5: String,
    pub sha256: Vec<u8>,
    pub at: String,
}

type Row = (String, Vec<u8>, String, Vec<u8>, String);

impl FormDraft {
    pub fn instrument(&self) -> Result<Instrument, Error> {
        compile(&self.workbook, &self.hash)
    }

    fn file_changed(&self) -> Act {
        Act::new(Action::AttachmentUpdate).study(self.study_id).form(&self.form_id, &self.version)
    }
}

impl Store {
    /// Makes a draft, in the place of one there was. Files it names that the draft before or the newest version had go with it.
    pub fn put_draft(&self, by: By, new: NewForm, token: String, named: Vec<String>) -> Pending<()> {
        self.write_as(by, move |c| {
            let before = draft_id(c, new.study_id, &new.form_id)?;
            let newest = newest_version(c, &new)?;
            let files: Vec<Row> = files_so_far(c, before, newest)?.into_iter().filter(|f| named.contains(&f.0)).collect();
            before.map_or(Ok(false), |id| remove_draft(c, id))?;
            let values = (
                form_draft::study_id.eq(new.study_id),
                form_draft::form_id.eq(&new.form_id),
                form_draft::version.eq(&new.version),
                form_draft::hash.eq(new.hash.as_bytes().as_slice()),
                form_draft::title.eq(&new.title),
                form_draft::workbook.eq(&new.workbook),
                form_draft::token.eq(&token),
                form_draft::created_at.eq(&new.at),
            );
            let id: i64 = on!(c, c => diesel::insert_into(form_draft::table).values(values).returning(form_draft::id).get_result(c))?;
            files.iter().try_for_each(|file| insert_draft_file(c, id, file))?;
            let action = if before.or(newest).is_none() { Action::FormCreate } else { Action::DraftSet };
            Ok(((), Act::new(action).study(new.study_id).form(&new.form_id, &new.version)))
        })
    }

    pub fn drafts(&self, study_id: i64) -> Result<Vec<FormDraft>, Error> {
        self.read(|c| {
            Ok(on!(c, c => form_draft::table.filter(form_draft::study_id.eq(study_id)).order(form_draft::id).select(FormDraft::as_select()).load(c))?)
        })
    }

    pub fn draft(&self, study_id: i64, form_id: &str) -> Result<FormDraft, Error> {
        self.read(|c| {
            let found = form_draft::table.filter(form_draft::study_id.eq(study_id)).filter(form_draft::form_id.eq(form_id));
            Ok(on!(c, c => found.select(FormDraft::as_select()).first(c))?)
        })
    }

    /// `NotFound` where there is no draft to drop.
    pub fn drop_draft(&self, by: By, study_id: i64, form_id: String) -> Pending<()> {
        self.write_as(by, move |c| {
            let id = draft_id(c, study_id, &form_id)?.ok_or(Error::NotFound)?;
            remove_draft(c, id)?;
            Ok(((), Act::new(Action::DraftDelete).study(study_id).form(&form_id, "")))
        })
    }

    /// The draft becomes a version, as `new` has it, and its files go over. `Duplicate` where that version is published; `Changed`
    /// where the draft or its files are no longer those that the hash of `new` was made of.
    pub fn publish_draft(&self, by: By, draft: FormDraft, new: NewForm, hashed: Vec<FormFile>) -> Pending<()> {
        self.write_as(by, move |c| {
            let files = rows_of_draft(c, draft.id)?;
            let is_same = files.len() == hashed.len() && files.iter().zip(&hashed).all(|(f, h)| (&f.0, &f.3) == (&h.name, &h.sha256));
            if !is_same || !remove_draft(c, draft.id)? {
                return Err(Error::Changed);
            }
            let id = insert_version(c, &new, &draft.created_at)?;
            for (name, content, md5, sha256, updated_at) in files {
                let values = (
                    version_file::form_version_id.eq(id),
                    version_file::name.eq(name),
                    version_file::content.eq(content),
                    version_file::md5.eq(md5),
                    version_file::sha256.eq(sha256),
                    version_file::updated_at.eq(updated_at),
                );
                on!(c, c => diesel::insert_into(version_file::table).values(values).execute(c))?;
            }
            Ok(((), published(&new)))
        })
    }

    pub fn put_draft_file(&self, by: By, draft: FormDraft, file: NewFile) -> Pending<()> {
        self.write_as(by, move |c| {
            remove_file(c, draft.id, &file.name)?;
            let row = (file.name.clone(), file.content.clone(), file.md5.clone(), file.sha256.clone(), file.at.clone());
            insert_draft_file(c, draft.id, &row)?;
            Ok(((), draft.file_changed()))
        })
    }

    pub fn drop_draft_file(&self, by: By, draft: FormDraft, name: String) -> Pending<()> {
        self.write_as(by, move |c| if remove_file(c, draft.id, &name)? { Ok(((), draft.file_changed())) } else { Err(Error::NotFound) })
    }

    pub fn draft_files(&self, draft_id: i64) -> Result<Vec<FormFile>, Error> {
        let columns = (draft_file::name, draft_file::md5, draft_file::sha256, draft_file::updated_at);
        self.read(|c| {
            Ok(on!(c, c => draft_file::table.filter(draft_file::draft_id.eq(draft_id)).order(draft_file::name).select(columns).load(c))?)
        })
    }

    pub fn version_files(&self, version_id: i64) -> Result<Vec<FormFile>, Error> {
        let columns = (version_file::name, version_file::md5, version_file::sha256, version_file::updated_at);
        self.read(|c| {
            let of = version_file::table.filter(version_file::form_version_id.eq(version_id));
            Ok(on!(c, c => of.order(version_file::name).select(columns).load(c))?)
        })
    }

    pub fn draft_file(&self, draft_id: i64, name: &str) -> Result<Vec<u8>, Error> {
        self.read(|c| Ok(on!(c, c => draft_file::table.find((draft_id, name)).select(draft_file::content).first(c))?))
    }

    pub fn version_file(&self, version_id: i64, name: &str) -> Result<Vec<u8>, Error> {
        self.read(|c| Ok(on!(c, c => version_file::table.find((version_id, name)).select(version_file::content).first(c))?))
    }
}

fn draft_id(c: &mut Connection, study_id: i64, form_id: &str) -> Result<Option<i64>, Error> {
    let of = form_draft::table.filter(form_draft::study_id.eq(study_id)).filter(form_draft::form_id.eq(form_id));
    Ok(on!(c, c => of.select(form_draft::id).first(c).optional())?)
}

fn newest_version(c: &mut Connection, new: &NewForm) -> Result<Option<i64>, Error> {
    let of = form_version::table.filter(form_version::study_id.eq(new.study_id)).filter(form_version::form_id.eq(&new.form_id));
    Ok(on!(c, c => of.order(form_version::id.desc()).select(form_version::id).first(c).optional())?)
}

/// The files of the draft there is, else of the newest version.
fn files_so_far(c: &mut Connection, draft: Option<i64>, newest: Option<i64>) -> Result<Vec<Row>, Error> {
    if let Some(id) = draft {
        return rows_of_draft(c, id);
    }
    let columns = (version_file::name, version_file::content, version_file::md5, version_file::sha256, version_file::updated_at);
    let of = version_file::table.filter(version_file::form_version_id.eq(newest.unwrap_or(0)));
    Ok(on!(c, c => of.select(columns).load(c))?)
}

/// In the order of their names, as [`Store::draft_files`].
fn rows_of_draft(c: &mut Connection, draft_id: i64) -> Result<Vec<Row>, Error> {
    let columns = (draft_file::name, draft_file::content, draft_file::md5, draft_file::sha256, draft_file::updated_at);
    Ok(on!(c, c => draft_file::table.filter(draft_file::draft_id.eq(draft_id)).order(draft_file::name).select(columns).load(c))?)
}

fn insert_draft_file(c: &mut Connection, draft_id: i64, (name, content, md5, sha256, updated_at): &Row) -> Result<(), Error> {
    let values = (
        draft_file::draft_id.eq(draft_id),
        draft_file::name.eq(name),
        draft_file::content.eq(content),
        draft_file::md5.eq(md5),
        draft_file::sha256.eq(sha256),
        draft_file::updated_at.eq(updated_at),
    );
    on!(c, c => diesel::insert_into(draft_file::table).values(values).execute(c))?;
    Ok(())
}

fn remove_file(c: &mut Connection, draft_id: i64, name: &str) -> Result<bool, Error> {
    Ok(on!(c, c => diesel::delete(draft_file::table.find((draft_id, name))).execute(c))? > 0)
}

/// `false` where there is no such draft any more.
fn remove_draft(c: &mut Connection, id: i64) -> Result<bool, Error> {
    on!(c, c => diesel::delete(draft_file::table.filter(draft_file::draft_id.eq(id))).execute(c))?;
    Ok(on!(c, c => diesel::delete(form_draft::table.find(id)).execute(c))? > 0)
}
