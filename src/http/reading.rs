//! A form's rows on their way out: read a page at a time, one ahead of the reader, so that memory stays flat, no connection to the
//! database waits for a slow line, and the reading stops where the reader is gone or the grant is over.

use std::collections::HashMap;
use std::sync::Arc;

use actix_web::web::Data;
use uuid::Uuid;

use super::State;
use super::problem::Problem;
use crate::export::rows::{Instance, Row, Step, Table, Tables};
use crate::keys::RowKey;
use crate::store::{CodedInstance, CodedRow, FormVersion, GrantInForce, Nested};

/// Rows read at once; of the shipped questionnaire they take about a megabyte.
const PAGE: i64 = 2000;
/// Ids looked at at once.
const IDS: i64 = 20_000;
/// Interviews whose instances are looked through at once for what lies in what: each has a thousand of a repeat at most.
const NESTED_AT_ONCE: usize = 100;

/// What is read, and by whose word.
pub struct Source {
    pub state: Data<State>,
    pub grant: GrantInForce,
    pub key: RowKey,
    /// The form's versions, the newest first, as the columns have them.
    pub versions: Vec<FormVersion>,
    pub tables: Tables,
}

/// Behind which row a reading goes on: rows stand by version, in a version by id, and instances of a repeat in a response by number,
/// which comes behind the id.
#[derive(Debug, Clone, Default)]
pub struct Position {
    version: usize,
    after: Vec<u8>,
}

/// Rows of one version, as many as are read at once: of interviews, or of a repeat.
#[derive(Debug, Default)]
pub struct Page {
    of: usize,
    interviews: Vec<CodedRow>,
    /// Each with its way through the interview.
    instances: Vec<(CodedInstance, Vec<Step>)>,
    /// Where the next page begins; empty where there is no row.
    after: Vec<u8>,
}

/// The way past the rows of a table, a page at a time.
pub struct Reading {
    source: Arc<Source>,
    table: usize,
    at: Position,
    skip: i64,
    /// How many rows may still be read; all where nothing is said.
    left: Option<i64>,
}

impl Source {
    pub fn table(&self, table: usize) -> Option<&Table> {
        self.tables.get(table)
    }

    /// The sealed place is of a table's name, whether the link was cut, a version's number and where in it.
    pub fn open(&self, table: usize, token: &str) -> Option<Position> {
        let place = self.key.open(token)?;
        let place = place.strip_prefix(self.table(table)?.name.as_bytes())?.strip_prefix(self.mark())?;
        let (version, after) = place.split_first_chunk::<8>()?;
        let version = self.versions.iter().position(|known| known.id == i64::from_be_bytes(*version))?;
        Some(Position { version, after: after.to_vec() })
    }

