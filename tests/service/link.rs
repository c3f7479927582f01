//! The link between cases and responses: once cut, nothing joins them, not even the key from an old copy.

use kish::keys::Keys;
use kish::people::Role;
use serde_json::{Value, json};

use crate::app::{TestApp, on_both};
use crate::interview::Interview;
use crate::tables::field_by;

pub fn cut(app: &TestApp, without_weights: bool) -> crate::app::Answer {
    let body = json!({ "because": "fieldwork is over", "withoutWeights": without_weights });
    app.study_call("POST", "/link/cut", Role::Coordinator, &body)
}

pub fn close(app: &TestApp) {
    app.study_call("PATCH", "/forms/tfvaw", Role::Coordinator, &json!({ "state": "closed" })).expect(200);
}

/// The pseudonyms that are kept.
fn kept(app: &TestApp) -> Vec<Vec<u8>> {
    let version = app.store().form_versions(app.study).unwrap()[0].id;
    app.store().responses(app.study, version).unwrap().into_iter().map(|r| r.case_pseudonym).collect()
}

/// The ids of what is kept.
fn ids(app: &TestApp) -> Vec<Vec<u8>> {
    let version = app.store().form_versions(app.study).unwrap()[0].id;
    app.store().responses(app.study, version).unwrap().into_iter().map(|r| r.id).collect()
}

/// A copy of the keys, as an old backup has it.
fn old_copy(app: &TestApp) -> Keys {
    let copy = app.folder.join("old-copy");
    std::fs::create_dir_all(&copy).unwrap();
    for entry in std::fs::read_dir(app.folder.join("keys")).unwrap().map(|entry| entry.unwrap()) {
        std::fs::copy(entry.path(), copy.join(entry.file_name())).unwrap();
    }
    Keys::open(&copy).unwrap()
}

on_both!(once_the_link_is_cut_not_even_the_old_key_joins, |app| {
    let device = app.ready();
    let first = Interview::default().xml();
    app.submit(&device, &first).expect(201);
    app.submit(&device, &Interview { case: "N-U-1-2", id: "uuid:2", ..Interview::default() }.xml()).expect(201);
    assert_eq!(app.study_call("GET", "/link", Role::EthicsReviewer, &Value::Null).expect(200).json(), json!({ "isCut": false }));
    let old = old_copy(&app);
    let pseudonym = old.pseudonym(app.study, "tfvaw", "N-U-1-1").unwrap();
    assert!(kept(&app).contains(&pseudonym.to_vec()));
    let instance = old.receipt(app.study, "instance", &["uuid:2"]);
    let of_the_instance = |ids: Vec<Vec<u8>>| ids.iter().filter(|id| id[4..] == instance[..12]).count();
    assert_eq!(of_the_instance(ids(&app)), 1);
    close(&app);
    let certificate = cut(&app, true).expect(200).json();
    let numbers =
        ["casesInFrame", "responses", "joinedBefore", "joinedAfterWithTheSameKey"].map(|name| certificate[name].as_i64().unwrap());
    assert_eq!(numbers, [120, 2, 2, 0]);
    assert_eq!(app.study_call("GET", "/link", Role::EthicsReviewer, &Value::Null).expect(200).json(), certificate);
    assert_eq!(kept(&app).len(), 2);
    assert!(!kept(&app).contains(&pseudonym.to_vec()));
    assert_eq!(of_the_instance(ids(&app)), 0);
    assert!(!app.folder.join(format!("keys/case-{}.key", app.study)).exists());
    for path in std::fs::read_dir(&app.folder).unwrap().map(|e| e.unwrap().path()).filter(|p| p.is_file()) {
        let bytes = std::fs::read(&path).unwrap();
        assert!(!bytes.windows(32).any(|w| w == pseudonym), "the pseudonym stands in {}", path.display());
    }
    // The phone still hears that it may forget; nothing new can be tied to a case.
    app.submit(&device, &first).expect(201);
    let late = Interview { case: "N-U-1-3", id: "uuid:3", ..Interview::default() }.xml();
    app.submit(&device, &late).expect(202);
    app.settle(&app.records("waiting")[0], "release").expect(200);
    app.submit(&device, &late).expect(202);
    app.study_call("POST", "/weights", Role::Statistician, &json!({ "name": "late" })).expect(422);
    assert_eq!(app.counted(), 2);
    cut(&app, true).expect(409);
});

on_both!(what_was_weighted_and_released_before_the_cut_still_is_after_it, |app| {
    let device = app.ready();
    field_by(&app, &device);
    app.study_call("POST", "/weights", Role::Statistician, &json!({ "name": "w" })).expect(200);
    let released = app.release("main", &[("TFV_T01_12M", &["sex"])]);
    let set = app.store().weight_set(app.study, "w").unwrap().id;
    let (before, data) = (ids(&app), app.store().fingerprint(set).unwrap());
    assert_eq!(app.store().releases(app.study).unwrap()[0].data, data);
    close(&app);
    cut(&app, false).expect(200);
    let after = ids(&app);
    assert!(after.len() == before.len() && !after.iter().any(|id| before.contains(id)));
    assert_eq!(app.store().weights(set).unwrap().into_iter().map(|weight| weight.response_id).collect::<Vec<_>>(), after);
    assert_ne!(app.store().fingerprint(set).unwrap(), data);
    assert_eq!(app.store().releases(app.study).unwrap()[0].data, app.store().fingerprint(set).unwrap());
    assert_eq!(app.compose("again", &[("TFV_T01_12M", &["sex"])]).expect(200).json()["tables"][0]["cells"], released["tables"][0]["cells"]);
});

on_both!(a_key_that_a_power_cut_left_goes_at_the_next_start, |mut app| {
    let device = app.ready();
    app.submit(&device, &Interview::default().xml()).expect(201);
    let key = app.folder.join(format!("keys/case-{}.key", app.study));
    let left = std::fs::read(&key).unwrap();
    close(&app);
    cut(&app, true).expect(200);
    std::fs::write(&key, left).unwrap();
    app.at(crate::app::NOW);
    let begun = std::time::Instant::now();
    while key.exists() {
        assert!(begun.elapsed().as_secs() < 20, "the key was left");
    }
});

on_both!(the_link_is_not_cut_while_something_needs_it, |app| {
    let device = app.ready();
    app.submit(&device, &Interview::default().xml()).expect(201);
    cut(&app, true).expect(409);
    app.submit(&device, &Interview { case: "X-9", id: "uuid:2", ..Interview::default() }.xml()).expect(202);
    close(&app);
    cut(&app, true).expect(409);
    app.settle(&app.records("waiting")[0], "destroy").expect(200);
    cut(&app, false).expect(409);
    cut(&app, true).expect(200);
});
