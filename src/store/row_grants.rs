//! Who may read coded rows: asked for by one person, granted by two others for a time, and a record when it is over.

use diesel::prelude::*;

use super::connection::{Connection, on};
use super::schema::{link_cut, row_grant};
use super::{Error, Pending, Store};
use crate::trail::{Act, Action, By};

/// What a statistician asks.
#[derive(Debug, Clone)]
pub struct NewRowGrant {
    pub study_id: i64,
    pub asked_on: String,
    /// Empty for every form of the study.
    pub form_id: String,
    pub because: String,
    /// The last day on which it waits.
    pub expires_on: String,
}

#[derive(Debug, Clone, Queryable)]
pub struct RowGrant {
    pub id: i64,
    pub study_id: i64,
    pub asked_by: i64,
    pub asked_on: String,
    pub form_id: String,
    pub because: String,
    pub reviewer_id: Option<i64>,
    pub coordinator_id: Option<i64>,
    pub expires_on: String,
    pub ended_by: Option<i64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GrantState {
    Waiting,
    /// By one of two.
    Half,
    Granted,
    Over,
}

/// As what a person may grant; the trail says as which they did.
#[derive(Debug, Clone, Copy)]
pub struct Granters {
    pub reviewer: bool,
    pub coordinator: bool,
}

/// A grant by two that was not over when it was looked up: without one no rows are read.
#[derive(Debug, Clone)]
pub struct GrantInForce {
    grant: RowGrant,
    /// Whether the study's link was cut by then: cutting gives every response another id, and rows stand in the order of ids.
    is_cut: bool,
}

impl GrantInForce {
    pub fn id(&self) -> i64 {
        self.grant.id
    }

    /// Whether rows were in another order before.
    pub fn is_after_cut(&self) -> bool {
        self.is_cut
    }

    pub(super) fn study_id(&self) -> i64 {
        self.grant.study_id
    }
}

impl RowGrant {
    pub fn state(&self, today: &str) -> GrantState {
        let is_over = self.ended_by.is_some() || self.expires_on.as_str() < today;
        match (is_over, self.reviewer_id, self.coordinator_id) {
            (true, ..) => GrantState::Over,
            (false, None, None) => GrantState::Waiting,
            (false, Some(_), Some(_)) => GrantState::Granted,
            (false, ..) => GrantState::Half,
        }
    }

    fn is_of_form(&self, form_id: &str) -> bool {
        self.form_id.is_empty() || self.form_id == form_id
    }

    /// The word is given as reviewer where that is still open; nobody gives both.
    fn taken(&self, by: i64, as_what: Granters) -> Option<&'static str> {
        if self.reviewer_id == Some(by) || self.coordinator_id == Some(by) {
            return None;
        }
        match (as_what.reviewer && self.reviewer_id.is_none(), as_what.coordinator && self.coordinator_id.is_none()) {
            (true, _) => Some("ethics-reviewer"),
            (false, true) => Some("coordinator"),
            (false, false) => None,
        }
    }
}

impl Store {
    pub fn ask_for_rows(&self, by: By, new: NewRowGrant) -> Pending<i64> {
        let person = by.id();
        self.write_as(by, move |c| {
            let values = (
                row_grant::study_id.eq(new.study_id),
                row_grant::asked_by.eq(person),
                row_grant::asked_on.eq(&new.asked_on),
                row_grant::form_id.eq(&new.form_id),
                row_grant::because.eq(&new.because),
                row_grant::expires_on.eq(&new.expires_on),
            );
            let id: i64 = on!(c, c => diesel::insert_into(row_grant::table).values(values).returning(row_grant::id).get_result(c))?;
            Ok((id, Act::new(Action::RowGrantAsk).study(new.study_id).form(&new.form_id, "").to(id)))
        })
    }

    /// Oldest first, those that are over too.
    pub fn row_grants(&self, study_id: i64) -> Result<Vec<RowGrant>, Error> {
        let of_study = row_grant::table.filter(row_grant::study_id.eq(study_id)).order(row_grant::id);
        self.read(|c| Ok(on!(c, c => of_study.load(c))?))
    }

    /// One of the two words, until a day; the earlier of both days holds. `Changed` where it is over, `Duplicate` where the word is given.
    pub fn grant_rows(&self, by: By, study_id: i64, id: i64, as_what: Granters, today: String, expires_on: String) -> Pending<()> {
        let person = by.id();
        self.write_as(by, move |c| {
            let grant = find(c, study_id, id)?;
            let is_first = match grant.state(&today) {
                GrantState::Over => return Err(Error::Changed),
                state => state == GrantState::Waiting,
            };
            let as_what = grant.taken(person, as_what).ok_or(Error::Duplicate)?;
            let until = if is_first { &expires_on } else { expires_on.as_str().min(&grant.expires_on) };
            let found = row_grant::table.find(id);
            let until = row_grant::expires_on.eq(until);
            if as_what == "coordinator" {
                on!(c, c => diesel::update(found).set((row_grant::coordinator_id.eq(Some(person)), until)).execute(c))?;
            } else {
                on!(c, c => diesel::update(found).set((row_grant::reviewer_id.eq(Some(person)), until)).execute(c))?;
            }
            let act = Act::new(Action::RowGrantGive).study(study_id).form(&grant.form_id, "").to(id);
            Ok(((), act.with("as", as_what).with("expiresOn", expires_on.as_str())))
        })
    }

    /// From the next page of rows on nobody reads by it. `Changed` where it is over.
    pub fn end_row_grant(&self, by: By, study_id: i64, id: i64, today: String) -> Pending<()> {
        let person = by.id();
        self.write_as(by, move |c| {
            let grant = find(c, study_id, id)?;
            if grant.state(&today) == GrantState::Over {
                return Err(Error::Changed);
            }
            on!(c, c => diesel::update(row_grant::table.find(id)).set(row_grant::ended_by.eq(Some(person))).execute(c))?;
            Ok(((), Act::new(Action::RowGrantEnd).study(study_id).form(&grant.form_id, "").to(id)))
        })
    }

    /// By which a person may read a form's rows today. The oldest of several: asking for one more changes nothing of what is being read.
    pub fn grant_in_force(&self, study_id: i64, person: i64, form_id: &str, today: &str) -> Result<Option<GrantInForce>, Error> {
        let of_person = self.row_grants(study_id)?.into_iter().filter(|grant| grant.asked_by == person);
        let mut for_form = of_person.filter(|grant| grant.is_of_form(form_id) && grant.state(today) == GrantState::Granted);
        let Some(grant) = for_form.next() else { return Ok(None) };
        Ok(Some(GrantInForce { grant, is_cut: self.link_cut(study_id)?.is_some() }))
    }
}

fn find(c: &mut Connection, study_id: i64, id: i64) -> Result<RowGrant, Error> {
    let grant = row_grant::table.filter(row_grant::study_id.eq(study_id)).filter(row_grant::id.eq(id));
    Ok(on!(c, c => grant.first(c))?)
}

/// Asked before each page of rows, so that a reading does not outlive its grant, nor the order of its rows. `Changed` where it is over.
pub(super) fn still_holds(c: &mut Connection, GrantInForce { grant, is_cut }: &GrantInForce, today: &str) -> Result<(), Error> {
    let cut = link_cut::table.find(grant.study_id).select(link_cut::study_id);
    let is_now_cut = on!(c, c => cut.first::<i64>(c).optional())?.is_some();
    match find(c, grant.study_id, grant.id)?.state(today) {
        GrantState::Granted if is_now_cut == *is_cut => Ok(()),
        _ => Err(Error::Changed),
    }
}
