//! The protocol's shapes: form list, manifest and receipt, as ODK Collect reads them.

use std::fmt::Write;

use md5::{Digest, Md5};
use quick_xml::escape::escape;

pub const CONTENT_TYPE: &str = "text/xml; charset=utf-8";
pub const VERSION_HEADER: (&str, &str) = ("X-OpenRosa-Version", "1.0");
pub const LENGTH_HEADER: &str = "X-OpenRosa-Accept-Content-Length";
/// The most bytes one request may bring; Collect splits an interview's files by it.
pub const MAX_CONTENT_LENGTH: usize = 10 << 20;

/// One form of a form list.
#[derive(Debug)]
pub struct ListedForm {
    pub form_id: String,
    pub name: String,
    pub version: String,
    pub hash: String,
    pub download_url: String,
    /// Where the files beside it are listed; `None` where it has none.
    pub manifest_url: Option<String>,
}

/// One file of a manifest.
#[derive(Debug)]
pub struct ListedFile {
    pub name: String,
    /// Of its content, in hexadecimal.
    pub md5: String,
    pub download_url: String,
}

impl ListedFile {
    /// A file that lies below an address under its own name.
    pub fn new(name: &str, md5: &str, below: &str) -> ListedFile {
        ListedFile { name: name.to_owned(), md5: md5.to_owned(), download_url: format!("{below}/{}", in_path(name)) }
    }
}

/// A name as one segment of an address.
pub fn in_path(name: &str) -> String {
    let mut out = String::new();
    for byte in name.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => out.push(char::from(byte)),
            _ => {
                let _ = write!(out, "%{byte:02X}");
            }
        }
    }
    out
}

/// `md5:` and the digest of the very bytes served: Collect tells versions apart by it.
pub fn hash(served: &str) -> String {
    let mut text = "md5:".to_owned();
    for byte in Md5::digest(served) {
        let _ = write!(text, "{byte:02x}");
    }
    text
}

pub fn form_list(forms: &[ListedForm]) -> String {
    let mut xml = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<xforms xmlns=\"http://openrosa.org/xforms/xformsList\">\n".to_owned();
    for form in forms {
        let manifest = form.manifest_url.as_ref().map(|url| format!("<manifestUrl>{}</manifestUrl>", escape(url))).unwrap_or_default();
        let _ = writeln!(
            xml,
            "<xform><formID>{}</formID><name>{}</name><version>{}</version><hash>{}</hash><downloadUrl>{}</downloadUrl>{manifest}</xform>",
            escape(&form.form_id),
            escape(&form.name),
            escape(&form.version),
            form.hash,
            escape(&form.download_url)
        );
    }
    xml.push_str("</xforms>\n");
    xml
}

/// The files beside a form; Collect fetches those whose hash it has not.
pub fn manifest(files: &[ListedFile]) -> String {
    let mut xml = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<manifest xmlns=\"http://openrosa.org/xforms/xformsManifest\">\n".to_owned();
    for file in files {
        let _ = writeln!(
            xml,
            "<mediaFile><filename>{}</filename><hash>md5:{}</hash><downloadUrl>{}</downloadUrl></mediaFile>",
            escape(&file.name),
            file.md5,
            escape(&file.download_url)
        );
    }
    xml.push_str("</manifest>\n");
    xml
}

/// What the device shows: plain words, success or not.
pub fn receipt(nature: Nature, message: &str) -> String {
    let nature = match nature {
        Nature::Success => "submit_success",
        Nature::Error => "error",
    };
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<OpenRosaResponse xmlns=\"http://openrosa.org/http/response\"><message nature=\"{nature}\">{}</message></OpenRosaResponse>\n",
        escape(message)
    )
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Nature {
    Success,
    Error,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_list_escapes_what_an_author_may_write() {
        let form = ListedForm {
            form_id: "a".to_owned(),
            name: "Health & life".to_owned(),
            version: "1 & 2".to_owned(),
            hash: hash("<h:html/>"),
            download_url: "https://host/v1/key/t!$/projects/1/forms/a.xml".to_owned(),
            manifest_url: None,
        };
        insta::assert_snapshot!(form_list(&[form]));
    }

    #[test]
    fn a_file_of_any_name_has_an_address() {
        let file = ListedFile::new("où & quoi.csv", "00", "https://host/attachments");
        assert_eq!(file.download_url, "https://host/attachments/o%C3%B9%20%26%20quoi.csv");
        assert!(manifest(&[file]).contains("<filename>où &amp; quoi.csv</filename><hash>md5:00</hash>"));
    }
}
