//! An interview of the form in `sixty`: of its sixty questions those of the last year are asked where an act was ever met.

use std::fmt::Write;

use jiff::civil::Date;
use uuid::Uuid;

use crate::body::Draws;
use crate::sample::Case;

const ACTS: u32 = 19;

/// Without its closing tag.
pub fn interview(version: &str, day: Date, case: &Case, number: u64, draws: &mut Draws) -> String {
    let Case { code, sex } = case;
    let id = Uuid::from_u64_pair(draws.next_number(), number);
    let (draw, n_eligible) = (draws.below(1_000_000), 1 + draws.below(4));
    let selected = draw * n_eligible / 1_000_000 + 1;
    let (age, partnership, education) = (18 + draws.below(73), 1 + draws.below(5), 1 + draws.below(4));
    let (work, privacy, minutes) = (1 + draws.below(4), 1 + draws.below(2), 10 + draws.below(50));
    let [seeing, hearing, walking, remembering, selfcare, communicating] = std::array::from_fn(|_| 1 + draws.below(4));
    let (acts, n_forms) = acts(draws);
    let any_act = u32::from(n_forms > 0);
    format!(
        r#"<?xml version='1.0'?>
<data id="sixty" version="{version}" xmlns:orx="http://openrosa.org/xforms">
  <start>{day}T10:00:00.000+01:00</start>
  <end>{day}T10:{minutes}:00.000+01:00</end>
  <today>{day}</today>
  <mode>1</mode>
  <draw>{draw}</draw>
  <this_visit>
    <case_code>{code}</case_code>
    <interview_language>en</interview_language>
    <fielded_sex>{sex}</fielded_sex>
    <visit>1</visit>
  </this_visit>
  <household>
    <household_agrees>1</household_agrees>
    <n_eligible>{n_eligible}</n_eligible>
  </household>
  <selected_person>{selected}</selected_person>
  <selection>
    <person_contact>1</person_contact>
    <consent>1</consent>
  </selection>
  <interview>
    <about_you>
      <sex>{sex}</sex>
      <age_years>{age}</age_years>
      <partnership>{partnership}</partnership>
      <education>{education}</education>
      <work>{work}</work>
    </about_you>
    <activities>
      <wg_seeing>{seeing}</wg_seeing>
      <wg_hearing>{hearing}</wg_hearing>
      <wg_walking>{walking}</wg_walking>
      <wg_remembering>{remembering}</wg_remembering>
      <wg_selfcare>{selfcare}</wg_selfcare>
      <wg_communicating>{communicating}</wg_communicating>
    </activities>
    <technology>
      <internet_use>1</internet_use>
      <own_device>1</own_device>
    </technology>
    <privacy>{privacy}</privacy>
    <is_private>1</is_private>
    <digital_life>
      {acts}<any_act>{any_act}</any_act>
      <n_forms>{n_forms}</n_forms>
    </digital_life>
  </interview>
  <result>1</result>
  <orx:meta>
    <orx:instanceID>uuid:{id}</orx:instanceID>
  </orx:meta>
"#
    )
}

/// Each act's two questions, and how many acts were met in the last year: one in three was met ever, of those one in two since then.
fn acts(draws: &mut Draws) -> (String, u32) {
    let (mut xml, mut n_forms) = (String::new(), 0);
    for act in 1..=ACTS {
        let (ever, year) = match draws.below(6) {
            0 => (1, "1"),
            1 => (1, "2"),
            _ => (2, ""),
        };
        n_forms += u32::from(year == "1");
        // Writing to a string does not fail.
        let _ = write!(
            xml,
            "<act_{act:02}_since_15>{ever}</act_{act:02}_since_15>\n      <act_{act:02}_last_year>{year}</act_{act:02}_last_year>\n      "
        );
    }
    (xml, n_forms)
}
