//! What a committee is told before it decides, field by field.

use serde::{Deserialize, Serialize};
use validator::{Validate, ValidationError};

/// Each field is what committees ask of surveys on violence; the questionnaire itself, with its consent and its translations, is
/// shown beside it as it would be asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Validate)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Dossier {
    /// The version it is about; the newest where none is named.
    pub version: Option<String>,
    /// The approved version that this one amends.
    pub amends: Option<String>,
    #[validate(custom(function = "says", message = "say what the results are for and who will use them"))]
    pub objectives: String,
    #[validate(custom(function = "says", message = "say why data that exist will not do"))]
    pub justification: String,
    #[validate(custom(function = "says", message = "describe the sample, its power and its weights"))]
    pub design: String,
    #[validate(custom(function = "says", message = "say who is asked and from which age on"))]
    pub population: String,
    #[validate(custom(function = "says", message = "say how consent and assent are asked and recorded"))]
    pub consent: String,
    /// Needed where people under 18 are asked.
    #[serde(default)]
    #[validate(custom(function = "says_or_not", message = "say how a guardian consents, or why that is waived"))]
    pub guardian_consent: String,
    #[validate(custom(function = "says", message = "say how privacy is made sure of and what happens at an interruption"))]
    pub privacy: String,
    #[validate(custom(function = "says", message = "say what is done when someone is distressed"))]
    pub distress: String,
    #[validate(custom(function = "says", message = "say where people are referred and what was agreed with these services"))]
    pub referral: String,
    #[validate(custom(function = "says", message = "say which law makes anyone report what they hear, and what is done about it"))]
    pub mandatory_reporting: String,
    #[validate(custom(function = "says", message = "say how enumerators are chosen, supervised and kept safe"))]
    pub enumerators: String,
    #[validate(range(min = 1, max = 1000, message = "say how many hours enumerators are trained"))]
    pub training_hours: u16,
    /// Needed where people are asked over the telephone or on a page.
    #[serde(default)]
    #[validate(custom(function = "says_or_not", message = "say how people are safe at a distance"))]
    pub remote_safety: String,
    #[validate(custom(function = "says", message = "say how data are kept, for how long, and who may see them"))]
    pub data_management: String,
    #[validate(custom(function = "says", message = "say what people risk and gain, and whether they are paid"))]
    pub risks_and_benefits: String,
    #[validate(custom(function = "says", message = "say what part communities and survivors' organisations have"))]
    pub community: String,
    #[validate(custom(function = "says", message = "say what is published and how nobody is recognised in it"))]
    pub dissemination: String,
    #[validate(custom(function = "says", message = "say who pays and whose interests are touched"))]
    pub funding: String,
    #[validate(custom(function = "says", message = "say what is done when something goes wrong"))]
    pub incidents: String,
}

const LEAST: usize = 10;
const MOST: usize = 20_000;

fn says(text: &str) -> Result<(), ValidationError> {
    let length = text.trim().chars().count();
    if (LEAST..=MOST).contains(&length) { Ok(()) } else { Err(ValidationError::new("says")) }
}

fn says_or_not(text: &str) -> Result<(), ValidationError> {
    if text.is_empty() { Ok(()) } else { says(text) }
}
