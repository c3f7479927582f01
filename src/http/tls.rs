//! TLS by the server itself, for an office without a proxy before it. Certificates are renewed under a running server: the files are
//! looked at every minute.

use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use actix_web::rt::time::sleep;
use actix_web::web;
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::pki_types::pem::{Error as PemError, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls::{InconsistentKeys, ServerConfig};

const A_MINUTE: Duration = Duration::from_secs(60);

#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    #[error("{0} cannot be read as PEM: {1}")]
    Unreadable(PathBuf, PemError),
    #[error("{0} holds no certificate: write the server's own first and after it those that lead to its authority, as PEM")]
    NoCertificate(PathBuf),
    #[error("the key in {0} cannot be used: {1}")]
    Key(PathBuf, rustls::Error),
    #[error("the key in {0} is not that of the first certificate in {1}")]
    OtherKey(PathBuf, PathBuf),
    #[error(transparent)]
    Protocol(#[from] rustls::Error),
}

/// A certificate and its key, from two files in PEM, which may be replaced while the server runs.
#[derive(Debug)]
pub struct Tls {
    certificate: PathBuf,
    key: PathBuf,
    provider: Arc<CryptoProvider>,
    current: RwLock<Arc<CertifiedKey>>,
}

impl Tls {
    pub fn open(certificate: &Path, key: &Path) -> Result<Arc<Tls>, TlsError> {
        let provider = Arc::new(aws_lc_rs::default_provider());
        let current = RwLock::new(Arc::new(read(certificate, key, &provider)?));
        Ok(Arc::new(Tls { certificate: certificate.to_owned(), key: key.to_owned(), provider, current }))
    }

    /// TLS 1.2 and 1.3, nobody's certificate asked for.
    pub(super) fn configuration(self: &Arc<Tls>) -> Result<ServerConfig, TlsError> {
        let versions = ServerConfig::builder_with_provider(Arc::clone(&self.provider)).with_safe_default_protocol_versions()?;
        let resolver: Arc<Tls> = Arc::clone(self);
        Ok(versions.with_no_client_auth().with_cert_resolver(resolver))
    }

    fn renew(&self) -> Result<bool, TlsError> {
        let new = read(&self.certificate, &self.key, &self.provider)?;
        let mut current = self.current.write().unwrap_or_else(PoisonError::into_inner);
        let is_new = current.cert != new.cert;
        if is_new {
            *current = Arc::new(new);
        }
        Ok(is_new)
    }
}

impl ResolvesServerCert for Tls {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner)))
    }
}

/// Takes a renewed certificate as long as the server runs; while the files are not whole, the last one goes on.
pub(super) async fn watch(tls: Arc<Tls>) {
    let mut is_well = true;
    loop {
        sleep(A_MINUTE).await;
        let shared = Arc::clone(&tls);
        match web::block(move || shared.renew()).await {
            Ok(Ok(is_new)) => {
                is_well = true;
                if is_new {
                    tracing::info!("the certificate was renewed");
                }
            }
            Ok(Err(error)) if is_well => {
                is_well = false;
                tracing::warn!(%error, "the certificate on the disk cannot be used: the one before goes on");
            }
            _ => {}
        }
    }
}

fn read(certificate: &Path, key: &Path, provider: &CryptoProvider) -> Result<CertifiedKey, TlsError> {
    let unreadable = |path: &Path| {
        let path = path.to_owned();
        move |error| TlsError::Unreadable(path, error)
    };
    let chain = CertificateDer::pem_file_iter(certificate).map_err(unreadable(certificate))?;
    let chain: Vec<CertificateDer<'_>> = chain.collect::<Result<_, _>>().map_err(unreadable(certificate))?;
    if chain.is_empty() {
        return Err(TlsError::NoCertificate(certificate.to_owned()));
    }
    let private = PrivateKeyDer::from_pem_file(key).map_err(unreadable(key))?;
    CertifiedKey::from_der(chain, private, provider).map_err(|error| match error {
        rustls::Error::InconsistentKeys(InconsistentKeys::KeyMismatch) => TlsError::OtherKey(key.to_owned(), certificate.to_owned()),
        error => TlsError::Key(key.to_owned(), error),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_renewed_certificate_is_taken_once_it_is_whole() {
        let folder = std::env::temp_dir().join(format!("kish-tls-{}", uuid::Uuid::new_v4().simple()));
        std::fs::create_dir(&folder).unwrap();
        let [certificate, key] = ["certificate.pem", "key.pem"].map(|name| folder.join(name));
        let write = |path: &Path, pem: String| std::fs::write(path, pem).unwrap();
        let [old, new] = [(); 2].map(|()| rcgen::generate_simple_self_signed(["survey.example".to_owned()]).unwrap());
        write(&certificate, old.cert.pem());
        write(&key, old.signing_key.serialize_pem());
        let tls = Tls::open(&certificate, &key).unwrap();
        assert!(!tls.renew().unwrap());
        write(&certificate, new.cert.pem());
        assert!(matches!(tls.renew(), Err(TlsError::OtherKey(..))), "a certificate without its key was taken");
        assert_eq!(tls.current.read().unwrap().cert, [old.cert.der().clone()]);
        write(&key, new.signing_key.serialize_pem());
        assert!(tls.renew().unwrap());
        assert_eq!(tls.current.read().unwrap().cert, [new.cert.der().clone()]);
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
