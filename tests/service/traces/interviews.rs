//! Interviews with canaries in every answer, every attribute, every element nobody asked for, and every file.

use super::canaries::{NEVER, all};
use super::feed::Feeder;
use crate::app::TestApp;
use crate::interview::Interview;

const SUBMISSION: &str = "/v1/key/{token}/projects/{study}/submission";
const TEST: &str = "/v1/test/{token}/projects/{study}/forms/{form}/draft/submission";

/// What phones may add of themselves.
const ADDED: [&str; 8] = ["deviceid", "phonenumber", "username", "email", "subscriberid", "simserial", "start-geopoint", "audit"];

/// One interview that counts, and one for each place in it that holds something else; each by both of a device's roads.
pub fn send(app: &TestApp, feeder: &mut Feeder<'_>, device: &str, draft: &str, day: &str) {
    let whole = Interview { id: instance(), day, ..Interview::default() }.xml().replace("10:00:00.000", "10:21:37.717");
    for _ in 0..2 {
        app.submit(device, &whole).expect(201);
    }
    assert_eq!(app.counted(), 1);
    for xml in altered(&whole) {
        for (route, path) in [(SUBMISSION, format!("{device}/submission")), (TEST, format!("{draft}/submission"))] {
            let answer = feeder.send("POST", route, &path, None, &("multipart/form-data; boundary=canary", parts(&xml)));
            let status: u16 = answer[9..12].parse().unwrap();
            assert!(matches!(status, 201 | 202 | 400), "{status} for {xml}");
        }
    }
}

fn instance() -> &'static str {
    NEVER.iter().find(|c| c.kind == "an instance's id").unwrap().text
}

/// The interview again and again, each time with one answer, one attribute or one more element that is a canary.
fn altered(whole: &str) -> Vec<String> {
    let answers = whole.match_indices('>').filter_map(|(at, _)| Some((at + 1, at + 1 + whole[at + 1..].find('<')?)));
    let version = format!("version=\"{}\"", Interview::default().version);
    let attributes =
        ["id=\"tfvaw\"", &version].map(|a| (whole.find(a).unwrap() + a.find('"').unwrap() + 1, whole.find(a).unwrap() + a.len() - 1));
    let places = answers.filter(|(from, to)| from < to).chain(attributes);
    let another_id = |n: usize| whole.replace(instance(), &format!("{}-{n}", instance()));
    let mut all_of_them: Vec<String> =
        places.enumerate().map(|(n, (from, to))| format!("{}{}{}", &whole[..from], NEVER[n % NEVER.len()].text, &whole[to..])).collect();
    for (n, name) in ADDED.iter().enumerate() {
        let added = format!("<{name} canary=\"{0}\">{0}</{name}></arrival>", all(&NEVER));
        all_of_them.push(another_id(n).replace("</arrival>", &added));
        let edit = format!("<orx:deprecatedID>{}</orx:deprecatedID></orx:meta>", NEVER[n].text);
        all_of_them.push(another_id(100 + n).replace("</orx:meta>", &edit));
    }
    all_of_them.push(format!("{whole}<!-- {} -->", all(&NEVER)));
    all_of_them.push(whole.replace("<data", &format!("<?canary {}?><data", all(&NEVER))));
    all_of_them
}

/// As a device sends it, with a file of each name that no form asks for.
fn parts(xml: &str) -> Vec<u8> {
    let file = |c: &super::canaries::Canary| {
        let text = c.text;
        format!(
            "--canary\r\nContent-Disposition: form-data; name=\"{text}\"; filename=\"{text}.jpg\"\r\nContent-Type: image/jpeg\r\n\r\n{text}\r\n"
        )
    };
    let files: String = NEVER.iter().take(3).map(file).collect();
    format!("--canary\r\nContent-Disposition: form-data; name=\"xml_submission_file\"; filename=\"{}.xml\"\r\nContent-Type: text/xml\r\n\r\n{xml}\r\n{files}--canary--\r\n", NEVER[0].text)
        .into_bytes()
}
