//! ODK Collect's exact sequence: list, form, HEAD, POST, and again when the answer was lost.

use crate::app::{Answer, TestApp, on_both};
use crate::interview::Interview;

fn collect(app: &TestApp, method: &str, path: &str) -> Answer {
    let request = ureq::http::Request::builder()
        .method(method)
        .uri(format!("{}{path}?deviceID=collect%3AAbCdEfGh12345678", app.url))
        .header("X-OpenRosa-Version", "1.0")
        .header("Date", "Sat, 21 Nov 2026 04:29:38 GMT")
        .header("User-Agent", "org.odk.collect.android/v2026.3.3");
    app.send(request, b"")
}

fn between<'a>(text: &'a str, open: &str, close: &str) -> &'a str {
    text.split_once(open).and_then(|(_, rest)| rest.split_once(close)).unwrap_or_else(|| panic!("no {open} in {text}")).0
}

on_both!(the_whole_sequence, |app| {
    let device = app.ready();

    let list = collect(&app, "GET", &format!("{device}/formList")).expect(200);
    assert_eq!(list.header("content-type"), "text/xml; charset=utf-8");
    assert_eq!(list.header("x-openrosa-version"), "1.0");
    assert_eq!(between(&list.body, "<formID>", "</formID>"), "tfvaw");
    assert_eq!(between(&list.body, "<name>", "</name>"), "Health, safety and digital life");
    let url = between(&list.body, "<downloadUrl>", "</downloadUrl>");
    assert_eq!(url, format!("{}{device}/forms/tfvaw.xml", app.url));

    let form = collect(&app, "GET", &format!("{device}/forms/tfvaw.xml")).expect(200);
    assert_eq!(between(&list.body, "<hash>", "</hash>"), kish::openrosa::hash(&form.body));
    collect(&app, "GET", &format!("{device}/forms/tfvaw/manifest")).expect(200);

    let announced = collect(&app, "HEAD", &format!("{device}/submission")).expect(204);
    assert_eq!(announced.header("x-openrosa-accept-content-length"), "10485760");

    let xml = Interview::default().xml();
    let received = app.submit(&device, &xml).expect(201);
    assert_eq!(received.header("content-type"), "text/xml; charset=utf-8");
    assert!(received.body.contains("<OpenRosaResponse xmlns=\"http://openrosa.org/http/response\"><message nature=\"submit_success\">"));
    app.submit(&device, &xml).expect(201);
    assert_eq!(app.counted(), 1);
});

on_both!(a_list_can_be_asked_for_one_form, |app| {
    let device = app.ready();
    let list = |id: &str| app.call("GET", &format!("{device}/formList?formID={id}"), None, b"").expect(200).body;
    assert!(list("tfvaw").contains("<formID>"));
    assert!(!list("other").contains("<formID>"));
});

on_both!(chunked_bodies_and_prefixes_are_taken, |app| {
    let device = app.ready();
    let xml = Interview::default().xml();
    let body = format!(
        "--b0undary\r\nContent-Disposition: form-data; name=\"xml_submission_file\"; filename=\"é.xml\"\r\n\r\n{xml}\r\n--b0undary--\r\n"
    );
    let address = app.url.strip_prefix("http://").unwrap();
    let mut raw = format!(
        "POST {device}/submission HTTP/1.1\r\nHost: kish\r\nContent-Type: multipart/form-data; boundary=b0undary\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
    );
    for chunk in body.as_bytes().chunks(700) {
        raw.push_str(&format!("{:x}\r\n{}\r\n", chunk.len(), String::from_utf8_lossy(chunk)));
    }
    raw.push_str("0\r\n\r\n");
    let answer = crate::bad_input::raw(address, raw.as_bytes());
    assert!(answer.starts_with("HTTP/1.1 201"), "{answer}");
    assert_eq!(app.counted(), 1);
});
