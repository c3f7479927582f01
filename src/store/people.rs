//! People with their roles; passwords only as hashes.

use diesel::prelude::*;

use super::connection::on;
use super::schema::{assignment, person, session, study};
use super::{Error, Pending, Store};
use crate::people::Role;
use crate::trail::{Act, Action, By};

#[derive(Debug, Clone, Queryable)]
pub struct Person {
    pub id: i64,
    pub email: String,
    pub name: String,
    pub password_hash: String,
    pub disabled: bool,
    pub recipient: Option<String>,
}

impl Store {
    /// `Duplicate` where the address is taken.
    pub fn add_person(&self, by: By, email: String, name: String, password_hash: String, recipient: Option<String>) -> Pending<i64> {
        self.write_as(by, move |c| {
            let values = (
                person::email.eq(&email),
                person::name.eq(&name),
                person::password_hash.eq(&password_hash),
                person::disabled.eq(false),
                person::recipient.eq(&recipient),
            );
            let id = on!(c, c => diesel::insert_into(person::table).values(values).returning(person::id).get_result(c))?;
            Ok((id, Act::new(Action::UserCreate).to(id)))
        })
    }

    pub fn person_by_email(&self, email: &str) -> Result<Person, Error> {
        self.read(|c| Ok(on!(c, c => person::table.filter(person::email.eq(email)).first(c))?))
    }

    pub fn people(&self) -> Result<Vec<Person>, Error> {
        self.read(|c| Ok(on!(c, c => person::table.order(person::id).load(c))?))
    }

    /// Ends the person's sessions too.
    pub fn disable_person(&self, by: By, email: String) -> Pending<()> {
        self.write_as(by, move |c| {
            let id: i64 = on!(c, c => person::table.filter(person::email.eq(&email)).select(person::id).first(c))?;
            on!(c, c => diesel::update(person::table.find(id)).set(person::disabled.eq(true)).execute(c))?;
            on!(c, c => diesel::delete(session::table.filter(session::person_id.eq(id))).execute(c))?;
            Ok(((), Act::new(Action::UserDisable).to(id)))
        })
    }

    pub fn assign(&self, by: By, person_id: i64, study_id: i64, role: Role) -> Pending<()> {
        self.write_as(by, move |c| {
            let _: i64 = on!(c, c => person::table.find(person_id).select(person::id).first(c))?;
            // A role in every study is given at the command line alone.
            if study_id != 0 {
                let _: i64 = on!(c, c => study::table.find(study_id).select(study::id).first(c))?;
            }
            let values = (assignment::person_id.eq(person_id), assignment::study_id.eq(study_id), assignment::role.eq(role.name()));
            on!(c, c => diesel::insert_into(assignment::table).values(values).on_conflict_do_nothing().execute(c))?;
            Ok(((), Act::new(Action::UserAssign).study(study_id).to(person_id).with("role", role.name())))
        })
    }

    /// The person's roles, each with its study; study 0 is every study.
    pub fn roles(&self, person_id: i64) -> Result<Vec<(i64, Role)>, Error> {
        let rows: Vec<(i64, String)> = self.read(|c| {
            Ok(on!(c, c => assignment::table.filter(assignment::person_id.eq(person_id)).select((assignment::study_id, assignment::role)).load(c))?)
        })?;
        Ok(rows.into_iter().filter_map(|(study, role)| Some((study, Role::named(&role)?))).collect())
    }

    /// The key that what a study sets aside is sealed to: its first ethics reviewer's.
    pub fn reviewer_recipient(&self, study_id: i64) -> Result<Option<String>, Error> {
        self.read(|c| {
            Ok(on!(c, c => person::table
                .inner_join(assignment::table.on(assignment::person_id.eq(person::id)))
                .filter(assignment::study_id.eq_any([0, study_id]))
                .filter(assignment::role.eq(Role::EthicsReviewer.name()))
                .filter(person::recipient.is_not_null())
                .filter(person::disabled.eq(false))
                .order(person::id)
                .select(person::recipient)
                .first::<Option<String>>(c)
                .optional())?
            .flatten())
        })
    }
}
