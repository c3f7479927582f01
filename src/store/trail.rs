//! The trail's lines: appended one after the other, read, and never changed.

use std::path::PathBuf;

use diesel::prelude::*;

use super::connection::{Connection, DatabaseUrl, OpenError, on};
use super::schema::{trail, trail_head};
use super::{Error, Pending, Store};
use crate::keys::Signer;
use crate::trail::{Act, Action, Break, By, Check, Head, Line};

/// The only row of the head.
const HEAD: i64 = 1;
/// How many lines are read at a time.
const PAGE: i64 = 1000;

type Row = (i64, String, String, i64, String, i64, String, String, i64, String, Vec<u8>);

/// The right to write the next line; held until the commit, by one server at a time.
pub(super) struct Turn(Head);

/// Waits for the head and looks whether it is ours to continue: a head put in by whoever can write the database, and has not
/// the key, must not be made good by signing what follows it.
pub(super) fn take_turn(c: &mut Connection, signer: &Signer) -> Result<Turn, Error> {
    let no_head = || Error::Unavailable("the trail has no head: run kish verify".to_owned());
    let (head, signature) = read_head(c, true)?.ok_or_else(no_head)?;
    if is_ours(&head, &signature, signer) {
        Ok(Turn(head))
    } else {
        Err(Error::Unavailable("the trail's head is not signed by this server's key: run kish verify".to_owned()))
    }
}

impl Turn {
    pub(super) fn write(self, c: &mut Connection, signer: &Signer, by: &By, act: &Act) -> Result<(), Error> {
        let line = Line::after(&self.0, by, act);
        let hash = <[u8; 32]>::try_from(line.hash.as_slice()).map_err(|_| Error::Unavailable("a hash has 32 bytes".to_owned()))?;
        let head = Head { number: line.number, hash };
        let values = (
            trail::number.eq(line.number),
            trail::week.eq(&line.week),
            trail::role.eq(&line.role),
            trail::actor_id.eq(line.actor_id),
            trail::action.eq(&line.action),
            trail::study_id.eq(line.study_id),
            trail::form_id.eq(&line.form_id),
            trail::version.eq(&line.version),
            trail::actee_id.eq(line.actee_id),
            trail::details.eq(&line.details),
            trail::hash.eq(&line.hash),
        );
        // A line that is there already stands after the head: somebody put it in, which is no "exists already" of the caller's.
        on!(c, c => diesel::insert_into(trail::table).values(values).execute(c))
            .map_err(|e| Error::Unavailable(format!("the trail cannot be continued, run kish verify: {e}")))?;
        let signature = signer.sign(&head.signed());
        let set = (trail_head::number.eq(head.number), trail_head::hash.eq(&line.hash), trail_head::signature.eq(signature.as_slice()));
        on!(c, c => diesel::update(trail_head::table.find(HEAD)).set(set).execute(c))?;
        Ok(())
    }
}

/// Before the first line there is nothing to sign.
fn is_ours(head: &Head, signature: &[u8], signer: &Signer) -> bool {
    (*head == Head::default() && signature.is_empty()) || signer.has_signed(&head.signed(), signature)
}

/// The head and its signature, where there is a head.
fn read_head(c: &mut Connection, is_held: bool) -> Result<Option<(Head, Vec<u8>)>, Error> {
    let row = trail_head::table.find(HEAD).select((trail_head::number, trail_head::hash, trail_head::signature));
    let found: Option<(i64, Vec<u8>, Vec<u8>)> = match c {
        // SQLite has one writer at a time.
        Connection::Sqlite(c) => row.first(c).optional()?,
        Connection::Postgres(c) if is_held => row.for_update().first(c).optional()?,
        Connection::Postgres(c) => row.first(c).optional()?,
    };
    Ok(found.and_then(|(number, hash, signature)| Some((Head { number, hash: hash.try_into().ok()? }, signature))))
}

impl Store {
    /// Notes what was done where nothing is kept but that, such as reading a table.
    pub fn note(&self, by: By, act: Act) -> Pending<()> {
        self.write_as(by, move |_| Ok(((), act.clone())))
    }

    /// The newest lines first, of one study or of all, of the acts named.
    pub fn trail(&self, study_id: Option<i64>, actions: &[Action], limit: i64, offset: i64) -> Result<Vec<Line>, Error> {
        let codes: Vec<&str> = actions.iter().map(|a| a.code()).collect();
        // Lines about no study have the number 0, which no study has.
        let (least, most) = study_id.map_or((i64::MIN, i64::MAX), |id| (id, id));
        let rows: Vec<Row> = self.read(|c| {
            Ok(on!(c, c => trail::table
                .filter(trail::study_id.between(least, most))
                .filter(trail::action.eq_any(&codes))
                .order(trail::number.desc())
                .limit(limit)
                .offset(offset)
                .load(c))?)
        })?;
        Ok(rows.into_iter().map(line).collect())
    }

    /// The week of the newest line; none where nothing was ever done.
    pub fn last_week_of_trail(&self) -> Result<Option<String>, Error> {
        self.read(|c| Ok(on!(c, c => trail::table.order(trail::number.desc()).select(trail::week).first(c).optional())?))
    }
}

fn line(row: Row) -> Line {
    let (number, week, role, actor_id, action, study_id, form_id, version, actee_id, details, hash) = row;
    Line { number, week, role, actor_id, action, study_id, form_id, version, actee_id, details, hash }
}

#[derive(Debug, thiserror::Error)]
pub enum TrailError {
    #[error("there is no database at {}", .0.display())]
    NoFile(PathBuf),
    #[error("{0}")]
    Open(#[from] OpenError),
    #[error("the database has no trail that can be read: {0}")]
    Read(#[from] Error),
}

/// Checks a trail from its first line to its head, and the head's signature; changes and makes nothing.
pub fn check_trail(url: &DatabaseUrl, signer: &Signer, noted: Option<Head>) -> Result<Result<Head, Break>, TrailError> {
    if let DatabaseUrl::Sqlite(path) = url
        && !path.exists()
    {
        return Err(TrailError::NoFile(path.clone()));
    }
    let mut c = url.connect()?;
    // One view of head and lines, though a server may be appending.
    c.execute(if matches!(c, Connection::Sqlite(_)) { "BEGIN" } else { "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY" })
        .map_err(Error::from)?;
    let Some((head, signature)) = read_head(&mut c, false)? else { return Ok(Err(Break::NoHead)) };
    if !is_ours(&head, &signature, signer) {
        return Ok(Err(Break::Unsigned));
    }
    let mut check = Check::new(head, noted);
    let walked = walk(&mut c, &mut check)?;
    Ok(walked.and_then(|()| check.end()).map(|()| head))
}

fn walk(c: &mut Connection, check: &mut Check) -> Result<Result<(), Break>, Error> {
    let mut last = i64::MIN;
    loop {
        let rows: Vec<Row> = on!(c, c => trail::table.filter(trail::number.gt(last)).order(trail::number).limit(PAGE).load(c))?;
        let Some(end) = rows.last() else { return Ok(Ok(())) };
        last = end.0;
        if let Err(broken) = rows.into_iter().try_for_each(|row| check.follow(&line(row))) {
            return Ok(Err(broken));
        }
    }
}
