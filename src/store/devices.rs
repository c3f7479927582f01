//! Devices; their tokens only as hashes, and of what they send a number a week.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::Instant;

use diesel::prelude::*;
use diesel::upsert::excluded;

use super::any_of::any_of;
use super::connection::{Connection, on};
use super::row_hash::RowText;
use super::schema::{device, device_psu, device_week};
use super::{Error, Pending, Store};
use crate::people::TokenHash;
use crate::trail::{Act, Action, By};

#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = device)]
pub struct Device {
    pub id: i64,
    pub study_id: i64,
    pub name: String,
    pub expires_on: String,
    pub revoked: bool,
    /// The week in which it was last heard of; empty where it was not yet.
    pub last_week: String,
}

impl Device {
    fn good_on(self, today: &str) -> Result<Device, Error> {
        if self.revoked || self.expires_on.as_str() < today { Err(Error::NotFound) } else { Ok(self) }
    }
}

impl Store {
    pub fn add_device(&self, by: By, study_id: i64, name: String, token: TokenHash, expires_on: String) -> Pending<i64> {
        self.write_as(by, move |c| {
            let values = (
                device::study_id.eq(study_id),
                device::name.eq(&name),
                device::token_hash.eq(token.as_slice()),
                device::expires_on.eq(&expires_on),
                device::revoked.eq(false),
            );
            let id = on!(c, c => diesel::insert_into(device::table).values(values).returning(device::id).get_result(c))?;
            Ok((id, Act::new(Action::DeviceCreate).study(study_id).to(id)))
        })
    }

    pub fn devices(&self, study_id: i64) -> Result<Vec<Device>, Error> {
        self.read(|c| {
            Ok(on!(c, c => device::table.filter(device::study_id.eq(study_id)).order(device::id).select(Device::as_select()).load(c))?)
        })
    }

    pub fn revoke_device(&self, by: By, study_id: i64, id: i64) -> Pending<()> {
        self.write_as(by, move |c| {
            let found = device::table.filter(device::id.eq(id)).filter(device::study_id.eq(study_id));
            match on!(c, c => diesel::update(found).set(device::revoked.eq(true)).execute(c))? {
                0 => Err(Error::NotFound),
                _ => {
                    on!(c, c => diesel::delete(device_psu::table.filter(device_psu::device_id.eq(id))).execute(c))?;
                    on!(c, c => diesel::delete(device_week::table.filter(device_week::device_id.eq(id))).execute(c))?;
                    Ok(((), Act::new(Action::DeviceRevoke).study(study_id).to(id)))
                }
            }
        })
    }

    /// The device a token belongs to, if it was asked for within the last second and nothing was done since.
    pub fn known_device(&self, study_id: i64, token: &TokenHash, today: &str) -> Option<Result<Device, Error>> {
        self.devices.get(&(study_id, *token), self.acts()).map(|device| device.good_on(today))
    }

    /// The device a token belongs to; `NotFound` where it is wrong, revoked, of another study or past its last day.
    pub fn device_by_token(&self, study_id: i64, token: &TokenHash, today: &str) -> Result<Device, Error> {
        let (acts, now) = (self.acts(), Instant::now());
        let found: Device = self.read(|c| {
            Ok(on!(c, c => device::table
                .filter(device::token_hash.eq(token.as_slice()))
                .filter(device::study_id.eq(study_id))
                .select(Device::as_select())
                .get_result(c))?)
        })?;
        self.devices.put((study_id, *token), found.clone(), acts, now);
        found.good_on(today)
    }

    /// That a device was heard of this week; when in it is kept nowhere.
    pub fn heard_of_device(&self, device: &Device, token: &TokenHash, week: String) -> Pending<()> {
        // What it sends within the same second need not say so again.
        self.devices.change(&(device.study_id, *token), |known| known.last_week.clone_from(&week));
        let id = device.id;
        self.write_unattended(move |c| {
            let stale = device::table.find(id).filter(device::last_week.ne(&week));
            on!(c, c => diesel::update(stale).set(device::last_week.eq(&week)).execute(c))?;
            Ok(())
        })
    }

    /// How many interviews each device of a study held in a week; none is none.
    pub fn weekly_interviews(&self, study_id: i64, week: &str) -> Result<Vec<(i64, i32)>, Error> {
        self.read(|c| {
            Ok(on!(c, c => device_week::table
                .inner_join(device::table)
                .filter(device::study_id.eq(study_id))
                .filter(device_week::week.eq(week))
                .select((device_week::device_id, device_week::interviews))
                .load(c))?)
        })
    }

    /// Erases the counts of weeks before one; how many there were.
    pub fn erase_weeks_before(&self, week: String) -> Pending<usize> {
        self.write_unattended(move |c| Ok(on!(c, c => diesel::delete(device_week::table.filter(device_week::week.lt(&week))).execute(c))?))
    }
}

/// Interviews that devices held, each counted in its week; which they were is kept nowhere. In the order of devices, so that two servers
/// on one database do not wait for each other.
pub(super) fn count_interviews(c: &mut Connection, held: &BTreeMap<(i64, &str), i32>) -> Result<(), Error> {
    match c {
        Connection::Sqlite(c) => count_where_one_writes(c, held)?,
        Connection::Postgres(_) if held.is_empty() => {}
        Connection::Postgres(c) => {
            let row = |((device_id, week), interviews): (&(i64, &str), &i32)| {
                (device_week::device_id.eq(*device_id), device_week::week.eq((*week).to_owned()), device_week::interviews.eq(*interviews))
            };
            diesel::insert_into(device_week::table)
                .values(held.iter().map(row).collect::<Vec<_>>())
                .on_conflict((device_week::device_id, device_week::week))
                .do_update()
                .set(device_week::interviews.eq(device_week::interviews + excluded(device_week::interviews)))
                .execute(c)?;
        }
    }
    Ok(())
}

/// Read at once, and each written whole by a statement that is prepared once.
fn count_where_one_writes(c: &mut SqliteConnection, held: &BTreeMap<(i64, &str), i32>) -> Result<(), Error> {
    let devices = held.keys().map(|(device_id, _)| *device_id).collect();
    let weeks = held.keys().map(|(_, week)| *week).collect::<BTreeSet<_>>().into_iter().collect();
    let before = device_week::table.filter(any_of(device_week::device_id, devices)).filter(any_of(device_week::week, weeks)).select((
        device_week::device_id,
        device_week::week,
        device_week::interviews,
    ));
    let before: Vec<(i64, String, i32)> = before.load(c)?;
    let before: HashMap<(i64, &str), i32> =
        before.iter().map(|(device_id, week, interviews)| ((*device_id, week.as_str()), *interviews)).collect();
    for ((device_id, week), interviews) in held {
        let interviews = before.get(&(*device_id, *week)).map_or(*interviews, |before| before.saturating_add(*interviews));
        let row = (
            device_week::device_id.eq(device_id),
            device_week::week.eq(week),
            device_week::interviews.eq(interviews),
            device_week::row_hash.eq(RowText::new().number(*device_id).text(week).number(interviews).hash()),
        );
        diesel::replace_into(device_week::table).values(row).execute(c)?;
    }
    Ok(())
}
