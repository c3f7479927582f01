//! Interviews that a device encrypted by ODK's scheme: kept unread, opened at the office by `kish open`, counted once.

use std::process::{Command, Output};

use aws_lc_rs::cipher::{AES_256, EncryptionContext, StreamingEncryptingKey, UnboundCipherKey};
use aws_lc_rs::iv::FixedLength;
use aws_lc_rs::rsa::{OAEP_SHA256_MGF1SHA256, OaepPublicEncryptingKey, PublicEncryptingKey};
use base64::prelude::{BASE64_STANDARD, Engine};
use kish::people::Role;
use md5::{Digest, Md5};
use serde_json::{Value, json};

use crate::app::{TestApp, on_both, shipped_sheets, zipped};
use crate::interview::Interview;

fn vector() -> Value {
    serde_json::from_str(include_str!("../encrypted/vector.json")).unwrap()
}

/// An interview as Collect encrypts it: the manifest and the parts.
struct Encrypted {
    manifest: String,
    parts: Vec<(String, Vec<u8>)>,
}

impl Encrypted {
    fn new(interview: &Interview<'_>, media: &[(&str, &[u8])], secret: [u8; 32]) -> Encrypted {
        let xml = interview.xml();
        let files = media.iter().copied().chain([("submission.xml", xml.as_bytes())]);
        let mut seed: [u8; 16] = Md5::new().chain_update(interview.id).chain_update(secret).finalize().into();
        let mut parts = Vec::new();
        for (count, (name, content)) in files.enumerate() {
            seed[count % 16] = seed[count % 16].wrapping_add(1);
            parts.push((format!("{name}.enc"), encrypt(secret, seed, content)));
        }
        let names: String = parts[..media.len()].iter().map(|(name, _)| format!("<media><file>{name}</file></media>")).collect();
        let manifest = format!(
            "<data xmlns=\"http://www.opendatakit.org/xforms/encrypted\" id=\"tfvaw\" version=\"{}\" encrypted=\"yes\">\
             <base64EncryptedKey>{}</base64EncryptedKey><orx:meta xmlns:orx=\"http://openrosa.org/xforms\"><orx:instanceID>{}</orx:instanceID></orx:meta>\
             {names}<encryptedXmlFile>submission.xml.enc</encryptedXmlFile></data>",
            interview.version,
            wrap(&secret),
            interview.id
        );
        Encrypted { manifest, parts }
    }

    fn send(&self, app: &TestApp, device: &str, names: &[&str]) -> crate::app::Answer {
        let parts = self.parts.iter().filter(|(name, _)| names.contains(&name.as_str()));
        app.submit_bytes(device, &self.manifest, parts.map(|(name, content)| (name.as_str(), content.as_slice())))
    }
}

fn wrap(secret: &[u8]) -> String {
    let der = BASE64_STANDARD.decode(vector()["public_key"].as_str().unwrap()).unwrap();
    let key = OaepPublicEncryptingKey::new(PublicEncryptingKey::from_der(&der).unwrap()).unwrap();
    let mut wrapped = vec![0; key.ciphertext_size()];
    BASE64_STANDARD.encode(key.encrypt(&OAEP_SHA256_MGF1SHA256, secret, &mut wrapped, None).unwrap())
}

fn encrypt(secret: [u8; 32], vector: [u8; 16], content: &[u8]) -> Vec<u8> {
    let padding = 16 - content.len() % 16;
    let padded = [content, &vec![u8::try_from(padding).unwrap(); padding]].concat();
    let key = UnboundCipherKey::new(&AES_256, &secret).unwrap();
    let mut cipher = StreamingEncryptingKey::less_safe_cfb128(key, EncryptionContext::Iv128(FixedLength::from(vector))).unwrap();
    let mut out = vec![0; padded.len() + 16];
    let length = cipher.update(&padded, &mut out).unwrap().written().len();
    out.truncate(length);
    out
}

/// The shipped questionnaire with a public key in its settings.
fn with_key(key: &str) -> Vec<u8> {
    let mut sheets = shipped_sheets();
    let settings = sheets.iter_mut().find(|(name, _)| *name == "settings").unwrap();
    let text = String::from_utf8(std::mem::take(&mut settings.1)).unwrap();
    let mut lines = text.lines();
    let (header, row) = (lines.next().unwrap(), lines.next().unwrap());
    settings.1 = format!("{header},public_key\n{row},{key}\n").into_bytes();
    zipped(&sheets)
}

/// A study whose form has a public key, and a device.
fn ready(app: &TestApp) -> String {
    app.publish_workbook(&with_key(vector()["public_key"].as_str().unwrap()));
    app.approve(&Value::Null).expect(200);
    app.enrol()
}

