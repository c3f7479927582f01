//! TLS by the server itself: only to whom the certificate says who it is, and with its own key.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ureq::Agent;
use ureq::tls::{Certificate, RootCerts, TlsConfig};

use crate::app::TestApp;
use crate::process::Process;
use crate::start::{refused, says};

/// Writes a certificate of the address and its key; gives both files.
fn certify(folder: &Path, name: &str) -> [PathBuf; 2] {
    let made = rcgen::generate_simple_self_signed(["127.0.0.2".to_owned()]).unwrap();
    let files = ["certificate", "key"].map(|what| folder.join(format!("{name}-{what}.pem")));
    std::fs::write(&files[0], made.cert.pem()).unwrap();
    std::fs::write(&files[1], made.signing_key.serialize_pem()).unwrap();
    files
}

/// One that trusts the certificate and no authority.
fn agent(certificate: &Path) -> Agent {
    let trusted = Certificate::from_pem(&std::fs::read(certificate).unwrap()).unwrap().to_owned();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let tls =
        TlsConfig::builder().unversioned_rustls_crypto_provider(provider).root_certs(RootCerts::Specific(Arc::new(vec![trusted]))).build();
    Agent::config_builder().tls_config(tls).http_status_as_error(false).build().into()
}

#[test]
fn a_server_with_a_certificate_speaks_tls_and_nothing_else() {
    let mut app = TestApp::on_sqlite();
    let [certificate, key] = certify(&app.folder, "own");
    let [other, _] = certify(&app.folder, "other");
    let files = [("KISH_TLS_CERTIFICATE", certificate.to_str().unwrap()), ("KISH_TLS_KEY", key.to_str().unwrap())];
    let server = Process::with(&mut app, &files);
    assert!(server.url.starts_with("https://127.0.0.2:"), "{}", server.url);
    let live = format!("{}/health/live", server.url);
    assert_eq!(agent(&certificate).get(&live).call().unwrap().status(), 200);
    assert!(agent(&other).get(&live).call().is_err(), "a certificate of somebody else was taken for the server's");
    assert!(agent(&certificate).get(live.replace("https", "http")).call().is_err(), "it answered without TLS");
}

#[test]
fn a_certificate_that_cannot_serve_is_refused_at_the_start() {
    let app = TestApp::on_sqlite();
    let [certificate, key] = certify(&app.folder, "own");
    let [_, other] = certify(&app.folder, "other");
    let text = |path: &Path| path.to_str().unwrap().to_owned();
    let start = |certificate: &Path, key: &Path| {
        refused(&app.folder, None, [("KISH_TLS_CERTIFICATE", text(certificate)), ("KISH_TLS_KEY", text(key))])
    };
    says(&start(&certificate, &other), 3, &["other-key.pem is not that of the first certificate in", "own-certificate.pem"]);
    says(&start(&key, &key), 3, &["own-key.pem holds no certificate"]);
    says(&start(&certificate, &certificate), 3, &["own-certificate.pem cannot be read as PEM"]);
    says(&start(&app.folder.join("nowhere"), &key), 3, &["nowhere cannot be read as PEM"]);
    says(&refused(&app.folder, None, [("KISH_TLS_KEY", text(&key))]), 2, &["--tls-certificate and --tls-key belong together"]);
    std::fs::set_permissions(&key, Permissions::from_mode(0o644)).unwrap();
    says(&start(&certificate, &key), 3, &["others on this machine may read", "own-key.pem (mode 644)"]);
}
