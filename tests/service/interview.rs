//! Interviews as ODK Collect would send them.

/// A completed interview, with what a test wants to vary.
#[derive(Debug, Clone)]
pub struct Interview<'a> {
    pub case: &'a str,
    pub id: &'a str,
    pub deprecated: Option<&'a str>,
    pub version: &'a str,
    pub day: &'a str,
    pub language: &'a str,
    pub sex: u8,
    pub age: u8,
    pub t01: (u8, u8),
    pub seeing: u8,
    /// How long it took.
    pub minutes: u8,
    pub distress: u8,
    /// The number that was given to have the answers removed later.
    pub code: Option<&'a str>,
}

impl Default for Interview<'_> {
    fn default() -> Self {
        Interview {
            case: "N-U-1-1",
            id: "uuid:1",
            deprecated: None,
            version: "2026112201",
            day: "2026-11-18",
            language: "en",
            sex: 1,
            age: 34,
            t01: (2, 0),
            seeing: 1,
            minutes: 21,
            distress: 0,
            code: None,
        }
    }
}

impl Interview<'_> {
    pub fn xml(&self) -> String {
        let Interview { case, id, version, day, language, sex, age, seeing, minutes, distress, .. } = self;
        let deprecated = self.deprecated.map(|d| format!("<deprecatedID>{d}</deprecatedID>")).unwrap_or_default();
        let acts = self.acts();
        let code =
            self.code.map(|c| format!("<wants_code>1</wants_code><withdrawal_code>{c}</withdrawal_code><code_shown/>")).unwrap_or_default();
        format!(
            "<?xml version='1.0'?><data id=\"tfvaw\" version=\"{version}\" xmlns:orx=\"http://openrosa.org/xforms\">\
             <start>{day}T10:00:00.000+01:00</start><end>{day}T10:{minutes:02}:00.000+01:00</end><today>{day}</today><mode>1</mode><min_age>18</min_age><distress_protocol>0</distress_protocol><draw>410000</draw>\
             <arrival><case_code>{case}</case_code><interview_language>{language}</interview_language><fielded_sex>{sex}</fielded_sex><visit>1</visit></arrival>\
             <household><household_intro/><household_agrees>1</household_agrees><n_eligible>2</n_eligible></household>\
             <selected_person>1</selected_person><selection><selected_note/><person_contact>1</person_contact></selection>\
             <agreement><consent_elements>1 2 3 4 5 6 7 8 9 10</consent_elements><consent>1</consent></agreement>\
             <interview><about_you><sex>{sex}</sex><age_years>{age}</age_years><partnership>1</partnership></about_you>\
             <your_life><education>3</education><work>1</work><living_cost>2</living_cost><public_role>0</public_role></your_life>\
             <activities><wg_seeing>{seeing}</wg_seeing><wg_hearing>1</wg_hearing><wg_walking>1</wg_walking><wg_remembering>1</wg_remembering>\
             <wg_selfcare>1</wg_selfcare><wg_communicating>1</wg_communicating></activities>\
             <technology><internet_use>1</internet_use><own_device>1</own_device><use_frequency>1</use_frequency><services>3 5</services></technology>\
             <quiet_place><privacy>1</privacy><is_private>1</is_private></quiet_place>\
             <digital_life><others_use_device>3</others_use_device>{acts}</digital_life>\
             <quiet_place_2><privacy_2>3</privacy_2></quiet_place_2><is_private_3>0</is_private_3>\
             <views><l06>2</l06><z01>2</z01></views></interview>\
             <closing><thanks/><ending>1</ending><help_list/>{code}</closing>\
             <observed><z04>3</z04><z05>1</z05><z06>{distress}</z06></observed><result>1</result>\
             <orx:meta><orx:instanceID>{id}</orx:instanceID>{deprecated}</orx:meta></data>"
        )
    }
    /// Nineteen acts of which only the first may have happened; then somebody comes in, and what follows is left out.
    fn acts(&self) -> String {
        let (ever, year) = self.t01;
        let happened = u8::from(ever == 1 && year == 1);
        let others: String = (2..=19).map(|k| format!("<t{k:02}><t{k:02}_a>2</t{k:02}_a></t{k:02}>")).collect();
        let year = if ever == 1 { format!("<t01_b>{year}</t01_b>") } else { String::new() };
        let about = if happened == 1 { "<t01_c>1</t01_c><t01_d>52</t01_d><t01_e>3 5</t01_e>" } else { "" };
        let (who, often) = if happened == 1 { ("52", "1") } else { ("", "") };
        let answered = 13 + u8::from(ever < 3);
        format!(
            "<t01><t01_a>{ever}</t01_a>{year}{about}</t01>{others}<any_act>{happened}</any_act><severe_act>0</severe_act><stalking>0</stalking>\
             <n_forms>{happened}</n_forms><who_12m>{who}</who_12m><how_often_12m>{often}</how_often_12m><most_often>{often}</most_often>\
             <core_asked>14</core_asked><core_answered>{answered}</core_answered><is_enough>1</is_enough>"
        )
    }
}
