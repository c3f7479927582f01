//! Second factors: salts, steps taken, and recovery codes as hashes.

use diesel::prelude::*;

use super::connection::{Connection, on};
use super::schema::{person, recovery_code, second_factor};
use super::{Error, Pending, Store};
use crate::trail::{Act, Action, By};

#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = second_factor)]
pub struct SecondFactor {
    pub salt: Vec<u8>,
    pub confirmed: bool,
    pub last_step: i64,
}

/// What was shown at signing in, once it was found to be right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shown {
    Step(i64),
    Recovery([u8; 32]),
}

impl Store {
    /// Begins one that its owner must confirm; `Duplicate` where there is a confirmed one.
    pub fn begin_second_factor(&self, by: By, salt: Vec<u8>, recovery: Vec<[u8; 32]>) -> Pending<()> {
        let person_id = by.id();
        self.write_as(by, move |c| {
            if find(c, person_id)?.is_some_and(|f| f.confirmed) {
                return Err(Error::Duplicate);
            }
            remove(c, person_id)?;
            let values = (
                second_factor::person_id.eq(person_id),
                second_factor::salt.eq(&salt),
                second_factor::confirmed.eq(false),
                second_factor::last_step.eq(0),
            );
            on!(c, c => diesel::insert_into(second_factor::table).values(values).execute(c))?;
            for hash in &recovery {
                let values = (recovery_code::person_id.eq(person_id), recovery_code::code_hash.eq(hash.as_slice()));
                on!(c, c => diesel::insert_into(recovery_code::table).values(values).execute(c))?;
            }
            Ok(((), Act::new(Action::SecondFactorBegin).to(person_id)))
        })
    }

    /// From now on it is asked for. `Changed` where another was begun meanwhile.
    pub fn confirm_second_factor(&self, by: By, salt: Vec<u8>, step: i64) -> Pending<()> {
        let person_id = by.id();
        self.write_as(by, move |c| {
            let begun = second_factor::table.filter(second_factor::person_id.eq(person_id)).filter(second_factor::salt.eq(&salt));
            let set = (second_factor::confirmed.eq(true), second_factor::last_step.eq(step));
            match on!(c, c => diesel::update(begun).set(set).execute(c))? {
                0 => Err(Error::Changed),
                _ => Ok(((), Act::new(Action::SecondFactorConfirm).to(person_id))),
            }
        })
    }

    /// Ends it, where what was shown is still good.
    pub fn end_second_factor(&self, by: By, shown: Shown) -> Pending<()> {
        let person_id = by.id();
        self.write_as(by, move |c| {
            use_up(c, person_id, shown)?;
            remove(c, person_id)?;
            Ok(((), Act::new(Action::SecondFactorEnd).to(person_id)))
        })
    }

    /// Ends someone else's, who has lost it; `NotFound` where there is none.
    pub fn forget_second_factor(&self, by: By, email: String) -> Pending<()> {
        self.write_as(by, move |c| {
            let id: i64 = on!(c, c => person::table.filter(person::email.eq(&email)).select(person::id).first(c))?;
            if remove(c, id)? { Ok(((), Act::new(Action::SecondFactorEnd).to(id))) } else { Err(Error::NotFound) }
        })
    }

    pub fn second_factor(&self, person_id: i64) -> Result<Option<SecondFactor>, Error> {
        self.read(|c| find(c, person_id))
    }

    pub fn has_recovery_code(&self, person_id: i64, hash: &[u8; 32]) -> Result<bool, Error> {
        let found = diesel::select(diesel::dsl::exists(recovery_code::table.find((person_id, hash.as_slice()))));
        self.read(|c| Ok(on!(c, c => found.get_result(c))?))
    }
}

fn find(c: &mut Connection, person_id: i64) -> Result<Option<SecondFactor>, Error> {
    Ok(on!(c, c => second_factor::table.find(person_id).select(SecondFactor::as_select()).first(c).optional())?)
}

/// Makes sure that what was shown is good this once: `Changed` where it was used meanwhile, by whoever looked over a shoulder.
pub(super) fn use_up(c: &mut Connection, person_id: i64, shown: Shown) -> Result<(), Error> {
    let used = match &shown {
        Shown::Step(step) => {
            let earlier = second_factor::table.filter(second_factor::person_id.eq(person_id)).filter(second_factor::last_step.lt(*step));
            on!(c, c => diesel::update(earlier).set(second_factor::last_step.eq(*step)).execute(c))?
        }
        Shown::Recovery(hash) => on!(c, c => diesel::delete(recovery_code::table.find((person_id, hash.as_slice()))).execute(c))?,
    };
    if used == 1 { Ok(()) } else { Err(Error::Changed) }
}

fn remove(c: &mut Connection, person_id: i64) -> Result<bool, Error> {
    on!(c, c => diesel::delete(recovery_code::table.filter(recovery_code::person_id.eq(person_id))).execute(c))?;
    Ok(on!(c, c => diesel::delete(second_factor::table.find(person_id)).execute(c))? > 0)
}
