//! Samples kept in memory, with the tables last asked of them: the interviews are read once, and not for each table.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::table::Alone;
use super::{Error, PrevalenceTable, Question, Sample};
use crate::store::{Store, Study};

/// How many interviews are kept in all; the sample that was asked last is kept however large it is.
const MOST_ROWS: usize = 2_000_000;
/// How many tables of a sample.
const MOST_TABLES: usize = 64;

/// Right by the study's settings and the number of its changes, which are read from the database each time: no answer stays here that was taken back, whichever server of
/// several took it back, once the next table of its study is asked for.
#[derive(Debug, Default)]
pub struct Samples {
    memory: Mutex<Memory>,
}

#[derive(Debug, Default)]
struct Memory {
    /// The last asked first.
    kept: Vec<Kept>,
    /// How often all was let go: what began to be read before the last time is not kept after it.
    forgotten: u64,
}

#[derive(Debug, Clone)]
struct Kept {
    study: Study,
    changes: i64,
    forgotten: u64,
    sample: Arc<Sample>,
    tables: Vec<Arc<Alone>>,
}

impl Samples {
    /// One table by itself, for a statistician: what others may see leaves in a release.
    pub fn answer(&self, store: &Store, question: &Question) -> Result<PrevalenceTable, Error> {
        let mut kept = self.read(store, question)?;
        let known = kept.tables.iter().position(|table| table.is(&question.indicator, &question.by));
        let table = match known {
            Some(place) => kept.tables.remove(place),
            None => Arc::new(Alone::new(&kept.sample, &question.indicator, &question.by)?),
        };
        kept.tables.insert(0, Arc::clone(&table));
        kept.tables.truncate(MOST_TABLES);
        let sample = Arc::clone(&kept.sample);
        self.keep(kept);
        table.shown(store, &sample)
    }

    /// The interviews of the weight set that a question names.
    pub(super) fn sample(&self, store: &Store, question: &Question) -> Result<Arc<Sample>, Error> {
        let kept = self.read(store, question)?;
        let sample = Arc::clone(&kept.sample);
        self.keep(kept);
        Ok(sample)
    }

    /// Lets go of all: answers were taken back, and must not stay in memory until somebody asks.
    pub fn forget(&self) {
        let mut memory = self.memory();
        memory.kept.clear();
        memory.forgotten += 1;
    }

    /// Nothing in it is half done where a thread panicked: a sample is in it or not.
    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn read(&self, store: &Store, question: &Question) -> Result<Kept, Error> {
        let study_id = question.study_id;
        let weight_set = match &question.weights {
            Some(name) => store.weight_set(study_id, name)?,
            None => store.weight_sets(study_id)?.pop().ok_or(Error::NoWeights)?,
        };
        // Before the rows: a change in between makes what is read out of date at once.
        let forgotten = self.memory().forgotten;
        let changes = store.changes(study_id)?;
        let study = store.study(study_id)?;
        if let Some(known) = self.known(&study, changes, weight_set.id) {
            return Ok(known);
        }
        let sample = Arc::new(Sample::read(store, study_id, weight_set)?);
        Ok(Kept { study, changes, forgotten, sample, tables: Vec::new() })
    }

    fn known(&self, study: &Study, changes: i64, weight_set: i64) -> Option<Kept> {
        let kept = &mut self.memory().kept;
        kept.retain(|one| one.study.id != study.id || (one.study == *study && one.changes == changes));
        kept.iter().find(|one| one.sample.weight_set.id == weight_set).cloned()
    }

    fn keep(&self, new: Kept) {
        let mut memory = self.memory();
        if memory.forgotten != new.forgotten {
            return;
        }
        let kept = &mut memory.kept;
        kept.retain(|one| one.sample.weight_set.id != new.sample.weight_set.id);
        kept.insert(0, new);
        let mut rows = 0;
        kept.retain(|one| {
            let is_first = rows == 0;
            rows += one.sample.rows.len();
            is_first || rows <= MOST_ROWS
        });
    }
}
