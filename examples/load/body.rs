//! Interviews as ODK Collect sends them: complete, valid, no two alike, each of the same length.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::sample::{Case, Sample};
use crate::sixty;
use crate::study::Study;

/// What is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum, Serialize, Deserialize)]
pub enum Length {
    /// Of a form of sixty questions, someone who has met one act in three.
    Sixty,
    /// Of the shipped form, someone who has met little of it: 2.8 kB of elements and answers, filled up with space.
    Usual,
    /// Of the shipped form, someone who has met every act, and is asked all there is: 7.4 kB, filled up with space.
    Full,
}

impl Length {
    pub fn xml_bytes(self) -> usize {
        match self {
            Length::Sixty | Length::Usual => 4068,
            Length::Full => 8192,
        }
    }

    /// The workbook of the form.
    pub fn form(self) -> &'static str {
        match self {
            Length::Sixty => concat!(env!("CARGO_MANIFEST_DIR"), "/examples/load/sixty"),
            Length::Usual | Length::Full => concat!(env!("CARGO_MANIFEST_DIR"), "/instruments/tfvaw"),
        }
    }

    /// What the form is, and how much of an interview is elements and answers.
    pub fn in_words(self) -> (&'static str, &'static str) {
        match self {
            Length::Sixty => ("sixty questions, SIMULATED", "2.9 kB"),
            Length::Usual => ("tfvaw as shipped", "2.8 kB"),
            Length::Full => ("tfvaw as shipped", "7.4 kB"),
        }
    }
}

/// A whole interview with places for what differs: a walk through the shipped form in which every act is met.
const FULL: &str = include_str!("full.xml");

const PART: &str = "--b0undary\r\nContent-Disposition: form-data; name=\"xml_submission_file\"; filename=\"interview.xml\"\r\n\
                    Content-Type: text/xml; charset=UTF-8\r\n\r\n";
const END: &str = "\r\n--b0undary--\r\n";
const CLOSING: &str = "</data>";
const INSTANCE_ID: &[u8] = b"<orx:instanceID>";
const ID_LENGTH: usize = "uuid:".len() + 36;

pub struct Interviews {
    /// The request up to the XML, of each device: its length is always the same.
    heads: Vec<String>,
    version: String,
    day: Date,
    sample: Sample,
    length: Length,
    written: u64,
}

/// The id in a request with an interview, as `uuid:…`.
pub fn instance_id(request: &[u8]) -> Option<&str> {
    let start = request.windows(INSTANCE_ID.len()).rposition(|bytes| bytes == INSTANCE_ID)? + INSTANCE_ID.len();
    std::str::from_utf8(request.get(start..start + ID_LENGTH)?).ok()
}

impl Interviews {
    pub fn new(study: &Study, sample: Sample, length: Length) -> Interviews {
        let bytes = PART.len() + length.xml_bytes() + END.len();
        let head = |device: &String| {
            format!(
                "POST {device}/submission?deviceID=collect%3AAbCdEfGh12345678 HTTP/1.1\r\nHost: kish\r\nX-OpenRosa-Version: 1.0\r\n\
                 User-Agent: org.odk.collect.android/v2026.3.3\r\nContent-Type: multipart/form-data; boundary=b0undary\r\n\
                 Content-Length: {bytes}\r\n\r\n{PART}"
            )
        };
        let heads = study.devices.iter().map(head).collect();
        Interviews { heads, version: study.version.clone(), day: study.day, sample, length, written: 0 }
    }

    pub fn written(&self) -> u64 {
        self.written
    }

    /// Writes the next interview as a whole request; `false` when every case has been interviewed.
    pub fn write_next(&mut self, request: &mut Vec<u8>) -> bool {
        let Some(case) = self.sample.nth(self.written) else { return false };
        let mut draws = Draws(self.written);
        let xml = match self.length {
            Length::Sixty => sixty::interview(&self.version, self.day, &case, self.written, &mut draws),
            Length::Usual => self.usual(&case, &mut draws),
            Length::Full => self.full(&case, &mut draws),
        };
        let head = &self.heads[self.written as usize % self.heads.len()];
        self.written += 1;
        request.clear();
        request.extend_from_slice(head.as_bytes());
        let filled = request.len() + self.length.xml_bytes() - CLOSING.len();
        request.extend_from_slice(xml.as_bytes());
        // Cut short, it would be no XML, and the server would say so.
        request.resize(filled, b' ');
        request.extend_from_slice(CLOSING.as_bytes());
        request.extend_from_slice(END.as_bytes());
        true
    }

    /// Without its closing tag.
    fn full(&self, case: &Case, draws: &mut Draws) -> String {
        let mut xml = String::with_capacity(self.length.xml_bytes());
        let mut parts = FULL.split(['{', '}']);
        xml.push_str(parts.next().unwrap_or_default());
        while let (Some(name), Some(then)) = (parts.next(), parts.next()) {
            xml.push_str(&match name {
                "version" => self.version.clone(),
                "day" => self.day.to_string(),
                "case" => case.code.clone(),
                "sex" => case.sex.to_string(),
                "age" => (18 + draws.below(73)).to_string(),
                "code" => format!("{}-{}", 100_000 + draws.below(900_000), 100_000 + draws.below(900_000)),
                _ => Uuid::from_u64_pair(draws.next_number(), self.written).to_string(),
            });
            xml.push_str(then);
        }
        xml
    }

