//! The pages for the browser as the server hands them out, or says that it has none.

use kish::pages;

use crate::app::{Answer, TestApp, on_both};

fn get(app: &TestApp, path: &str) -> Answer {
    app.call("GET", path, None, b"")
}

on_both!(a_server_with_pages_begins_each_with_its_file_and_one_without_says_how_to_build_them, |app| {
    for path in ["/office/", "/office/studies/1/fieldwork", "/i/"] {
        let answer = get(&app, path);
        if pages::are_built() {
            let answer = answer.expect(200);
            assert_eq!(answer.header("content-type"), "text/html; charset=utf-8");
            assert_eq!(answer.header("cache-control"), "no-cache");
            assert!(answer.body.contains("<div id=\"app\">"), "{}", answer.body);
        } else {
            let problem = answer.expect(404).json();
            assert_eq!(problem["code"], "no-pages");
            assert!(problem["detail"].as_str().unwrap().contains("npm run build"));
        }
    }
    get(&app, "/assets/none.js").expect(404);
    get(&app, "/i/none.js").expect(404);
    app.call("POST", "/office/", None, b"").expect(404);
});

on_both!(what_a_page_names_is_there_and_never_asked_for_again, |app| {
    let is_ours = |text: &str| text.starts_with("/assets/");
    for path in ["/office/", "/i/"].iter().filter(|_| pages::are_built()) {
        let html = get(&app, path).expect(200).body;
        let named: Vec<&str> = html.split('"').filter(|text| is_ours(text)).collect();
        assert!(named.iter().any(|name| name.ends_with(".js")) && named.iter().any(|name| name.ends_with(".css")), "{html}");
        assert!(!html.contains("<style") && !html.contains(" style=") && !html.contains("://"), "{html}");
        for name in named {
            assert_eq!(get(&app, name).expect(200).header("cache-control"), "public, max-age=31536000, immutable");
        }
    }
});

on_both!(no_script_that_is_not_a_file_of_ours_runs_in_a_page, |app| {
    for path in ["/office/", "/i/"].iter().filter(|_| pages::are_built()) {
        let answer = get(&app, path).expect(200);
        let policy = answer.header("content-security-policy");
        let scripts = policy.split(';').find(|rule| rule.trim().starts_with("script-src")).unwrap();
        assert!(policy.starts_with("default-src 'none'") && policy.contains("connect-src 'self'"), "{policy}");
        assert!(!scripts.contains("'unsafe-inline'") && !scripts.contains("'unsafe-eval'"), "{policy}");
        assert_eq!(*path == "/i/", scripts.contains("'wasm-unsafe-eval'"), "{policy}");
        assert_eq!(*path == "/i/", policy.contains("style-src 'self' 'unsafe-inline'"), "{policy}");
    }
});

on_both!(the_bare_address_tells_nothing, |app| {
    let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).max_redirects(0).build().into();
    let answer = agent.get(&app.url).call().unwrap();
    assert_eq!((answer.status().as_u16(), answer.headers()["location"].to_str().unwrap()), (302, "/office/"));
});
