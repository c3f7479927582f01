//! Answers that go again: taken back by whoever was given the number, or erased because their time is over.

use std::thread;
use std::time::{Duration, Instant};

use diesel::prelude::*;
use diesel::sql_types::BigInt;
use kish::people::Role;
use kish::store::{DatabaseUrl, StudyChange};
use serde_json::{Value, json};

use crate::app::{Answer, TestApp, by, on_both};
use crate::interview::Interview;

pub const CODE: &str = "471193-208856";

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    n: i64,
}

impl TestApp {
    pub fn withdraw(&self, code: &str) -> Answer {
        let path = format!("/v1/projects/{}/withdrawals", self.study);
        self.call("POST", &path, None, json!({ "code": code }).to_string().as_bytes())
    }

    /// The ids of responses, which are made of the instances they came as.
    fn ids(&self) -> Vec<Vec<u8>> {
        let version = self.store().form_versions(self.study).unwrap()[0].id;
        self.store().responses(self.study, version).unwrap().into_iter().map(|r| r.id).collect()
    }

    /// The result and the kept answers of each current response.
    fn kept(&self) -> Vec<(u8, String)> {
        let versions = self.store().form_versions(self.study).unwrap();
        let of = |v: &kish::store::FormVersion| self.store().responses(self.study, v.id).unwrap();
        versions.iter().flat_map(of).map(|r| (r.result, r.answers)).collect()
    }

    /// How many responses have answers, current or not.
    fn kept_anywhere(&self) -> i64 {
        let count = diesel::sql_query("SELECT count(*) AS n FROM response WHERE answers <> ''");
        let found: QueryResult<Count> = match DatabaseUrl::parse(&self.database).unwrap() {
            DatabaseUrl::Sqlite(path) => count.get_result(&mut SqliteConnection::establish(path.to_str().unwrap()).unwrap()),
            DatabaseUrl::Postgres(url) => count.get_result(&mut PgConnection::establish(&url).unwrap()),
        };
        found.unwrap().n
    }

    fn retention(&self) -> Value {
        self.study_call("GET", "/retention", Role::Coordinator, &Value::Null).expect(200).json()
    }
}

on_both!(who_has_the_number_takes_the_answers_back_and_they_do_not_come_again, |app| {
    let device = app.ready();
    let told = Interview { code: Some(CODE), ..Interview::default() };
    let other = Interview { case: "N-U-1-2", id: "uuid:2", code: Some("471193-208857"), ..Interview::default() };
    app.submit(&device, &told.xml()).expect(201);
    app.submit(&device, &other.xml()).expect(201);
    let wrong = app.withdraw("471193-208858").expect(400).json();
    assert_eq!(wrong["errors"][0]["pointer"], "/code");
    assert!(wrong["detail"].as_str().unwrap().contains("no interview of this study has this number"), "{wrong}");
    app.withdraw("471193").expect(400);

    // However it was written down.
    let ids = app.ids();
    app.withdraw("471 193 208 856").expect(200);
    assert_eq!(app.ids().iter().filter(|id| ids.contains(id)).count(), 1, "nothing leads from the instance to the visit");
    let mut kept = app.kept();
    kept.sort();
    assert_eq!(kept[1], (20, String::new()), "that a visit was made stays");
    assert!(kept[0].0 == 1 && kept[0].1.contains('\t'), "the other interview is as it was");

    app.withdraw(CODE).expect(400);
    app.submit(&device, &told.xml()).expect(201);
    assert_eq!(app.kept().iter().filter(|(result, _)| *result == 1).count(), 1, "sent again it is not taken in");
    // Nor is a version of it that comes late: the phone may forget it, and nothing of it is kept.
    let edited = Interview { id: "uuid:3", deprecated: Some("uuid:1"), age: 35, ..told };
    for _ in 0..2 {
        app.submit_with(&device, &edited.xml(), &[("a.jpg", "a picture")]).expect(201);
    }
    assert_eq!((app.kept_anywhere(), app.waiting()), (1, vec![]));
    // Another interview of the case is another one, and somebody has to look at it.
    app.submit(&device, &Interview { id: "uuid:4", age: 36, ..Interview::default() }.xml()).expect(202);
    assert_eq!(app.waiting(), ["case-answered: 1"]);
});

