//! A committee's decision about one form, and what it covers: nothing is delivered or counted outside of it.

mod decision;
mod dossier;

use std::fmt;
use std::sync::Arc;

use jiff::civil::Date;
use serde::Serialize;

pub use decision::{About, Decision, Mistake, Phase, Verdict};
pub use dossier::Dossier;

use crate::instrument::{Form, Hash, Instrument, write_xform};

/// A decision that approves, bound to the hash of the form it was made about.
#[derive(Debug, Clone)]
pub struct Approval {
    pub id: i64,
    pub form_hash: Hash,
    pub decision: Decision,
}

/// A stop set by an ethics reviewer, on a study, on one form or one area of it; it holds from the next request on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Suspension {
    pub id: i64,
    /// Empty for every form.
    pub form_id: String,
    /// A region of the frame; empty for all of them.
    pub area: String,
    pub reason: String,
}

/// What stands about a study's forms: decisions that approve, and stops.
#[derive(Debug, Clone, Default)]
pub struct Standing {
    pub approvals: Vec<Approval>,
    pub suspensions: Vec<Suspension>,
}

impl Standing {
    /// Whether a form is stopped everywhere. A stop of one area takes no form from a phone that may be in another.
    fn is_stopped(&self, form_id: &str) -> bool {
        self.suspensions.iter().any(|s| s.is_about(form_id) && s.area.is_empty())
    }

    fn is_stopped_in(&self, form_id: &str, area: Option<&str>) -> bool {
        self.suspensions.iter().any(|s| s.is_about(form_id) && (s.area.is_empty() || area == Some(s.area.as_str())))
    }

    /// Whether it depends on where an interview was held.
    pub fn names_areas(&self) -> bool {
        self.suspensions.iter().any(|s| !s.area.is_empty()) || self.approvals.iter().any(|a| !a.decision.areas.is_empty())
    }
}

impl Suspension {
    fn is_about(&self, form_id: &str) -> bool {
        self.form_id.is_empty() || self.form_id == form_id
    }
}

/// What an approval must cover of one interview.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    pub day: Date,
    pub language: Option<String>,
    pub mode: Option<String>,
    pub sex: Option<u8>,
    pub age: Option<u8>,
    /// The region of the case; `None` where nothing depends on it, or the case is not known.
    pub area: Option<String>,
}

/// The part of an interview that no approval covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outside {
    NotApproved,
    Suspended,
    Dates,
    Language,
    Mode,
    Sex,
    Age,
    Area,
}

impl fmt::Display for Outside {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Outside::NotApproved => "no committee has approved this version of the form",
            Outside::Suspended => "the study, the form or the area is suspended",
            Outside::Dates => "the interview lies outside the dates of the approval",
            Outside::Language => "the approval does not cover the language",
            Outside::Mode => "the approval does not cover this way of interviewing",
            Outside::Sex => "the approval does not cover people of this sex",
            Outside::Age => "the person is younger than the approval allows",
            Outside::Area => "the approval does not cover the area",
        })
    }
}

impl Approval {
    pub fn is_in_force(&self, day: Date) -> bool {
        self.decision.is_in_force(day)
    }

    fn covers(&self, asked: &Asked) -> Result<(), Outside> {
        let d = &self.decision;
        let known = |list: &[String], code: &Option<String>| code.as_ref().is_none_or(|c| list.contains(c));
        if !self.is_in_force(asked.day) {
            Err(Outside::Dates)
        } else if !known(&d.languages, &asked.language) {
            Err(Outside::Language)
        } else if !known(&d.modes, &asked.mode) {
            Err(Outside::Mode)
        } else if asked.sex.is_some_and(|s| !d.sexes.contains(&s)) {
            Err(Outside::Sex)
        } else if asked.age.is_some_and(|a| a < d.min_age) {
            Err(Outside::Age)
        } else if !d.areas.is_empty() && !known(&d.areas, &asked.area) {
            Err(Outside::Area)
        } else {
            Ok(())
        }
    }
}

/// The approval of a form under which an interview may be counted, or what none of them covers.
pub fn admits<'a>(standing: &'a Standing, form: &Form, asked: &Asked) -> Result<&'a Approval, Outside> {
    if standing.is_stopped_in(&form.id, asked.area.as_deref()) {
        return Err(Outside::Suspended);
    }
    let mut outside = Outside::NotApproved;
    for approval in standing.approvals.iter().filter(|a| a.form_hash == form.hash) {
        match approval.covers(asked) {
            Ok(()) => return Ok(approval),
            Err(why) => outside = why,
        }
    }
    Err(outside)
}

/// The approval under which an interview is counted that lies outside the scope of every one and was released by a reviewer all the
/// same: the newest of the form's very words. Without one nothing is released, nor while the form is suspended.
pub fn admits_released<'a>(standing: &'a Standing, form: &Form, area: Option<&str>) -> Result<&'a Approval, Outside> {
    if standing.is_stopped_in(&form.id, area) {
        return Err(Outside::Suspended);
    }
    standing.approvals.iter().find(|a| a.form_hash == form.hash).ok_or(Outside::NotApproved)
}

/// A form that may be asked today. Only [`deliverable`] makes one.
#[derive(Debug, Clone)]
pub struct Deliverable {
    instrument: Arc<Instrument>,
    approval: Approval,
}

/// The form with the approval in force that names its hash, speaks one of its languages and allows its use; else nothing.
pub fn deliverable(instrument: &Arc<Instrument>, standing: &Standing, today: Date) -> Option<Deliverable> {
    let form = &instrument.form;
    if standing.is_stopped(&form.id) {
        return None;
    }
    let speaks = |a: &Approval| form.language_codes().any(|code| a.decision.languages.iter().any(|l| l == code));
    let approval = standing.approvals.iter().find(|a| a.form_hash == form.hash && a.is_in_force(today) && speaks(a))?;
    Some(Deliverable { instrument: Arc::clone(instrument), approval: approval.clone() })
}