/// `kish open` with a key of the vector, at the office.
fn kish_open(app: &TestApp, device: &str, keys: &[&str]) -> (Output, Vec<String>) {
    let folder = app.folder.join("office");
    std::fs::create_dir_all(&folder).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_kish"));
    command.args(["open", "--server", &app.url]).env("KISH_DEVICE", device).env("KISH_SESSION", app.session(Role::EthicsReviewer));
    for name in keys {
        let path = folder.join(name);
        std::fs::write(&path, vector()[*name].as_str().unwrap_or(&app.identity)).unwrap();
        command.arg("--key").arg(&path);
    }
    let output = command.current_dir(&folder).output().unwrap();
    let said = String::from_utf8(output.stdout.clone()).unwrap();
    let mut lines: Vec<String> = said.lines().map(|line| line.split_once('\t').unwrap().1.to_owned()).collect();
    lines.sort();
    assert_eq!(std::fs::read_dir(&folder).unwrap().count(), keys.len(), "something opened was written to disk");
    std::fs::remove_dir_all(&folder).unwrap();
    (output, lines)
}

const ALL: [&str; 3] = ["a.jpg.enc", "audit.csv.enc", "submission.xml.enc"];
const MEDIA: [(&str, &[u8]); 2] = [("a.jpg", b"bytes of a picture"), ("audit.csv", b"event,node,start,end\n")];

on_both!(a_form_with_a_key_that_is_none_is_not_taken, |app| {
    let answer = app.call("POST", &format!("/v1/projects/{}/forms", app.study), Some(Role::Coordinator), &with_key("QUJD")).expect(422);
    let finding = &answer.json()["errors"][0];
    assert_eq!(
        (finding["sheet"].as_str(), finding["message"].as_str()),
        (Some("settings"), Some("the public_key is no RSA key of 2048 bits or more"))
    );
});

on_both!(an_encrypted_interview_is_opened_at_the_office_and_counted_once, |app| {
    let device = ready(&app);
    let form = app.call("GET", &format!("{device}/forms/tfvaw.xml"), None, b"").expect(200).body;
    assert!(form.contains(&format!("base64RsaPublicKey=\"{}\"", vector()["public_key"].as_str().unwrap())));
    let sent = Encrypted::new(&Interview::default(), &MEDIA, [7; 32]);
    // As Collect splits what is large: the manifest goes with every part.
    let answer = sent.send(&app, &device, &ALL[..1]).expect(202);
    assert_eq!(answer.header("X-Kish-Set-Aside"), "encrypted");
    let record = app.records("waiting").into_iter().find(|r| r["kind"] == "encrypted").unwrap();
    assert_eq!((&record["opensWith"], &record["partsMissing"], &record["version"]), (&json!("form"), &json!(2), &json!("2026112201")));
    let (output, lines) = kish_open(&app, &device, &["pkcs8"]);
    assert_eq!((output.status.code(), lines), (Some(1), vec!["part missing audit.csv.enc".to_owned()]));
    for _ in 0..2 {
        sent.send(&app, &device, &ALL[1..]).expect(202);
    }
    assert_eq!(app.waiting(), ["encrypted: 1"]);
    let (output, lines) = kish_open(&app, &device, &["pkcs1"]);
    assert_eq!((output.status.code(), lines), (Some(0), vec!["posted 201".to_owned()]), "{output:?}");
    assert_eq!((app.counted(), app.waiting()), (1, vec!["unexpected-file: 2".to_owned()]));
    let (output, lines) = kish_open(&app, &device, &["pkcs8"]);
    assert_eq!((output.status.code(), lines), (Some(0), vec![]));
    // The phone that never heard the answer.
    sent.send(&app, &device, &ALL).expect(201);
    assert_eq!((app.counted(), app.records("opened").len()), (1, 4));
});

on_both!(once_the_link_is_cut_nothing_is_left_of_what_was_opened, |app| {
    let device = ready(&app);
    let sent = Encrypted::new(&Interview::default(), &[], [7; 32]);
    sent.send(&app, &device, &ALL).expect(202);
    assert_eq!(kish_open(&app, &device, &["pkcs8"]).1, ["posted 201"]);
    assert!(!app.store().sealed_records(app.study).unwrap().is_empty(), "it is kept until its day, in case it was opened wrongly");
    app.study_call("PATCH", "/forms/tfvaw", Role::Coordinator, &json!({ "state": "closed" })).expect(200);
    let cut = json!({ "because": "fieldwork is over", "withoutWeights": true });
    app.study_call("POST", "/link/cut", Role::Coordinator, &cut).expect(200);
    assert_eq!(app.store().sealed_records(app.study).unwrap().len(), 0);
    sent.send(&app, &device, &ALL).expect(201);
    assert_eq!((app.counted(), app.waiting(), app.store().sealed_records(app.study).unwrap().len()), (1, vec![], 0));
});

