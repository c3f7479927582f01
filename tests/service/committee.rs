//! What the simulated committee of every test is told, and what it decides.

use serde_json::{Value, json};

use crate::app::TestApp;

/// What a committee is told of the study of every test.
pub fn dossier() -> Value {
    json!({
        "objectives": "to measure and to plan services", "justification": "no data on the subject exist", "design": "stratified two-stage sample",
        "population": "women and men from 18 on", "consent": "read aloud, ticked by element", "privacy": "alone, with a decoy page",
        "distress": "stop, and offer the help list", "referral": "services of each region agreed", "mandatoryReporting": "said before consent",
        "enumerators": "women, from elsewhere", "trainingHours": 60, "dataManagement": "de-identified at arrival",
        "risksAndBenefits": "none are paid for it", "community": "survivors' groups advise", "dissemination": "tables under thresholds",
        "funding": "the statistical office", "incidents": "the reviewer stops the study",
    })
}

/// An object with other fields.
pub fn with(mut object: Value, changes: &Value) -> Value {
    for (key, value) in changes.as_object().into_iter().flatten() {
        object[key] = value.clone();
    }
    object
}

/// Has the newest version approved as an amendment of the shipped one.
pub fn amend(app: &TestApp) {
    let review = app.ask(&json!({ "amends": "2026112201" })).expect(200).json()["id"].clone();
    app.decide(&review, &decision()).expect(200);
}

/// The usual decision.
pub fn decision() -> Value {
    json!({
        "verdict": "approved", "committee": "Simulated committee", "reference": "SIM-1", "decidedOn": "2026-11-01", "validFrom": "2026-11-01",
        "validTo": "2026-12-31", "languages": ["en", "fr"], "modes": ["1"], "sexes": [1, 2], "minAge": 18, "simulated": true,
    })
}
