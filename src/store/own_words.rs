//! Answers in own words, from their arrival until they have a code or are erased.

use diesel::prelude::*;
use uuid::Uuid;

use super::connection::{Connection, on};
use super::own_receipt::of_study;
use super::schema::{own_words, response};
use super::{Error, Pending, Store};
use crate::deidentify::OwnWords;
use crate::trail::{Act, Action, By};

/// Words that wait for a code, without whose they are.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct WordsRow {
    pub id: Vec<u8>,
    pub form_version_id: i64,
    pub question: String,
    pub words: String,
    pub erase_after: String,
}

impl Store {
    /// What waits for a code in a study, in no order that tells when it came.
    pub fn own_words(&self, study_id: i64) -> Result<Vec<WordsRow>, Error> {
        let columns = (own_words::id, response::form_version_id, own_words::question, own_words::words, own_words::erase_after);
        self.read(|c| {
            Ok(on!(c, c => own_words::table
                .inner_join(response::table)
                .filter(of_study(study_id))
                .order(own_words::id)
                .select(columns)
                .load(c))?)
        })
    }

    /// The code takes its place among the answers, and the words are erased with it; without a code they are only erased. `NotFound`
    /// where the words are no longer there.
    pub fn code_own_words(&self, by: By, study_id: i64, id: Uuid, code: Option<String>) -> Pending<()> {
        self.write_as(by, move |c| {
            let (response_id, place, answers) = found(c, study_id, id)?;
            if let Some(code) = &code {
                let coded = with_code(&answers, place, code);
                on!(c, c => diesel::update(response::table.find(&response_id)).set(response::answers.eq(&coded)).execute(c))?;
            }
            on!(c, c => diesel::delete(own_words::table.find(id.as_bytes().as_slice())).execute(c))?;
            // Not which words and not which code: the trail tells nothing of an interview.
            let action = if code.is_some() { Action::OwnWordsCode } else { Action::OwnWordsErase };
            Ok(((), Act::new(action).study(study_id)))
        })
    }

    /// Erases words whose time is over; how many there were.
    pub fn erase_own_words(&self, today: String) -> Pending<usize> {
        self.write_unattended(move |c| {
            Ok(on!(c, c => diesel::delete(own_words::table.filter(own_words::erase_after.lt(&today))).execute(c))?)
        })
    }
}

fn found(c: &mut Connection, study_id: i64, id: Uuid) -> Result<(Vec<u8>, i32, String), Error> {
    Ok(on!(c, c => own_words::table
        .inner_join(response::table)
        .filter(own_words::id.eq(id.as_bytes().as_slice()))
        .filter(of_study(study_id))
        .select((response::id, own_words::place, response::answers))
        .first(c))?)
}

/// The answers with a code in one place; answers are parted by tabs.
fn with_code(answers: &str, place: i32, code: &str) -> String {
    let mut coded: Vec<&str> = answers.split('\t').collect();
    if let Some(answer) = usize::try_from(place).ok().and_then(|place| coded.get_mut(place)) {
        *answer = code;
    }
    coded.join("\t")
}

pub(super) fn insert_own_words(c: &mut Connection, response_id: &[u8; 16], said: &[OwnWords], erase_after: &str) -> Result<(), Error> {
    for words in said {
        let id = Uuid::new_v4();
        let values = (
            own_words::id.eq(id.as_bytes().as_slice()),
            own_words::response_id.eq(response_id.as_slice()),
            own_words::question.eq(words.question()),
            own_words::place.eq(i32::try_from(words.place()).unwrap_or(i32::MAX)),
            own_words::words.eq(words.text()),
            own_words::erase_after.eq(erase_after),
        );
        on!(c, c => diesel::insert_into(own_words::table).values(values).execute(c))?;
    }
    Ok(())
}

/// Words of an interview that was changed since are no longer anybody's answer.
pub(super) fn remove_own_words(c: &mut Connection, response_id: &[u8]) -> Result<(), Error> {
    on!(c, c => diesel::delete(own_words::table.filter(own_words::response_id.eq(response_id))).execute(c))?;
    Ok(())
}