impl Deliverable {
    pub fn instrument(&self) -> &Instrument {
        &self.instrument
    }

    pub fn approval(&self) -> &Approval {
        &self.approval
    }

    /// The XForm in the languages the approval names, and in no other.
    pub fn xform(&self) -> String {
        write_xform(&self.instrument.form, &|code| self.approval.decision.languages.iter().any(|l| l == code))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::instrument::Workbook;
    use jiff::civil::date;

    fn approval(form_hash: Hash) -> Approval {
        let decision = Decision {
            verdict: Verdict::Approved,
            committee: "Committee".to_owned(),
            reference: "1".to_owned(),
            decided_on: date(2026, 1, 1),
            valid_from: date(2026, 2, 1),
            valid_to: date(2026, 3, 1),
            languages: vec!["fr".to_owned()],
            modes: vec!["1".to_owned()],
            sexes: vec![1],
            min_age: 18,
            phase: Phase::Main,
            areas: Vec::new(),
            lifted_rules: Vec::new(),
            conditions: String::new(),
            simulated: true,
        };
        Approval { id: 1, form_hash, decision }
    }

    fn shipped() -> Arc<Instrument> {
        let folder = std::path::Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/instruments/tfvaw"));
        Arc::new(Instrument::read(&Workbook::open(folder).unwrap()).unwrap())
    }

    fn standing(approvals: Vec<Approval>) -> Standing {
        Standing { approvals, suspensions: Vec::new() }
    }

    #[test]
    fn a_form_is_delivered_within_the_dates_of_an_approval_of_its_very_words() {
        let form = shipped();
        let approved = standing(vec![approval(form.form.hash)]);
        assert!(deliverable(&form, &approved, date(2026, 2, 1)).is_some());
        assert!(deliverable(&form, &approved, date(2026, 1, 31)).is_none());
        assert!(deliverable(&form, &approved, date(2026, 3, 2)).is_none());
        let other = Hash::parse(&"0".repeat(64)).unwrap();
        assert!(deliverable(&form, &standing(vec![approval(other)]), date(2026, 2, 1)).is_none());
        let mut rejected = approval(form.form.hash);
        rejected.decision.verdict = Verdict::Rejected;
        assert!(deliverable(&form, &standing(vec![rejected]), date(2026, 2, 1)).is_none());
    }

    #[test]
    fn a_real_decision_lets_no_translation_be_asked_that_nobody_signed_off() {
        let form = &shipped().form;
        let unreviewed = |languages: &[&str], simulated, verdict| {
            let decision = approval(form.hash).decision;
            let languages = languages.iter().map(ToString::to_string).collect();
            Decision { languages, simulated, verdict, ..decision }.unreviewed_language(form).map(str::to_owned)
        };
        assert_eq!(unreviewed(&["en", "fr"], false, Verdict::Approved).as_deref(), Some("fr"));
        assert_eq!(unreviewed(&["en"], false, Verdict::Approved), None);
        assert_eq!(unreviewed(&["en", "ar"], true, Verdict::Approved), None);
        assert_eq!(unreviewed(&["en", "ar"], false, Verdict::Rejected), None);
    }

    #[test]
    fn a_suspension_of_the_study_the_form_or_the_area_stops_what_it_names() {
        let form = shipped();
        let asked = Asked { day: date(2026, 2, 2), language: None, mode: None, sex: None, age: None, area: Some("north".to_owned()) };
        for (form_id, area, stops) in [("", "", true), ("tfvaw", "", true), ("other", "", false), ("", "north", true), ("", "south", false)]
        {
            let mut standing = standing(vec![approval(form.form.hash)]);
            let stop = Suspension { id: 1, form_id: form_id.to_owned(), area: area.to_owned(), reason: "harm".to_owned() };
            standing.suspensions.push(stop);
            assert_eq!(deliverable(&form, &standing, date(2026, 2, 2)).is_none(), stops && area.is_empty());
            assert_eq!(admits(&standing, &form.form, &asked).err(), stops.then_some(Outside::Suspended));
        }
    }

    #[test]
    fn only_the_approved_languages_leave_the_server() {
        let form = shipped();
        let xform = deliverable(&form, &standing(vec![approval(form.form.hash)]), date(2026, 2, 1)).unwrap().xform();
        assert!(xform.contains("Français (fr)") && !xform.contains("English (en)"));
    }

    #[test]
    fn an_interview_outside_the_scope_is_told_why() {
        let form = &shipped().form;
        let approved = standing(vec![approval(form.hash)]);
        let inside = Asked {
            day: date(2026, 2, 2),
            language: Some("fr".to_owned()),
            mode: Some("1".to_owned()),
            sex: Some(1),
            age: Some(18),
            area: None,
        };
        assert!(admits(&approved, form, &inside).is_ok());
        let outside = |change: fn(&mut Asked)| {
            let mut asked = inside.clone();
            change(&mut asked);
            admits(&approved, form, &asked).unwrap_err()
        };
        assert_eq!(outside(|a| a.day = date(2026, 4, 1)), Outside::Dates);
        assert_eq!(outside(|a| a.language = Some("en".to_owned())), Outside::Language);
        assert_eq!(outside(|a| a.mode = Some("4".to_owned())), Outside::Mode);
        assert_eq!(outside(|a| a.sex = Some(2)), Outside::Sex);
        assert_eq!(outside(|a| a.age = Some(17)), Outside::Age);
        assert_eq!(admits(&Standing::default(), form, &inside).unwrap_err(), Outside::NotApproved);
    }
}
