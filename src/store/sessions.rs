//! Sessions of people, known by the hash of their token.

use diesel::prelude::*;

use super::connection::{Connection, on};
use super::schema::{person, session};
use super::second_factor::{Shown, use_up};
use super::{Error, Pending, Person, Store};
use crate::people::TokenHash;
use crate::trail::{Act, Action, By};

/// How many sessions a person may have at once; a further one ends the oldest.
const MOST: i64 = 2;
/// How long a session lasts in which nothing is done.
const IDLE_SECONDS: i64 = 15 * 60;
/// How exactly it is known when a session was used: a write a minute at most.
const COARSE_SECONDS: i64 = 60;

/// A session that begins.
#[derive(Debug, Clone)]
pub struct NewSession {
    pub token: TokenHash,
    /// The one the same browser had before; it ends.
    pub before: Option<TokenHash>,
    /// In seconds since 1970, as all times of sessions.
    pub now: i64,
    pub expires_at: i64,
    /// The second factor, where the person has one.
    pub shown: Option<Shown>,
}

impl Store {
    /// The person is who `by` names. `Changed` where what was shown as second factor was used meanwhile. Sessions that have run out are forgotten with it, anybody's.
    pub fn open_session(&self, by: By, new: NewSession) -> Pending<()> {
        let person_id = by.id();
        self.write_as(by, move |c| {
            new.shown.map_or(Ok(()), |shown| use_up(c, person_id, shown))?;
            forget(c, &new)?;
            end_oldest(c, person_id)?;
            let values = (
                session::token_hash.eq(new.token.as_slice()),
                session::person_id.eq(person_id),
                session::expires_at.eq(new.expires_at),
                session::used_at.eq(new.now),
            );
            on!(c, c => diesel::insert_into(session::table).values(values).execute(c))?;
            Ok(((), Act::new(Action::SessionCreate).to(person_id)))
        })
    }

    pub fn close_session(&self, by: By, token: TokenHash) -> Pending<()> {
        let person_id = by.id();
        self.write_as(by, move |c| {
            on!(c, c => diesel::delete(session::table.find(token.as_slice())).execute(c))?;
            Ok(((), Act::new(Action::SessionEnd).to(person_id)))
        })
    }

    /// The person a session belongs to; `NotFound` where it has ended. That it was used is kept to the minute, so that it ends
    /// 14 to 15 minutes after the last request, on whichever server of the database, and though one was restarted meanwhile.
    pub fn session_person(&self, token: &TokenHash, now: i64) -> Result<Person, Error> {
        let (used_at, person): (i64, Person) = self.read(|c| {
            Ok(on!(c, c => session::table
                .inner_join(person::table.on(person::id.eq(session::person_id)))
                .filter(session::token_hash.eq(token.as_slice()))
                .filter(session::expires_at.gt(now))
                .filter(session::used_at.gt(now - IDLE_SECONDS))
                .filter(person::disabled.eq(false))
                .select((session::used_at, person::all_columns))
                .first(c))?)
        })?;
        if used_at > now + IDLE_SECONDS {
            // Used under a clock that was ahead, it would last until then, or be good again some day before.
            drop(self.end_session(*token));
            return Err(Error::NotFound);
        }
        if now - used_at >= COARSE_SECONDS {
            // Nobody waits for it: a request is not slower for it, and the next one notes it if this is lost.
            drop(self.use_session(*token, now));
        }
        Ok(person)
    }

    fn end_session(&self, token: TokenHash) -> Pending<()> {
        self.write_unattended(move |c| {
            on!(c, c => diesel::delete(session::table.find(token.as_slice())).execute(c))?;
            Ok(())
        })
    }

    fn use_session(&self, token: TokenHash, now: i64) -> Pending<()> {
        self.write_unattended(move |c| {
            on!(c, c => diesel::update(session::table.find(token.as_slice())).set(session::used_at.eq(now)).execute(c))?;
            Ok(())
        })
    }
}

fn forget(c: &mut Connection, new: &NewSession) -> Result<(), Error> {
    let is_ahead = session::used_at.gt(new.now + IDLE_SECONDS);
    let has_ended = session::expires_at.le(new.now).or(session::used_at.le(new.now - IDLE_SECONDS)).or(is_ahead);
    on!(c, c => diesel::delete(session::table.filter(has_ended)).execute(c))?;
    if let Some(before) = &new.before {
        on!(c, c => diesel::delete(session::table.find(before.as_slice())).execute(c))?;
    }
    Ok(())
}

/// Makes room for one more.
fn end_oldest(c: &mut Connection, person_id: i64) -> Result<(), Error> {
    let of_person = session::table.filter(session::person_id.eq(person_id)).order((session::expires_at.desc(), session::used_at.desc()));
    let too_many: Vec<Vec<u8>> = on!(c, c => of_person.select(session::token_hash).offset(MOST - 1).limit(i64::MAX).load(c))?;
    on!(c, c => diesel::delete(session::table.filter(session::token_hash.eq_any(&too_many))).execute(c))?;
    Ok(())
}