    /// Behind a table's name: no place leads past the cut, which gives rows another order.
    fn mark(&self) -> &'static [u8] {
        if self.grant.is_after_cut() { b"\x01" } else { b"\0" }
    }

    fn seal(&self, table: usize, at: &Position) -> Option<String> {
        let (version, table) = (self.versions.get(at.version)?, self.table(table)?);
        self.key.seal(&[table.name.as_bytes(), self.mark(), &version.id.to_be_bytes(), &at.after].concat())
    }

    /// How many rows a table has.
    pub fn count(&self, table: usize) -> Result<i64, Problem> {
        let start = |version| Position { version, after: Vec::new() };
        (0..self.versions.len()).try_fold(0, |sum, version| Ok(sum + self.behind(table, &start(version))?))
    }

    /// How many rows of a table a version has behind a place.
    fn behind(&self, table: usize, at: &Position) -> Result<i64, Problem> {
        let (store, id) = (&self.state.store, self.versions.get(at.version).map_or(0, |version| version.id));
        Ok(match self.repeat(table, at.version) {
            None => store.count_coded_rows(&self.grant, id, &at.after)?,
            Some(None) => 0,
            Some(Some(repeat)) => store.count_coded_instances(&self.grant, (id, repeat), at.instance())?,
        })
    }

    /// The repeat a table is of, where it is of one, and that where a version has it.
    fn repeat(&self, table: usize, version: usize) -> Option<Option<&str>> {
        let table = self.table(table)?;
        table.repeats().last().map(|repeat| table.is_of(version).then_some(repeat.as_str()))
    }

    fn page(&self, table: usize, at: &Position, (skip, limit): (i64, i64)) -> Result<Page, Problem> {
        let today = self.state.clock.today().to_string();
        let (granted, id) = ((&self.grant, today.as_str()), self.versions.get(at.version).map_or(0, |version| version.id));
        let mut page = Page { of: at.version, ..Page::default() };
        match self.repeat(table, at.version) {
            None => {
                page.interviews = self.state.store.coded_rows(granted, id, &at.after, (skip, limit))?;
                page.after = page.interviews.last().map(|last| last.id.clone()).unwrap_or_default();
            }
            Some(None) => {}
            Some(Some(repeat)) => {
                let coded = self.state.store.coded_instances(granted, (id, repeat), at.instance(), (skip, limit))?;
                page.after =
                    coded.last().map(|last| [&last.response_id, last.number.to_be_bytes().as_slice()].concat()).unwrap_or_default();
                page.instances = self.stepped(table, id, coded)?;
            }
        }
        Ok(page)
    }

    /// Instances with their ways. One whose interview was taken back since it was read has none, and is left out.
    fn stepped(&self, table: usize, version: i64, coded: Vec<CodedInstance>) -> Result<Vec<(CodedInstance, Vec<Step>)>, Problem> {
        let repeats = self.table(table).map(Table::repeats).unwrap_or_default();
        let interviews: Vec<&[CodedInstance]> = coded.chunk_by(|a, b| a.response_id == b.response_id).collect();
        let mut steps = Vec::with_capacity(coded.len());
        for some in interviews.chunks(NESTED_AT_ONCE) {
            let ids = some.iter().filter_map(|interview| Some(interview.first()?.response_id.as_slice())).collect();
            let places = match repeats {
                [_] => Places::default(),
                _ => Places::of(self.state.store.nested_instances(&self.grant, (version, repeats), ids)?),
            };
            steps.extend(some.iter().copied().flatten().map(|coded| places.steps(&self.key, repeats, coded)));
        }
        Ok(coded.into_iter().zip(steps).filter_map(|(coded, steps)| Some((coded, steps?))).collect())
    }

    /// The instances of a table that lie in one interview, and in those instances of it that are named.
    pub fn within(&self, table: usize, interview: Uuid, around: &[Uuid]) -> Result<Page, Problem> {
        let Some((version, id)) = self.interview(interview)? else { return Ok(Page::default()) };
        let at = Position { version, after: [id.as_slice(), &0_i32.to_be_bytes()].concat() };
        let mut page = self.page(table, &at, (0, PAGE))?;
        let lies_in = |steps: &[Step]| steps.iter().zip(around).all(|(step, name)| step.name == *name);
        page.instances.retain(|(coded, steps)| coded.response_id == id && lies_in(steps));
        Ok(page)
    }

    /// The interview that has a name: each is looked at, for a name does not lead back.
    fn interview(&self, name: Uuid) -> Result<Option<(usize, Vec<u8>)>, Problem> {
        let today = self.state.clock.today().to_string();
        for (place, version) in self.versions.iter().enumerate() {
            let mut after = Vec::new();
            loop {
                let ids = self.state.store.coded_ids((&self.grant, &today), version.id, &after, IDS)?;
                let Some(last) = ids.last() else { break };
                after.clone_from(last);
                if let Some(found) = ids.into_iter().find(|id| self.key.name(id) == name) {
                    return Ok(Some((place, found)));
                }
            }
        }
        Ok(None)
    }
}

impl Position {
    /// Behind which response, and which instance of a repeat in it.
    fn instance(&self) -> (&[u8], i32) {
        self.after.split_last_chunk::<4>().map_or((&[], 0), |(id, number)| (id, i32::from_be_bytes(*number)))
    }
}

/// Where the instances of a repeat in a response lie: for a number the one around it and which it is there.
type Within = HashMap<i32, (i32, usize)>;

/// The same for each response and repeat.
#[derive(Default)]
struct Places(HashMap<(Vec<u8>, String), Within>);