on_both!(an_interview_that_comes_after_its_edit_was_taken_back_is_not_taken_in, |app| {
    let device = app.ready();
    let told = Interview { code: Some(CODE), ..Interview::default() };
    app.submit(&device, &Interview { id: "uuid:2", deprecated: Some("uuid:1"), age: 35, ..told.clone() }.xml()).expect(201);
    app.withdraw(CODE).expect(200);
    app.submit(&device, &told.xml()).expect(201);
    // In the case it was written down under at first, too.
    app.submit(&device, &Interview { case: "N-U-1-2", ..told }.xml()).expect(202);
    assert_eq!((app.kept(), app.kept_anywhere()), (vec![(20, String::new())], 0));
    assert_eq!(app.waiting(), ["conflict: 1"]);
});

on_both!(a_version_released_after_the_answers_were_taken_back_is_not_counted, |app| {
    let device = app.ready();
    let told = Interview { code: Some(CODE), ..Interview::default() };
    app.submit(&device, &told.xml()).expect(201);
    let late = Interview { id: "uuid:2", deprecated: Some("uuid:1"), day: "2026-10-02", ..told };
    app.submit(&device, &late.xml()).expect(202);
    app.withdraw(CODE).expect(200);
    app.settle(&app.records("waiting")[0], "release").expect(200);
    app.submit(&device, &late.xml()).expect(201);
    assert_eq!((app.kept(), app.kept_anywhere(), app.waiting()), (vec![(20, String::new())], 0, vec![]));
    assert_eq!(app.store().sealed_records(app.study).unwrap().len(), 0);
});

on_both!(a_version_that_was_released_before_takes_the_others_with_it_too, |app| {
    let device = app.ready();
    let edit = Interview { id: "uuid:2", deprecated: Some("uuid:1"), code: Some(CODE), day: "2026-10-02", ..Interview::default() };
    app.submit(&device, &edit.xml()).expect(202);
    app.settle(&app.records("waiting")[0], "release").expect(200);
    app.submit(&device, &edit.xml()).expect(201);
    app.withdraw(CODE).expect(200);
    // What it edits comes late, and what edits it.
    app.submit(&device, &Interview { code: Some(CODE), ..Interview::default() }.xml()).expect(201);
    app.submit(&device, &Interview { id: "uuid:3", deprecated: Some("uuid:2"), age: 36, ..Interview::default() }.xml()).expect(201);
    app.submit(&device, &edit.xml()).expect(201);
    assert_eq!((app.kept(), app.kept_anywhere(), app.waiting()), (vec![(20, String::new())], 0, vec![]));
});

on_both!(what_was_edited_into_another_case_without_the_number_goes_and_nobody_elses_does, |app| {
    let device = app.ready();
    app.submit(&device, &Interview { code: Some(CODE), ..Interview::default() }.xml()).expect(201);
    let corrected = Interview { id: "uuid:2", deprecated: Some("uuid:1"), case: "N-U-1-2", ..Interview::default() };
    app.submit(&device, &corrected.xml()).expect(201);
    let other = Interview { id: "uuid:3", age: 40, ..Interview::default() };
    app.submit(&device, &other.xml()).expect(201);
    app.withdraw(CODE).expect(200);
    assert_eq!(app.kept_anywhere(), 1);
    let mut results: Vec<u8> = app.kept().into_iter().map(|(result, _)| result).collect();
    results.sort_unstable();
    assert_eq!(results, [1, 20]);
});

on_both!(what_has_not_left_the_files_yet_does_so_at_the_next_start, |mut app| {
    let device = app.ready();
    app.submit(&device, &Interview { code: Some(CODE), ..Interview::default() }.xml()).expect(201);
    app.withdraw(CODE).expect(200);
    assert!(!app.store().is_unscrubbed().unwrap());
    // As where the database was gone in between.
    app.sql("INSERT INTO unscrubbed (number) VALUES (-7)").unwrap();
    assert!(app.store().is_unscrubbed().unwrap());
    app.at(crate::app::NOW);
    let begun = Instant::now();
    while app.store().is_unscrubbed().unwrap() {
        assert!(begun.elapsed() < Duration::from_secs(20), "it is still there");
    }
});

on_both!(an_edited_interview_goes_with_the_one_it_edits, |app| {
    let device = app.ready();
    let told = Interview { code: Some(CODE), ..Interview::default() };
    app.submit(&device, &told.xml()).expect(201);
    app.submit(&device, &Interview { id: "uuid:2", deprecated: Some("uuid:1"), age: 35, ..told }.xml()).expect(201);
    app.withdraw(CODE).expect(200);
    assert_eq!(app.kept(), [(20, String::new())]);
    let full = "answers <> ''";
    assert_eq!(app.store().count_responses(app.study).unwrap(), 2);
    app.sql(&format!("DELETE FROM response WHERE {full}")).unwrap();
    assert_eq!(app.store().count_responses(app.study).unwrap(), 2, "none of the two had answers left");
});

