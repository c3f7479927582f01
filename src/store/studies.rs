//! Studies.

use diesel::prelude::*;

use super::connection::on;
use super::schema::{approval, study};
use super::{Error, Pending, Store};
use crate::ethics::Phase;
use crate::trail::{Act, Action, By};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Study {
    pub id: i64,
    pub name: String,
    /// Simulated: set when the study is made, never changed.
    pub synthetic: bool,
    pub lonely_psu: String,
    pub phase: Phase,
    /// How many interviews one enumerator should hold in a week at most.
    pub weekly_interviews: i32,
    /// How many days a service of the help list counts as verified.
    pub referral_days: i32,
    /// The last day on which responses are kept; empty where none is named.
    pub keep_until: String,
}

#[derive(Debug, Clone)]
pub struct NewStudy {
    pub name: String,
    pub synthetic: bool,
    pub lonely_psu: String,
    pub phase: Phase,
    pub weekly_interviews: i32,
    pub referral_days: i32,
    pub keep_until: String,
}

impl Default for NewStudy {
    fn default() -> Self {
        let (weekly_interviews, referral_days) = (20, 90);
        NewStudy {
            name: String::new(),
            synthetic: false,
            lonely_psu: "adjust".to_owned(),
            phase: Phase::Main,
            weekly_interviews,
            referral_days,
            keep_until: String::new(),
        }
    }
}

/// What of a study may change; what is `None` stays.
#[derive(Debug, Clone, Default)]
pub struct StudyChange {
    pub phase: Option<Phase>,
    pub weekly_interviews: Option<i32>,
    pub referral_days: Option<i32>,
    pub keep_until: Option<String>,
}

impl StudyChange {
    fn act(&self, study_id: i64) -> Act {
        let act = self.phase.into_iter().fold(Act::new(Action::ProjectUpdate).study(study_id), |act, p| act.with("phase", p.name()));
        let numbers = [("weeklyInterviews", self.weekly_interviews), ("referralDays", self.referral_days)];
        let act = numbers.into_iter().filter_map(|(name, n)| Some((name, n?))).fold(act, |act, (name, n)| act.with(name, n));
        self.keep_until.iter().fold(act, |act, day| act.with("keepResponsesUntil", day.as_str()))
    }
}

type Row = (i64, String, bool, String, String, i32, i32, String);

fn study_of((id, name, synthetic, lonely_psu, phase, weekly_interviews, referral_days, keep_until): Row) -> Study {
    Study { id, name, synthetic, lonely_psu, phase: Phase::of(&phase), weekly_interviews, referral_days, keep_until }
}

impl Store {
    /// A database that holds one synthetic study holds only such, for ever.
    pub fn add_study(&self, by: By, new: NewStudy) -> Pending<i64> {
        self.write_as(by, move |c| {
            let any_synthetic = diesel::select(diesel::dsl::exists(study::table.filter(study::synthetic.eq(true))));
            let synthetic = new.synthetic || on!(c, c => any_synthetic.get_result(c))?;
            let values = (
                study::name.eq(&new.name),
                study::synthetic.eq(synthetic),
                study::lonely_psu.eq(&new.lonely_psu),
                study::phase.eq(new.phase.name()),
                study::weekly_interviews.eq(new.weekly_interviews),
                study::referral_days.eq(new.referral_days),
                study::keep_until.eq(&new.keep_until),
            );
            let id = on!(c, c => diesel::insert_into(study::table).values(values).returning(study::id).get_result(c))?;
            Ok((id, Act::new(Action::ProjectCreate).study(id).with("phase", new.phase.name())))
        })
    }

    /// `Duplicate` where the study would leave its phase after a form of it was approved: from then on a phone may hold an interview
    /// of that phase, however late it arrives. `Changed` where responses would be kept longer than was said.
    pub fn change_study(&self, by: By, id: i64, change: StudyChange) -> Pending<()> {
        self.write_as(by, move |c| {
            let before = study_of(on!(c, c => study::table.find(id).first(c))?);
            let phase = change.phase.unwrap_or(before.phase);
            let approved = diesel::select(diesel::dsl::exists(approval::table.filter(approval::study_id.eq(id))));
            if phase != before.phase && (before.phase == Phase::Main || on!(c, c => approved.get_result(c))?) {
                return Err(Error::Duplicate);
            }
            if change.keep_until.as_ref().is_some_and(|day| !before.keep_until.is_empty() && *day > before.keep_until) {
                return Err(Error::Changed);
            }
            let values = (
                study::phase.eq(phase.name()),
                study::weekly_interviews.eq(change.weekly_interviews.unwrap_or(before.weekly_interviews)),
                study::referral_days.eq(change.referral_days.unwrap_or(before.referral_days)),
                study::keep_until.eq(change.keep_until.as_ref().unwrap_or(&before.keep_until)),
            );
            on!(c, c => diesel::update(study::table.find(id)).set(values).execute(c))?;
            Ok(((), change.act(id)))
        })
    }

    pub fn study(&self, id: i64) -> Result<Study, Error> {
        self.read(|c| Ok(study_of(on!(c, c => study::table.find(id).first(c))?)))
    }

    pub fn studies(&self) -> Result<Vec<Study>, Error> {
        let rows: Vec<Row> = self.read(|c| Ok(on!(c, c => study::table.order(study::id).load(c))?))?;
        Ok(rows.into_iter().map(study_of).collect())
    }
}