impl Places {
    /// From those of each repeat in the order of the interview.
    fn of(nested: Vec<Nested>) -> Places {
        let mut places = Places::default();
        for (response, repeat, number, around) in nested {
            let known = places.0.entry((response, repeat)).or_default();
            let rank = known.values().filter(|(other, _)| *other == around).count() + 1;
            known.insert(number, (around, rank));
        }
        places
    }

    /// The instances in which one lies, the outermost first, and itself last.
    fn steps(&self, key: &RowKey, repeats: &[String], coded: &CodedInstance) -> Option<Vec<Step>> {
        let (id, mut number) = (&coded.response_id, coded.number);
        let mut steps = Vec::with_capacity(repeats.len());
        for repeat in repeats.iter().rev() {
            let name = key.instance_name(id, repeat, number);
            let (around, rank) = match repeats {
                // In no other, the number is the rank.
                [_] => (0, usize::try_from(number).ok()?),
                _ => *self.0.get(&(id.clone(), repeat.clone()))?.get(&number)?,
            };
            steps.push(Step { name, rank });
            number = around;
        }
        steps.reverse();
        Some(steps)
    }
}

impl Page {
    pub fn len(&self) -> usize {
        self.interviews.len() + self.instances.len()
    }

    /// Of a repeat's rows those from one place up to another.
    pub fn keep(&mut self, start: i64, end: i64) {
        let mut place = 0..;
        self.instances.retain(|_| place.next().is_some_and(|place| (start..end).contains(&place)));
    }

    pub fn interviews<'a>(&'a self, source: &'a Source) -> impl Iterator<Item = Row<'a>> {
        let version = source.versions.get(self.of).map_or("", |version| &version.version);
        self.interviews.iter().map(move |coded| Row {
            name: source.key.name(&coded.id),
            of: self.of,
            version,
            iso_week: &coded.iso_week,
            result: coded.result,
            sex: coded.sex,
            age_years: coded.age_years,
            disability: &coded.disability,
            duration_band: &coded.duration_band,
            answers: &coded.answers,
        })
    }

    pub fn instances<'a>(&'a self, source: &'a Source) -> impl Iterator<Item = Instance<'a>> {
        self.instances.iter().map(|(coded, steps)| Instance {
            interview: source.key.name(&coded.response_id),
            steps: steps.clone(),
            of: self.of,
            answers: &coded.answers,
        })
    }
}

impl Reading {
    pub fn new(source: Arc<Source>, table: usize, at: Position, skip: i64, left: Option<i64>) -> Reading {
        Reading { source, table, at, skip, left }
    }

    /// Every row of a table.
    pub fn all(source: &Arc<Source>, table: usize) -> Reading {
        Reading::new(Arc::clone(source), table, Position::default(), 0, None)
    }

    pub fn source(&self) -> Arc<Source> {
        Arc::clone(&self.source)
    }

    /// The next rows; none at the end.
    pub fn page(&mut self) -> Result<Option<Page>, Problem> {
        while self.at.version < self.source.versions.len() && self.left != Some(0) {
            if self.skip > 0 {
                let behind = self.source.behind(self.table, &self.at)?;
                if behind <= self.skip {
                    self.skip -= behind;
                    self.at = self.at.next();
                    continue;
                }
            }
            let limit = self.left.map_or(PAGE, |left| left.min(PAGE));
            let page = self.source.page(self.table, &self.at, (std::mem::take(&mut self.skip), limit))?;
            if page.after.is_empty() {
                self.at = self.at.next();
                continue;
            }
            self.at.after.clone_from(&page.after);
            self.left = self.left.map(|left| left - i64::try_from(page.len()).unwrap_or(left));
            return Ok(Some(page));
        }
        Ok(None)
    }

    /// The sealed place where the next rows stand; none where there are none.
    pub fn rest(&self) -> Result<Option<String>, Problem> {
        let mut at = self.at.clone();
        while at.version < self.source.versions.len() {
            if !self.source.page(self.table, &at, (0, 1))?.after.is_empty() {
                return Ok(self.source.seal(self.table, &at));
            }
            at = at.next();
        }
        Ok(None)
    }
}

impl Position {
    /// Where the next version's rows begin.
    fn next(&self) -> Position {
        Position { version: self.version + 1, after: Vec::new() }
    }
}
