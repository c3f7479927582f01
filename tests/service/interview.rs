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
}

impl Default for Interview<'_> {
    fn default() -> Self {
        Interview {
            case: "N-U-1-1",
            id: "uuid:1",
            deprecated: None,
            version: "2026112101",
            day: "2026-11-18",
            language: "en",
            sex: 1,
            age: 34,
            t01: (2, 0),
            seeing: 1,
        }
    }
}

impl Interview<'_> {
    pub fn xml(&self) -> String {
        let Interview { case, id, version, day, language, sex, age, seeing, .. } = self;
        let deprecated = self.deprecated.map(|d| format!("<deprecatedID>{d}</deprecatedID>")).unwrap_or_default();
        let acts: String = ["t01", "t03", "t06", "t13", "t15"]
            .iter()
            .map(|act| {
                let (ever, year) = if *act == "t01" { self.t01 } else { (2, 0) };
                let year = if ever == 1 { format!("<{act}_b>{year}</{act}_b>") } else { String::new() };
                format!("<{act}><{act}_a>{ever}</{act}_a>{year}</{act}>")
            })
            .collect();
        format!(
            "<?xml version='1.0'?><data id=\"tfvaw\" version=\"{version}\" xmlns:orx=\"http://openrosa.org/xforms\">\
             <start>{day}T10:00:00.000+01:00</start><end>{day}T10:21:00.000+01:00</end><today>{day}</today><mode>1</mode><draw>410000</draw>\
             <arrival><case_code>{case}</case_code><interview_language>{language}</interview_language><fielded_sex>{sex}</fielded_sex><visit>1</visit></arrival>\
             <household><household_intro/><household_agrees>1</household_agrees><n_eligible>2</n_eligible></household>\
             <selected_person>1</selected_person><selection><selected_note/><person_contact>1</person_contact></selection>\
             <agreement><consent>1</consent></agreement>\
             <interview><about_you><sex>{sex}</sex><age_years>{age}</age_years><partnership>1</partnership></about_you>\
             <activities><wg_seeing>{seeing}</wg_seeing><wg_hearing>1</wg_hearing><wg_walking>1</wg_walking><wg_remembering>1</wg_remembering>\
             <wg_selfcare>1</wg_selfcare><wg_communicating>1</wg_communicating></activities>\
             <quiet_place><privacy>1</privacy><is_private>1</is_private></quiet_place>\
             <digital_life>{acts}</digital_life></interview>\
             <closing><thanks/><ending>1</ending><help_list/></closing><result>1</result>\
             <orx:meta><orx:instanceID>{id}</orx:instanceID>{deprecated}</orx:meta></data>"
        )
    }
}
