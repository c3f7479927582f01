//! What a committee decided, as its reviewer enters it, held against the form and the study it is about.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use validator::{Validate, ValidationError};

use super::Dossier;
use crate::instrument::{Error, Form, Rule};

/// Below it a person is asked with a guardian's consent, or with the committee's waiver of it.
const OF_AGE: u8 = 18;
/// Ways of interviewing over the telephone or on a page, where nobody sees who else is in the room.
const REMOTE: [&str; 2] = ["3", "4"];

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Validate)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[validate(schema(function = "is_consistent"))]
pub struct Decision {
    pub verdict: Verdict,
    #[validate(length(min = 3, max = 200, message = "name the committee"))]
    pub committee: String,
    #[validate(length(min = 1, max = 100, message = "give the reference of the committee's decision"))]
    pub reference: String,
    pub decided_on: Date,
    pub valid_from: Date,
    pub valid_to: Date,
    /// What it is approved for: a pilot's approval holds in a pilot alone.
    #[serde(default)]
    pub phase: Phase,
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
    /// Regions of the frame; none: all of them.
    #[serde(default)]
    pub areas: Vec<String>,
    /// Rules of the identifier screen that found something in this form and are lifted for it, each by its code.
    #[serde(default)]
    pub lifted_rules: Vec<Rule>,
    /// What must be kept to, or changed before the form is sent again.
    #[serde(default)]
    #[validate(length(max = 5000, message = "use at most 5000 characters"))]
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

/// What a study is for: to try the questionnaire, or to measure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Phase {
    Pilot,
    #[default]
    Main,
}

impl Phase {
    pub fn name(self) -> &'static str {
        match self {
            Phase::Pilot => "pilot",
            Phase::Main => "main",
        }
    }

    /// As it is kept; what cannot be read is a pilot, of which nothing is published.
    pub fn of(name: &str) -> Phase {
        if name == "main" { Phase::Main } else { Phase::Pilot }
    }
}

/// What a decision is held against: the form, what the screen found in it, what the committee was told, and the study.
#[derive(Debug)]
pub struct About<'a> {
    pub form: &'a Form,
    pub findings: &'a [Error],
    pub dossier: &'a Dossier,
    pub phase: Phase,
    pub synthetic: bool,
    pub regions: &'a [String],
}

/// A field of a decision that cannot hold, and why.
pub type Mistake = (&'static str, String);

impl Decision {
    pub fn is_in_force(&self, day: Date) -> bool {
        self.verdict.approves() && (self.valid_from..=self.valid_to).contains(&day)
    }

    /// Whether it can hold about what it was made about; the field at fault, where it cannot.
    pub fn check(&self, about: &About<'_>) -> Result<(), Mistake> {
        if self.simulated != about.synthetic {
            let message = "a simulated decision holds in a study of simulated data alone, and a real one never does there";
            return Err(("simulated", message.to_owned()));
        }
        if self.phase != about.phase {
            return Err(("phase", format!("the study is a {} study, and an approval covers one phase", about.phase.name())));
        }
        self.check_languages(about.form)?;
        self.check_areas(about.regions)?;
        if self.verdict.approves() {
            self.check_rules(about.findings)?;
            self.check_dossier(about.dossier)?;
        }
        Ok(())
    }

    fn check_languages(&self, form: &Form) -> Result<(), Mistake> {
        let spoken: Vec<&str> = form.language_codes().collect();
        if self.languages.iter().any(|l| !spoken.contains(&l.as_str())) {
            return Err(("languages", format!("the form speaks {}", spoken.join(", "))));
        }
        self.unreviewed_language(form).map_or(Ok(()), |code| {
            let hint = "name its records in the sheet languages of a new version, or leave it out";
            Err(("languages", format!("nobody has signed off the translation into '{code}'; {hint}")))
        })
    }

    /// A language it lets be asked in though nobody has signed off its translation. Simulated people understand everything.
    pub(super) fn unreviewed_language<'a>(&self, form: &'a Form) -> Option<&'a str> {
        let is_real = self.verdict.approves() && !self.simulated;
        form.unreviewed_languages().find(|code| is_real && self.languages.iter().any(|l| l == code))
    }

    /// An area that is not in the frame would be one that nobody is ever found in.
    fn check_areas(&self, regions: &[String]) -> Result<(), Mistake> {
        match self.areas.iter().find(|area| !regions.contains(area)) {
            Some(area) => Err(("areas", format!("'{area}' is not a region of the frame; its regions are: {}", regions.join(", ")))),
            None => Ok(()),
        }
    }

    /// What the screen found is let pass by the rule's name, and no rule is lifted beyond need.
    fn check_rules(&self, findings: &[Error]) -> Result<(), Mistake> {
        let found = |rule: &Rule| findings.iter().any(|f| f.rule == Some(*rule));
        if let Some(rule) = findings.iter().filter_map(|f| f.rule).find(|rule| !self.lifted_rules.contains(rule)) {
            let message =
                format!("the identifier screen finds something by {rule:?}; name it here to lift it for this version, or return the form");
            return Err(("liftedRules", message));
        }
        match self.lifted_rules.iter().find(|rule| !found(rule)) {
            Some(rule) => Err(("liftedRules", format!("the identifier screen finds nothing by {rule:?}, so there is nothing to lift"))),
            None => Ok(()),
        }
    }

    /// Young people and talks at a distance need an answer of their own in the dossier.
    fn check_dossier(&self, dossier: &Dossier) -> Result<(), Mistake> {
        if self.min_age < OF_AGE && dossier.guardian_consent.is_empty() {
            return Err(("minAge", format!("the dossier does not say how people under {OF_AGE} are asked (guardianConsent)")));
        }
        if self.modes.iter().any(|m| REMOTE.contains(&m.as_str())) && dossier.remote_safety.is_empty() {
            return Err(("modes", "the dossier does not say how people are safe at a distance (remoteSafety)".to_owned()));
        }
        Ok(())
    }
}

fn is_consistent(decision: &Decision) -> Result<(), ValidationError> {
    let error = |words: &'static str| Err(ValidationError::new("decision").with_message(words.into()));
    if decision.valid_from > decision.valid_to {
        return error("validFrom is after validTo");
    }
    let needs_words = matches!(decision.verdict, Verdict::ApprovedWithConditions | Verdict::Returned);
    if needs_words && decision.conditions.trim().is_empty() {
        return error("write in conditions what must be kept to, or what must change");
    }
    Ok(())
}
