//! Who did what: a line for every act, none without one, and nothing in it that anybody wrote.

use std::thread;

use kish::http::access::ROUTES;
use kish::keys::Signer;
use kish::people::{Password, Role, Token};
use kish::store::{DatabaseUrl, check_rows, check_trail};
use kish::trail::{Action, Line};
use serde_json::{Value, json};

use crate::app::{REFERRALS_HEAD, TestApp, by, on_both, open_store};
use crate::committee::{decision, dossier, with};
use crate::forms::with_picture;
use crate::interview::Interview;
use crate::second_factor::code;

const PASSWORD: &str = "a sentence of many words";

/// The id of some words that wait for a code.
fn words(n: u8) -> String {
    format!("00000000-0000-0000-0000-0000000000{n:02}")
}

/// All lines there are, newest first.
fn lines(app: &TestApp) -> Vec<Line> {
    app.store().trail(None, &Action::ALL, 10_000, 0).unwrap()
}

fn is_whole(app: &TestApp) -> bool {
    let signer = Signer::read(&app.folder.join("keys")).unwrap();
    let head = check_trail(&DatabaseUrl::parse(&app.database).unwrap(), &signer, None).unwrap().unwrap();
    head.number == lines(app)[0].number
}

/// Walks the routes that change something.
struct Walk<'a> {
    app: &'a TestApp,
    done: Vec<(&'static str, &'static str)>,
}

