//! The pages for the browser, as they were when this program was built; none where they had not been.

/// A built file, and the same compressed where that is worth it.
#[derive(Debug)]
pub struct File {
    /// Below the server's address, without the slash it begins with.
    pub path: &'static str,
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
    pub fn for_encodings(&self, accepted: &str) -> (&'static [u8], Option<&'static str>) {
        let takes = |name: &str| accepted.split(',').any(|one| is_wanted(one, name));
        match (self.brotli, self.gzip) {
            (Some(bytes), _) if takes("br") => (bytes, Some("br")),
            (_, Some(bytes)) if takes("gzip") => (bytes, Some("gzip")),
            _ => (self.plain, None),
        }
    }
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

    const FILE: File = File { path: "assets/a.js", plain: b"plain", gzip: Some(b"gzip"), brotli: Some(b"br") };

    #[test]
    fn the_smallest_that_is_accepted_is_sent() {
        assert_eq!(FILE.for_encodings("gzip, deflate, br, zstd"), (b"br".as_slice(), Some("br")));
        assert_eq!(FILE.for_encodings("gzip, br;q=0"), (b"gzip".as_slice(), Some("gzip")));
        assert_eq!(FILE.for_encodings(""), (b"plain".as_slice(), None));
        assert_eq!(FILE.for_encodings("broken"), (b"plain".as_slice(), None));
        assert_eq!(File { brotli: None, gzip: None, ..FILE }.for_encodings("gzip, br").1, None);
    }

    #[test]
    fn a_file_says_what_it_is() {
        assert_eq!(FILE.kind(), "text/javascript; charset=utf-8");
        assert!(FILE.is_named_by_content());
        assert!(!File { path: "i/manifest.webmanifest", ..FILE }.is_named_by_content());
        assert_eq!(File { path: "i/manifest.webmanifest", ..FILE }.kind(), "application/manifest+json");
    }
}