    /// Without its closing tag.
    fn usual(&self, case: &Case, draws: &mut Draws) -> String {
        let Interviews { version, day, .. } = self;
        let Case { code, sex } = case;
        let id = Uuid::from_u64_pair(draws.next_number(), self.written);
        let (draw, n_eligible) = (draws.below(1_000_000), 1 + draws.below(4));
        let selected = draw * n_eligible / 1_000_000 + 1;
        let (language, minutes) = (["en", "fr"][draws.below(2) as usize], 10 + draws.below(50));
        let (age, partnership, privacy) = (18 + draws.below(73), 1 + draws.below(5), 1 + draws.below(2));
        let [seeing, hearing, walking, remembering, selfcare, communicating] = std::array::from_fn(|_| 1 + draws.below(4));
        let acts = (1..=19).map(|number| draws.act(number)).collect::<Vec<_>>().join("\n      ");
        let core = 13 + u8::from(partnership < 5);
        format!(
            r#"<?xml version='1.0'?>
<data id="tfvaw" version="{version}" xmlns:orx="http://openrosa.org/xforms">
  <start>{day}T10:00:00.000+01:00</start>
  <end>{day}T10:{minutes}:00.000+01:00</end>
  <today>{day}</today>
  <mode>1</mode>
  <min_age>18</min_age>
  <distress_protocol>0</distress_protocol>
  <draw>{draw}</draw>
  <arrival>
    <case_code>{code}</case_code>
    <interview_language>{language}</interview_language>
    <fielded_sex>{sex}</fielded_sex>
    <visit>1</visit>
  </arrival>
  <household>
    <household_intro/>
    <household_agrees>1</household_agrees>
    <n_eligible>{n_eligible}</n_eligible>
  </household>
  <selected_person>{selected}</selected_person>
  <selection>
    <selected_note/>
    <person_contact>1</person_contact>
  </selection>
  <agreement>
    <consent_purpose/>
    <consent_topics/>
    <consent_choice/>
    <consent_confidentiality/>
    <consent_contact/>
    <consent_elements>1 2 3 4 5 6 7 8 9 10</consent_elements>
    <consent>1</consent>
  </agreement>
  <interview>
    <about_you>
      <sex>{sex}</sex>
      <age_years>{age}</age_years>
      <partnership>{partnership}</partnership>
    </about_you>
    <your_life>
      <education>3</education>
      <work>1</work>
      <living_cost>2</living_cost>
      <public_role>0</public_role>
    </your_life>
    <activities>
      <wg_intro/>
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
      <use_frequency>1</use_frequency>
      <services>3 5</services>
    </technology>
    <quiet_place>
      <privacy>{privacy}</privacy>
      <is_private>1</is_private>
    </quiet_place>
    <digital_life>
      <digital_intro/>
      <others_use_device>3</others_use_device>
      {acts}
      <any_act>0</any_act>
      <severe_act>0</severe_act>
      <stalking>0</stalking>
      <n_forms>0</n_forms>
      <who_12m/>
      <how_often_12m/>
      <most_often/>
      <core_asked>{core}</core_asked>
      <core_answered>{core}</core_answered>
      <is_enough>1</is_enough>
    </digital_life>
    <quiet_place_2>
      <privacy_2>1</privacy_2>
    </quiet_place_2>
    <is_private_3>1</is_private_3>
    <views>
      <views_private>
        <l01>1</l01>
        <l02>1</l02>
        <l03>2</l03>
        <l04>3</l04>
        <l05>2</l05>
      </views_private>
      <l06>2</l06>
      <z01>2</z01>
    </views>
  </interview>
  <closing>
    <thanks/>
    <ending>1</ending>
    <help_list/>
  </closing>
  <observed>
    <z04>0</z04>
    <z05>1</z05>
    <z06>0</z06>
  </observed>
  <result>1</result>
  <orx:meta>
    <orx:instanceID>uuid:{id}</orx:instanceID>
  </orx:meta>
"#
        )
    }
}

/// Numbers without a pattern, the same for the same start (SplitMix64: Steele, Lea and Flood 2014).
pub struct Draws(u64);

impl Draws {
    pub fn next_number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, n: u64) -> u64 {
        self.next_number() % n
    }

    /// One in five has met it, if nothing more is asked of the act; not in the last year.
    fn act(&mut self, number: u8) -> String {
        const ASKS_MORE: [u8; 9] = [3, 6, 7, 8, 10, 14, 15, 16, 19];
        let has_met = self.below(5) == 0 && !ASKS_MORE.contains(&number);
        let act = format!("t{number:02}");
        let (ever, year) = if has_met { (1, format!("<{act}_b>2</{act}_b>")) } else { (2, String::new()) };
        format!("<{act}><{act}_a>{ever}</{act}_a>{year}</{act}>")
    }
}