on_both!(what_was_in_another_case_before_it_was_corrected_goes_too, |app| {
    let device = app.ready();
    let told = Interview { code: Some(CODE), ..Interview::default() };
    app.submit(&device, &told.xml()).expect(201);
    app.submit(&device, &Interview { id: "uuid:2", deprecated: Some("uuid:1"), case: "N-U-1-2", ..told }.xml()).expect(201);
    // Whose case it is.
    app.submit(&device, &Interview { id: "uuid:3", ..Interview::default() }.xml()).expect(201);
    app.withdraw(CODE).expect(200);
    let results: Vec<u8> = app.kept().into_iter().map(|(result, _)| result).collect();
    assert_eq!((results.contains(&1), results.contains(&20), results.len(), app.kept_anywhere()), (true, true, 2, 1));
});

on_both!(once_the_link_is_cut_no_number_leads_to_an_interview, |app| {
    let device = app.ready();
    app.submit(&device, &Interview { code: Some(CODE), ..Interview::default() }.xml()).expect(201);
    app.study_call("PATCH", "/forms/tfvaw", Role::Coordinator, &json!({ "state": "closed" })).expect(200);
    let cut = json!({ "because": "fieldwork is over", "withoutWeights": true });
    app.study_call("POST", "/link/cut", Role::Coordinator, &cut).expect(200);
    app.withdraw(CODE).expect(400);
    assert_eq!(app.counted(), 1);
});

on_both!(responses_are_erased_past_their_day_and_it_is_certified, |mut app| {
    let device = app.ready();
    app.submit(&device, &Interview { code: Some(CODE), ..Interview::default() }.xml()).expect(201);
    let change = StudyChange { keep_until: Some("2027-05-20".to_owned()), ..StudyChange::default() };
    app.store().change_study(by(), app.study, change).wait().unwrap();
    assert_eq!((&app.retention()["responses"], &app.retention()["erasedOn"]), (&json!(1), &Value::Null));
    assert_eq!(app.store().erase_due("2027-05-20".to_owned()).wait().unwrap(), 0, "on the last day they are still kept");

    app.store().note_retention("2027-05-14".to_owned()).wait().unwrap();
    app.at("2027-05-21T00:00:00Z");
    let begun = Instant::now();
    while app.store().erasure(app.study).unwrap().is_none() {
        assert!(begun.elapsed() < Duration::from_secs(20), "they were not erased");
    }
    app.at(crate::app::NOW);
    let shown = app.retention();
    assert_eq!((&shown["responses"], &shown["responsesErased"], &shown["erasedOn"]), (&json!(0), &json!(1), &json!("2027-05-21")));
    app.submit(&device, &Interview::default().xml()).expect(202);
    assert_eq!(app.counted(), 0, "the forms are closed");
});

on_both!(a_database_that_was_never_held_to_its_dates_is_not_by_a_clock_that_is_years_ahead, |mut app| {
    let device = app.ready();
    app.submit(&device, &Interview::default().xml()).expect(201);
    app.sql("DELETE FROM retention").unwrap();
    app.at("2036-11-21T00:00:00Z");
    thread::sleep(Duration::from_secs(1));
    assert_eq!(app.store().retention_held_to().unwrap(), None, "a run at the start waits an hour");
    app.at(crate::app::NOW);
    assert_eq!(app.counted(), 1);
});

on_both!(the_day_until_which_responses_are_kept_is_never_put_off, |app| {
    let patch = |day: &str| app.study_call("PATCH", "", Role::Coordinator, &json!({ "keepResponsesUntil": day }));
    assert_eq!(patch("2028-01-01").expect(200).json()["keepResponsesUntil"], "2028-01-01");
    patch("2027-01-01").expect(200);
    patch("2027-01-02").expect(409);
    patch("2026-01-01").expect(400);
    let made = app.call("POST", "/v1/projects", Some(Role::Administrator), br#"{"name":"Another"}"#).expect(200).json();
    assert_eq!(made["keepResponsesUntil"], "2031-11-21", "five years where nobody says otherwise");
});
