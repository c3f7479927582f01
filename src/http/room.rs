//! How much room the disks have that the server writes to, and what follows: a warning, and at the floor no more interviews.

use std::path::Path;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::Duration;

use actix_web::web::{self, Data};
use tokio::time::{Instant, interval};

use super::State;
use super::problem::Problem;
use crate::settings::Room;

/// A reading holds so long.
const HOLDS_FOR: Duration = Duration::from_secs(1);
const A_MINUTE: Duration = Duration::from_secs(60);
/// Every how many minutes it is said again that there is little.
const REMINDER: u32 = 60;

/// What was read the last time: the room of the fullest disk.
#[derive(Debug, Default)]
pub struct Disk(Mutex<Option<(Instant, u64)>>);

impl Disk {
    fn last(&self) -> Option<u64> {
        let last = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        last.filter(|(at, _)| at.elapsed() < HOLDS_FOR).map(|(_, free)| free)
    }
}

/// The bytes that are free, less what the database's log still needs of them; 0 where that cannot be found out, for then nothing can be written there either.
pub async fn free(state: &Data<State>) -> Result<u64, Problem> {
    if let Some(free) = state.disk.last() {
        return Ok(free);
    }
    let shared = state.clone();
    let free = web::block(move || {
        let free = shared.folders().iter().map(|folder| free_of(folder)).min().unwrap_or(0);
        free.saturating_sub(shared.store.log_size())
    })
    .await?;
    *state.disk.0.lock().unwrap_or_else(PoisonError::into_inner) = Some((Instant::now(), free));
    Ok(free)
}

/// Refuses at the floor: what is left is for the office to sign in, decide and erase. The interview stays on its phone.
pub async fn hold(state: &Data<State>) -> Result<(), Problem> {
    let free = free(state).await?;
    if free >= state.room.floor() {
        return Ok(());
    }
    Err(Problem::Unavailable(format!(
        "no interviews are taken in: {} MiB are free on the disk, {} are the floor",
        free >> 20,
        state.room.floor_mib
    )))
}

/// Says to the log when there is little room, and every hour as long as there is.
pub async fn watch(state: Data<State>) {
    let mut minutes = interval(A_MINUTE);
    let mut silent = 0;
    loop {
        minutes.tick().await;
        let Ok(free) = free(&state).await else { continue };
        if free >= state.room.warn() {
            silent = 0;
        } else if silent == 0 {
            tracing::warn!(mebibytes = free >> 20, "little room is left on the disk: make room before it is full");
            silent = REMINDER;
        } else {
            silent -= 1;
        }
    }
}

fn free_of(folder: &Path) -> u64 {
    rustix::fs::statvfs(folder).map_or(0, |disk| disk.f_bavail.saturating_mul(disk.f_frsize))
}

impl Room {
    pub(super) fn warn(self) -> u64 {
        self.warn_mib.saturating_mul(1 << 20)
    }

    pub(super) fn floor(self) -> u64 {
        self.floor_mib.saturating_mul(1 << 20)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_disk_has_room_and_a_folder_that_is_not_there_none() {
        let folder = std::env::temp_dir();
        assert!(free_of(&folder) > 0);
        assert_eq!(free_of(&folder.join("not there")), 0);
        assert_eq!(Room { warn_mib: u64::MAX, floor_mib: 1 }.warn(), u64::MAX);
    }
}