on_both!(one_record_that_does_not_open_stops_no_other, |app| {
    let device = ready(&app);
    let case = |id, case| Interview { id, case, ..Interview::default() };
    Encrypted::new(&case("uuid:a", "N-U-1-1"), &[], [1; 32]).send(&app, &device, &ALL).expect(202);
    let mut damaged = Encrypted::new(&case("uuid:b", "N-U-1-2"), &[], [2; 32]);
    damaged.parts[0].1.pop();
    damaged.send(&app, &device, &ALL).expect(202);
    Encrypted::new(&case("uuid:c", "X-9"), &[], [3; 32]).send(&app, &device, &ALL).expect(202);
    let mut wrapped = Encrypted::new(&case("uuid:d", "N-U-1-3"), &[], [4; 32]);
    let mgf1_sha1 = vector()["manifest_mgf1_sha1"].as_str().unwrap().to_owned();
    let key_of = |manifest: &str| manifest.split(['<', '>']).skip_while(|t| *t != "base64EncryptedKey").nth(1).unwrap().to_owned();
    wrapped.manifest = wrapped.manifest.replace(&key_of(&wrapped.manifest), &key_of(&mgf1_sha1));
    wrapped.send(&app, &device, &ALL).expect(202);
    let (output, lines) = kish_open(&app, &device, &["other_key"]);
    assert_eq!((output.status.code(), lines), (Some(1), vec!["wrong key".to_owned(); 4]));
    let (output, lines) = kish_open(&app, &device, &["other_key", "pkcs8"]);
    assert_eq!(output.status.code(), Some(1));
    let expected = [
        "damaged submission.xml.enc",
        "posted 201",
        "posted 202 still-set-aside unknown-case",
        "right key, wrapped otherwise than by OAEP with SHA-256 and MGF1-SHA-256 (MGF1-SHA-1, for example)",
    ];
    assert_eq!(lines, expected);
    assert_eq!((app.counted(), app.waiting()), (1, vec!["encrypted: 2".to_owned(), "unknown-case: 1".to_owned()]));
});

on_both!(what_a_reviewer_released_is_opened_with_the_reviewers_key, |app| {
    let device = ready(&app);
    app.submit(&device, &Interview { day: "2026-10-02", ..Interview::default() }.xml()).expect(202);
    assert_eq!(kish_open(&app, &device, &["reviewer"]).1, Vec::<String>::new());
    app.settle(&app.records("waiting")[0], "release").expect(200);
    assert_eq!(kish_open(&app, &device, &["pkcs8"]).1, ["wrong key"]);
    let (output, lines) = kish_open(&app, &device, &["reviewer"]);
    assert_eq!((output.status.code(), lines), (Some(0), vec!["posted 201".to_owned()]), "{output:?}");
    assert_eq!((app.counted(), app.waiting()), (1, vec![]));
});

on_both!(what_came_encrypted_before_the_form_closed_is_counted_after, |app| {
    let device = ready(&app);
    let before = Encrypted::new(&Interview::default(), &[], [1; 32]);
    before.send(&app, &device, &ALL).expect(202);
    app.study_call("PATCH", "/forms/tfvaw", Role::Coordinator, &json!({ "state": "closed" })).expect(200);
    let late = Encrypted::new(&Interview { id: "uuid:2", case: "N-U-1-2", ..Interview::default() }, &[], [2; 32]);
    assert_eq!(late.send(&app, &device, &ALL).expect(202).header("X-Kish-Set-Aside"), "closed-form");
    assert_eq!(kish_open(&app, &device, &["pkcs8"]).1, ["posted 201"]);
    let record = app.records("waiting").into_iter().find(|r| r["kind"] == "encrypted").unwrap();
    app.settle(&record, "release").expect(200);
    assert_eq!(kish_open(&app, &device, &["pkcs8"]).1, ["posted 201"]);
    assert_eq!((app.counted(), app.waiting()), (2, vec![]));
});

on_both!(nothing_beside_what_is_sealed_tells_the_interview_or_the_phone, |app| {
    let device = ready(&app);
    let interview = Interview { id: "uuid:canary-of-the-id", ..Interview::default() };
    Encrypted::new(&interview, &[("1763719331.jpg", b"x")], [9; 32])
        .send(&app, &device, &["1763719331.jpg.enc", "submission.xml.enc"])
        .expect(202);
    for entry in std::fs::read_dir(&app.folder).unwrap().map(|e| e.unwrap().path()).filter(|p| p.is_file()) {
        let bytes = std::fs::read(&entry).unwrap();
        for canary in ["canary-of-the-id", "1763719331", "base64EncryptedKey"] {
            assert!(!bytes.windows(canary.len()).any(|w| w == canary.as_bytes()), "{canary} stands in {}", entry.display());
        }
    }
});

on_both!(an_office_that_is_not_let_in_hears_so, |app| {
    let device = ready(&app);
    std::fs::write(app.folder.join("key.pem"), vector()["pkcs8"].as_str().unwrap()).unwrap();
    let open = |session: &str, server: &str, device: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_kish"));
        command.args(["open", "--server", server, "--key"]).arg(app.folder.join("key.pem"));
        command.env("KISH_DEVICE", device).env("KISH_SESSION", session).output().unwrap()
    };
    let reviewer = app.session(Role::EthicsReviewer);
    assert_eq!(open(app.session(Role::Analyst), &app.url, &device).status.code(), Some(2));
    assert_eq!(open(reviewer, "http://survey.example.org", &device).status.code(), Some(2));
    assert_eq!(open(reviewer, &app.url, "phone-1").status.code(), Some(2));
    assert_eq!(open(reviewer, "https://127.0.0.1:9", &device).status.code(), Some(3));
    assert_eq!(open(reviewer, &app.url, &device).status.code(), Some(0));
});
