//! A committee's decision about one form, and what it covers: nothing is delivered or counted outside of it.

use std::fmt;
use std::sync::Arc;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use validator::{Validate, ValidationError};

use crate::instrument::{Form, Hash, Instrument, write_xform};

/// What a committee decided, as its reviewer enters it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Validate)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[validate(schema(function = "dates_in_order"))]
pub struct Decision {
    pub verdict: Verdict,
    #[validate(length(min = 3, max = 200, message = "name the committee"))]
    pub committee: String,
    #[validate(length(min = 1, max = 100, message = "give the reference of the committee's decision"))]
    pub reference: String,
    pub decided_on: Date,
    pub valid_from: Date,
    pub valid_to: Date,
    /// Codes of the form's languages, such as `en`.
    #[validate(length(min = 1, message = "name at least one language"))]
    pub languages: Vec<String>,
    /// Ways of interviewing, as the form codes them: 1 CAPI, 2 ACASI, 3 CATI, 4 CAWI, 5 entry from paper.
    #[validate(length(min = 1, message = "name at least one mode"))]
    pub modes: Vec<String>,
    /// 1 women, 2 men.
    #[validate(length(min = 1, message = "say who may be interviewed: 1 women, 2 men"))]
    pub sexes: Vec<u8>,
    #[validate(range(min = 15, max = 120, message = "the least age is at least 15"))]
    pub min_age: u8,
    #[serde(default)]
    pub conditions: String,
    /// Made up for simulated data: such a decision holds in a synthetic study alone, and no other does there.
    #[serde(default)]
    pub simulated: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    Approved,
    ApprovedWithConditions,
    Returned,
    Rejected,
}

impl Verdict {
    pub fn approves(self) -> bool {
        matches!(self, Verdict::Approved | Verdict::ApprovedWithConditions)
    }
}

impl Decision {
    /// A language it lets be asked in though nobody has signed off its translation. Simulated people understand everything.
    pub fn unreviewed_language<'a>(&self, form: &'a Form) -> Option<&'a str> {
        let is_real = self.verdict.approves() && !self.simulated;
        form.unreviewed_languages().find(|code| is_real && self.languages.iter().any(|l| l == code))
    }
}

fn dates_in_order(decision: &Decision) -> Result<(), ValidationError> {
    if decision.valid_from <= decision.valid_to {
        Ok(())
    } else {
        Err(ValidationError::new("dates").with_message("validFrom is after validTo".into()))
    }
}

/// A decision that approves, bound to the hash of the form it was made about.
#[derive(Debug, Clone)]
pub struct Approval {
    pub id: i64,
    pub form_hash: Hash,
    pub decision: Decision,
}

/// A stop set by an ethics reviewer, on a study or on one form of it; it holds from the next request on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Suspension {
    pub id: i64,
    /// Empty for the whole study.
    pub form_id: String,
    pub reason: String,
}

/// What stands about a study's forms: decisions that approve, and stops.
#[derive(Debug, Clone, Default)]
pub struct Standing {
    pub approvals: Vec<Approval>,
    pub suspensions: Vec<Suspension>,
}

impl Standing {
    fn is_suspended(&self, form_id: &str) -> bool {
        self.suspensions.iter().any(|s| s.form_id.is_empty() || s.form_id == form_id)
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
}

impl fmt::Display for Outside {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Outside::NotApproved => "no committee has approved this version of the form",
            Outside::Suspended => "the study or the form is suspended",
            Outside::Dates => "the interview lies outside the dates of the approval",
            Outside::Language => "the approval does not cover the language",
            Outside::Mode => "the approval does not cover this way of interviewing",
            Outside::Sex => "the approval does not cover people of this sex",
            Outside::Age => "the person is younger than the approval allows",
        })
    }
}

impl Approval {
    pub fn is_in_force(&self, day: Date) -> bool {
        self.decision.verdict.approves() && (self.decision.valid_from..=self.decision.valid_to).contains(&day)
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
        } else {
            Ok(())
        }
    }
}

/// The approval of a form under which an interview may be counted, or what none of them covers.
pub fn admits<'a>(standing: &'a Standing, form: &Form, asked: &Asked) -> Result<&'a Approval, Outside> {
    if standing.is_suspended(&form.id) {
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
pub fn admits_released<'a>(standing: &'a Standing, form: &Form) -> Result<&'a Approval, Outside> {
    if standing.is_suspended(&form.id) {
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
    if standing.is_suspended(&form.id) {
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
    fn a_suspension_of_the_study_or_of_the_form_stops_both_ways() {
        let form = shipped();
        let asked = Asked { day: date(2026, 2, 2), language: None, mode: None, sex: None, age: None };
        for (form_id, stops) in [("", true), ("tfvaw", true), ("other", false)] {
            let mut standing = standing(vec![approval(form.form.hash)]);
            standing.suspensions.push(Suspension { id: 1, form_id: form_id.to_owned(), reason: "harm".to_owned() });
            assert_eq!(deliverable(&form, &standing, date(2026, 2, 2)).is_none(), stops);
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
        let inside =
            Asked { day: date(2026, 2, 2), language: Some("fr".to_owned()), mode: Some("1".to_owned()), sex: Some(1), age: Some(18) };
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
