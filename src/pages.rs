//! The pages for the browser, as they were when this program was built; none where they had not been.

use std::borrow::Cow;
use std::io::{self, Read};

use flate2::read::GzDecoder;

/// A built file, compressed where that is worth it.
#[derive(Debug)]
pub struct File {
    /// Below the server's address, without the slash it begins with.
    pub path: &'static str,
    /// Empty where it is there as gzip: whoever takes no encoding gets that unpacked.
    pub plain: &'static [u8],
    pub gzip: Option<&'static [u8]>,
    pub brotli: Option<&'static [u8]>,
}

static FILES: &[File] = include!(concat!(env!("OUT_DIR"), "/pages.rs"));

/// Where the pages of staff begin.
pub const OFFICE: &str = "office/index.html";
/// Where an interview begins.
pub const INTERVIEW: &str = "i/index.html";

/// Whether this program has pages at all.
pub fn are_built() -> bool {
    find(OFFICE).is_some()
}

pub fn find(path: &str) -> Option<&'static File> {
    FILES.iter().find(|file| file.path == path)
}

impl File {
    /// What a browser is told it is.
    pub fn kind(&self) -> &'static str {
        match self.path.rsplit_once('.').map_or("", |(_, ending)| ending) {
            "html" => "text/html; charset=utf-8",
            "js" => "text/javascript; charset=utf-8",
            "css" => "text/css; charset=utf-8",
            "svg" => "image/svg+xml",
            "png" => "image/png",
            "json" => "application/json",
            "webmanifest" => "application/manifest+json",
            "wasm" => "application/wasm",
            "woff2" => "font/woff2",
            _ => "application/octet-stream",
        }
    }

    /// Whether the name changes with the content, so that it need never be asked for again.
    pub fn is_named_by_content(&self) -> bool {
        self.path.starts_with("assets/")
    }

    /// The bytes to send to someone who accepts these encodings, and the encoding they are in.
    pub fn for_encodings(&self, accepted: &str) -> io::Result<(Cow<'static, [u8]>, Option<&'static str>)> {
        let takes = |name: &str| accepted.split(',').any(|one| is_wanted(one, name));
        Ok(match (self.brotli, self.gzip) {
            (Some(bytes), _) if takes("br") => (bytes.into(), Some("br")),
            (_, Some(bytes)) if takes("gzip") => (bytes.into(), Some("gzip")),
            (_, Some(bytes)) => (unpacked(bytes)?.into(), None),
            (_, None) => (self.plain.into(), None),
        })
    }
}

fn unpacked(gzip: &[u8]) -> io::Result<Vec<u8>> {
    let mut plain = Vec::new();
    GzDecoder::new(gzip).read_to_end(&mut plain)?;
    Ok(plain)
}

/// `gzip;q=0` says that gzip is not wanted (RFC 9110, 12.5.3).
fn is_wanted(one: &str, name: &str) -> bool {
    let mut parts = one.split(';').map(str::trim);
    let is_named = parts.next().is_some_and(|part| part.eq_ignore_ascii_case(name));
    is_named && !parts.any(|part| part.strip_prefix("q=").and_then(|q| q.parse::<f32>().ok()) == Some(0.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `plain`, as `gzip -9n` packs it.
    const PACKED: &[u8] = &[31, 139, 8, 0, 0, 0, 0, 0, 2, 3, 43, 200, 73, 204, 204, 3, 0, 207, 98, 32, 25, 5, 0, 0, 0];
    const FILE: File = File { path: "assets/a.js", plain: b"", gzip: Some(PACKED), brotli: Some(b"br") };

    fn sent(file: &File, accepted: &str) -> (Vec<u8>, Option<&'static str>) {
        let (bytes, encoding) = file.for_encodings(accepted).unwrap();
        (bytes.into_owned(), encoding)
    }

    #[test]
    fn the_smallest_that_is_accepted_is_sent() {
        assert_eq!(sent(&FILE, "gzip, deflate, br, zstd"), (b"br".to_vec(), Some("br")));
        assert_eq!(sent(&FILE, "gzip, br;q=0"), (PACKED.to_vec(), Some("gzip")));
        assert_eq!(sent(&FILE, ""), (b"plain".to_vec(), None));
        assert_eq!(sent(&FILE, "broken"), (b"plain".to_vec(), None));
        assert_eq!(sent(&File { brotli: None, gzip: None, plain: b"icon", ..FILE }, "gzip, br"), (b"icon".to_vec(), None));
    }

    #[test]
    fn what_is_packed_otherwise_is_no_page() {
        assert!(File { gzip: Some(b"no gzip"), ..FILE }.for_encodings("").is_err());
    }

    #[test]
    fn a_file_says_what_it_is() {
        assert_eq!(FILE.kind(), "text/javascript; charset=utf-8");
        assert!(FILE.is_named_by_content());
        assert!(!File { path: "i/manifest.webmanifest", ..FILE }.is_named_by_content());
        assert_eq!(File { path: "i/manifest.webmanifest", ..FILE }.kind(), "application/manifest+json");
    }
}