impl Walk<'_> {
    /// Does what a route does, and expects the one line it must leave.
    #[track_caller]
    fn act(
        &mut self,
        method: &'static str,
        template: &'static str,
        holes: &[(&str, &str)],
        role: Role,
        body: &[u8],
        action: &str,
    ) -> Value {
        let app = self.app;
        let study = app.study.to_string();
        let path =
            [("{study}", study.as_str())].iter().chain(holes).fold(template.to_owned(), |path, (hole, value)| path.replace(hole, value));
        let before = lines(app)[0].number;
        let answer = app.call(method, &path, Some(role), body).expect(200);
        let line = lines(app).remove(0);
        assert_eq!((line.number, line.action.as_str()), (before + 1, action), "{method} {template}");
        assert_eq!((line.actor_id, line.week.as_str()), (app.person(role), "2026-W47"), "{method} {template}");
        let is_without_role = ["user.session.", "user.second_factor."].iter().any(|of| line.action.starts_with(of));
        assert_eq!(line.role, if is_without_role { "" } else { role.name() }, "{line:?}");
        self.done.push((method, template));
        answer.json()
    }

    fn people_and_studies(&mut self) {
        let ana = json!({ "email": "ana@example.org", "displayName": "Ana", "password": PASSWORD }).to_string();
        let ana = self.act("POST", "/v1/users", &[], Role::Coordinator, ana.as_bytes(), "user.create")["id"].to_string();
        let holes = [("{role}", "analyst"), ("{person}", ana.as_str())];
        self.act("POST", "/v1/projects/{study}/assignments/{role}/{person}", &holes, Role::Coordinator, b"", "user.assignment.create");
        self.act("POST", "/v1/projects", &[], Role::Coordinator, br#"{"name":"Another"}"#, "project.create");
        self.act("PATCH", "/v1/projects/{study}", &[], Role::Coordinator, br#"{"weeklyInterviews":15}"#, "project.update");
        let device =
            self.act("POST", "/v1/projects/{study}/app-users", &[], Role::Coordinator, br#"{"displayName":"p"}"#, "field_key.create");
        let (route, id) = ("/v1/projects/{study}/app-users/{device}", device["id"].to_string());
        self.act("DELETE", route, &[("{device}", &id)], Role::Supervisor, b"", "field_key.session.end");
    }

    fn second_factor(&mut self) {
        let begin = "/v1/users/current/second-factor";
        let begun = self.act("POST", begin, &[], Role::Supervisor, b"", "user.second_factor.begin");
        let code = |steps: i64| json!({ "code": code(begun["secret"].as_str().unwrap(), steps) }).to_string();
        let confirm = "/v1/users/current/second-factor/confirm";
        self.act("POST", confirm, &[], Role::Supervisor, code(0).as_bytes(), "user.second_factor.confirm");
        let end = "/v1/users/current/second-factor/end";
        self.act("POST", end, &[], Role::Supervisor, code(1).as_bytes(), "user.second_factor.end");
    }

    fn form(&mut self) {
        let (workbook, form, who) = (with_picture(), ("{form}", "tfvaw"), Role::Coordinator);
        self.act("POST", "/v1/projects/{study}/forms", &[], who, &workbook, "form.create");
        self.act("POST", "/v1/projects/{study}/forms/{form}/draft", &[form], who, &workbook, "form.update.draft.set");
        let (file, holes) = ("/v1/projects/{study}/forms/{form}/draft/attachments/{name}", [form, ("{name}", "a%20b.png")]);
        self.act("POST", file, &holes, who, b"picture", "form.attachment.update");
        self.act("DELETE", file, &holes, who, b"", "form.attachment.update");
        self.act("POST", file, &holes, who, b"picture", "form.attachment.update");
        self.act("POST", "/v1/projects/{study}/forms/{form}/draft/publish", &[form], who, b"", "form.update.publish");
        self.act("PATCH", "/v1/projects/{study}/forms/{form}", &[form], who, br#"{"state":"open"}"#, "form.update");
        self.act("POST", "/v1/projects/{study}/forms/{form}/draft", &[form], who, b"", "form.update.draft.set");
        self.act("DELETE", "/v1/projects/{study}/forms/{form}/draft", &[form], who, b"", "form.update.draft.delete");
    }

    fn review(&mut self) {
        let form = ("{form}", "tfvaw");
        let dossier = with(dossier(), &json!({ "objectives": "as the protocol says" })).to_string();
        let ask = "/v1/projects/{study}/forms/{form}/reviews";
        let review = self.act("POST", ask, &[form], Role::Coordinator, dossier.as_bytes(), "review.ask")["id"].to_string();
        let decision = with(decision(), &json!({ "languages": ["en"] }));
        let (decide, holes) = ("/v1/projects/{study}/forms/{form}/reviews/{review}/decision", [form, ("{review}", review.as_str())]);
        self.act("POST", decide, &holes, Role::EthicsReviewer, decision.to_string().as_bytes(), "review.decide");
        let suspend = "/v1/projects/{study}/suspension";
        let stop = self.act("POST", suspend, &[], Role::EthicsReviewer, br#"{"reason":"a danger"}"#, "suspension.begin")["id"].to_string();
        let lift = "/v1/projects/{study}/suspension/{suspension}";
        self.act("DELETE", lift, &[("{suspension}", &stop)], Role::EthicsReviewer, b"", "suspension.lift");
    }

    fn numbers(&mut self) {
        let cases: String = (1..=60).map(|n| format!("A-{n},a,{},10,north,U,1\n", n % 12)).collect();
        let frame = format!("case,stratum,psu,base_weight,region,urban,sex\n{cases}");
        self.act("PUT", "/v1/projects/{study}/frame", &[], Role::Coordinator, frame.as_bytes(), "frame.set");
        let services = format!("{REFERRALS_HEAD}north,A house,shelter,+100,always,,2026-11-20\n");
        self.act("PUT", "/v1/projects/{study}/referrals", &[], Role::Coordinator, services.as_bytes(), "referrals.set");
        let (device, before) = (self.app.enrol(), lines(self.app).len() + 1);
        for n in 1..=60 {
            let (case, t01) = (format!("A-{n}"), if n % 5 < 2 { (1, 1) } else { (2, 0) });
            self.app.submit(&device, &Interview { case: &case, id: &case, t01, ..Interview::default() }.xml()).expect(201);
        }
        assert_eq!(lines(self.app).len() + 1, before, "interviews leave no line");
        self.act("POST", "/v1/projects/{study}/weights", &[], Role::Statistician, br#"{"name":"w"}"#, "weights.create");
        let plan = |name: &str| json!({ "name": name, "tables": [{ "indicator": "TFV_T01_12M", "by": ["sex"] }] }).to_string();
        let (all, one) = ("/v1/projects/{study}/releases", "/v1/projects/{study}/releases/{release}");
        let who = Role::Statistician;
        let id = |release: &Value| release["release"]["id"].to_string();
        let other = id(&self.act("POST", all, &[], who, plan("other").as_bytes(), "release.create"));
        self.act("DELETE", one, &[("{release}", &other)], who, b"", "release.delete");
        let main = id(&self.act("POST", all, &[], who, plan("main").as_bytes(), "release.create"));
        let approve = "/v1/projects/{study}/releases/{release}/approval";
        self.act("POST", approve, &[("{release}", &main)], Role::Coordinator, b"", "release.approve");
        for (route, role) in [("/v1/projects/{study}/tables", Role::Statistician), ("/v1/projects/{study}/tables.csv", Role::Analyst)] {
            let before = lines(self.app)[0].number;
            let path = route.replace("{study}", &self.app.study.to_string());
            self.app.call("GET", &format!("{path}?indicator=TFV_T01_12M&by=sex"), Some(role), b"").expect(200);
            let line = lines(self.app).remove(0);
            assert_eq!((line.number, line.action.as_str(), line.role.as_str()), (before + 1, "table.read", role.name()));
            assert_eq!(line.details, r#"{"by":["sex"],"indicator":"TFV_T01_12M"}"#);
        }
    }

    fn research(&mut self) {
        let state = |state: &str| self.app.study_call("PATCH", "/forms/tfvaw", Role::Coordinator, &json!({ "state": state })).expect(200);
        state("closed");
        let (route, body) = ("/v1/projects/{study}/research-files", br#"{"name":"Kanari","indicators":["TFV_T01_12M"],"by":["sex"]}"#);
        let file = self.act("POST", route, &[], Role::Statistician, body, "research_file.ask")["id"].to_string();
        let (route, body) = ("/v1/projects/{study}/research-files/{file}/grant", br#"{"because":"Kanari asks","expiresOn":"2026-12-01"}"#);
        self.act("POST", route, &[("{file}", &file)], Role::EthicsReviewer, body, "research_file.grant");
        self.app.study_call("PATCH", "/forms/tfvaw", Role::Coordinator, &json!({ "state": "open" })).expect(200);
    }

    fn rows(&mut self) {
        let (route, body) = ("/v1/projects/{study}/row-grants", br#"{"because":"Kanari asks"}"#);
        let grant = self.act("POST", route, &[], Role::Statistician, body, "row_grant.ask")["id"].to_string();
        let (hole, route) = ([("{grant}", grant.as_str())], "/v1/projects/{study}/row-grants/{grant}/grant");
        for role in [Role::EthicsReviewer, Role::Coordinator] {
            self.act("POST", route, &hole, role, br#"{"expiresOn":"2026-12-01"}"#, "row_grant.grant");
        }
        self.act("DELETE", "/v1/projects/{study}/row-grants/{grant}", &hole, Role::Statistician, b"", "row_grant.end");
    }

    fn work(&mut self) {
        let device = self.app.study_call("GET", "/app-users", Role::Supervisor, &Value::Null).expect(200).json();
        let device = device.as_array().unwrap().iter().find(|d| d["revoked"] == false).unwrap()["id"].to_string();
        let route = "/v1/projects/{study}/app-users/{device}/psus";
        self.act("PUT", route, &[("{device}", &device)], Role::Coordinator, br#"{"psus":["1"]}"#, "field_key.psus.set");
    }
}

impl Walk<'_> {
    /// Words are put beside an interview that is there; a questionnaire that asks for them is not what is walked here.
    fn own_words(&mut self) {
        for n in [1, 2] {
            let id = words(n).replace('-', "");
            let id = if self.app.is_postgres() { format!("decode('{id}', 'hex')") } else { format!("x'{id}'") };
            let row = format!("SELECT {id}, id, 'q', 0, 'words', '2026-12-01' FROM response LIMIT 1");
            self.app.sql(&format!("INSERT INTO own_words (id, response_id, question, place, words, erase_after) {row}")).unwrap();
        }
        let before = lines(self.app)[0].number;
        self.app.study_call("GET", "/own-words", Role::Statistician, &Value::Null).expect(200);
        assert_eq!((lines(self.app)[0].number, lines(self.app)[0].action.as_str()), (before + 1, "own_words.read"));
        let route = "/v1/projects/{study}/own-words/{words}";
        self.act("PUT", route, &[("{words}", &words(1))], Role::Statistician, br#"{"code":"money"}"#, "own_words.code");
        self.act("DELETE", route, &[("{words}", &words(2))], Role::Statistician, b"", "own_words.erase");
    }
}

impl Walk<'_> {
    fn set_aside_and_link(&mut self) {
        let device = self.app.enrol();
        self.app.submit(&device, &Interview { case: "X-9", id: "x", ..Interview::default() }.xml()).expect(202);
        let (route, record) = ("/v1/projects/{study}/set-aside/{record}/decision", self.app.records("waiting")[0]["id"].to_string());
        let who = Role::EthicsReviewer;
        self.act("POST", route, &[("{record}", &record)], who, br#"{"decision":"release","because":"Kanari"}"#, "set_aside.release");
        self.act("POST", route, &[("{record}", &record)], who, br#"{"decision":"destroy","because":"Kanari"}"#, "set_aside.destroy");
        self.app.study_call("PATCH", "/forms/tfvaw", Role::Coordinator, &json!({ "state": "closed" })).expect(200);
        self.act("POST", "/v1/projects/{study}/link/cut", &[], Role::Coordinator, br#"{"because":"Kanari"}"#, "link.cut");
    }
}

on_both!(every_route_that_changes_something_leaves_its_line, |app| {
    let mut walk = Walk { app: &app, done: Vec::new() };
    walk.people_and_studies();
    walk.second_factor();
    walk.form();
    walk.review();
    walk.numbers();
    walk.work();
    walk.research();
    walk.rows();
    walk.own_words();
    walk.set_aside_and_link();
    walk.act("DELETE", "/v1/sessions/current", &[], Role::Coordinator, b"", "user.session.end");
    for (method, template, _) in ROUTES.iter().filter(|(method, ..)| *method != "GET") {
        assert!(
            walk.done.contains(&(*method, *template)),
            "{method} {template}: no act of this test, so nobody knows that it leaves a line"
        );
    }
    assert!(is_whole(&app));
    // Whatever people do, each row carries the hash of what it holds.
    let damage = check_rows(&DatabaseUrl::parse(&app.database).unwrap()).unwrap();
    assert!(damage.is_empty(), "{damage:?}");
    for line in lines(&app) {
        let all = format!("{line:?}");
        for written in [
            "ana@",
            "Ana",
            "Another",
            "a danger",
            "protocol",
            "Simulated",
            "SIM-1",
            "a b.png",
            "A-1",
            "A house",
            "phone-1",
            "money",
            "Kanari",
            &words(1),
        ] {
            assert!(!all.contains(written), "{written} stands in {all}");
        }
    }
});

on_both!(signing_in_and_the_command_line_leave_their_lines, |app| {
    let id = app
        .store()
        .add_person(by(), "ana@example.org".to_owned(), "Ana".to_owned(), Password::new(PASSWORD, "", "").unwrap().hash().unwrap(), None)
        .wait()
        .unwrap();
    let created = lines(&app).remove(0);
    assert_eq!((created.role.as_str(), created.actor_id, created.actee_id), ("command-line", 0, id));
    let sign_in = |password: &str| {
        app.call("POST", "/v1/sessions", None, json!({ "email": "ana@example.org", "password": password }).to_string().as_bytes())
    };
    sign_in("another sentence of words").expect(401);
    assert_eq!(lines(&app)[0], created, "an address that was tried is nobody's act");
    sign_in(PASSWORD).expect(200);
    let line = lines(&app).remove(0);
    assert_eq!((line.action.as_str(), line.actor_id, line.role.as_str()), ("user.session.create", id, ""));
    app.store().disable_person(by(), "ana@example.org".to_owned()).wait().unwrap();
    assert_eq!(lines(&app)[0].action, "user.disable");
});

on_both!(what_fails_leaves_no_line, |app| {
    let before = lines(&app);
    app.study_call("DELETE", "/app-users/999999", Role::Coordinator, &Value::Null).expect(404);
    app.study_call("PATCH", "/forms/none", Role::Coordinator, &json!({ "state": "closed" })).expect(404);
    app.study_call("POST", "/app-users", Role::Coordinator, &json!({ "displayName": "" })).expect(400);
    app.study_call("POST", "/weights", Role::Statistician, &json!({ "name": "w" })).expect(422);
    app.study_call("GET", "/tables?indicator=NONE", Role::Analyst, &Value::Null);
    app.study_call("POST", "/app-users", Role::Analyst, &json!({ "displayName": "p" })).expect(403);
    assert_eq!(lines(&app), before);
});

on_both!(the_trail_is_read_newest_first_by_those_who_may, |app| {
    app.publish();
    let device = app.study_call("POST", "/app-users", Role::Coordinator, &json!({ "displayName": "phone-1" })).expect(200).json();
    let read = |query: &str| app.study_call("GET", &format!("/audits{query}"), Role::EthicsReviewer, &Value::Null).expect(200).json();
    let newest = &read("?limit=1")[0];
    let expected = json!({
        "number": newest["number"], "week": "2026-W47", "actorId": app.person(Role::Coordinator), "role": "coordinator", "action": "field_key.create",
        "projectId": app.study, "xmlFormId": null, "version": null, "acteeId": device["id"], "details": {}, "hash": newest["hash"],
    });
    assert_eq!(*newest, expected);
    assert_eq!(newest["hash"].as_str().unwrap().len(), 64);
    let codes = |query: &str| read(query).as_array().unwrap().iter().map(|l| l["action"].as_str().unwrap().to_owned()).collect::<Vec<_>>();
    assert_eq!(codes("?limit=2&offset=1"), ["referrals.set", "frame.set"]);
    assert_eq!(codes("?action=form"), ["form.update.publish"]);
    assert_eq!(codes("?action=form.create"), [""; 0]);
    assert_eq!(codes("?action=user.assignment.create").len(), Role::ALL.len());
    for wrong in ["?action=for", "?limit=-1", "?limit=1001", "?offset=-1", "?limit=x", "?since=1"] {
        app.study_call("GET", &format!("/audits{wrong}"), Role::Coordinator, &Value::Null).expect(400);
    }
    app.study_call("GET", "/audits", Role::Statistician, &Value::Null).expect(403);
    // Of all studies, and of what belongs to none.
    let all = app.call("GET", "/v1/audits?action=user.create", Some(Role::Administrator), b"").expect(200).json();
    assert_eq!((all.as_array().unwrap().len(), &all[0]["projectId"]), (Role::ALL.len(), &Value::Null));
    app.call("GET", "/v1/audits", Some(Role::Coordinator), b"").expect(403);
});

on_both!(sixty_four_acts_at_once_on_two_servers_make_one_chain, |app| {
    let other = open_store(&app.folder, &app.database);
    let before = lines(&app).len();
    thread::scope(|scope| {
        for n in 0..64 {
            let store = if n % 2 == 0 { app.store() } else { &other };
            let token = Token::hash(Token::new().unwrap().as_str()).unwrap();
            scope.spawn(move || store.add_device(by(), app.study, format!("p{n}"), token, "2026-12-31".to_owned()).wait().unwrap());
        }
    });
    let numbers: Vec<i64> = lines(&app).iter().map(|l| l.number).rev().collect();
    assert_eq!(numbers, (1..=i64::try_from(before + 64).unwrap()).collect::<Vec<_>>());
    assert_eq!(app.store().devices(app.study).unwrap().len(), 64);
    assert!(is_whole(&app));
});
