//! What OData's clients ask first: which tables there are, and of what types their columns are.

use std::collections::HashSet;
use std::fmt::{Error, Write};

use serde_json::{Value, json};

use super::columns::{Column, Kind};
use super::tables::Tables;
use super::tree::{Property, Tree, around_id, identifier, tree};

/// Texts throughout: an enumeration would have to say a number for each of its members, and codes are the form's own.
const SYSTEM: [(&str, &str); 12] = [
    ("submissionDate", "Edm.DateTimeOffset"),
    ("updatedAt", "Edm.DateTimeOffset"),
    ("deletedAt", "Edm.DateTimeOffset"),
    ("submitterId", "Edm.String"),
    ("submitterName", "Edm.String"),
    ("attachmentsPresent", "Edm.Int64"),
    ("attachmentsExpected", "Edm.Int64"),
    ("status", "Edm.String"),
    ("reviewState", "Edm.String"),
    ("deviceId", "Edm.String"),
    ("edits", "Edm.Int64"),
    ("formVersion", "Edm.String"),
];
const RESPONSE: [(&str, &str); 6] = [
    ("iso_week", "Edm.String"),
    ("result", "Edm.Int64"),
    ("sex", "Edm.Int64"),
    ("age_years", "Edm.Int64"),
    ("disability", "Edm.String"),
    ("duration_band", "Edm.String"),
];

/// The tables below an address.
pub fn service(tables: &Tables, address: &str, is_simulated: bool) -> Value {
    let listed = tables.0.iter().map(|table| json!({ "name": table.name, "kind": "EntitySet", "url": table.name }));
    let mut document = json!({ "@odata.context": format!("{address}/$metadata"), "value": listed.collect::<Vec<_>>() });
    if is_simulated {
        document["@kish.simulated"] = json!(true);
    }
    document
}

/// EDMX 4.0.
pub fn metadata(tables: &Tables, form_id: &str, is_simulated: bool) -> Result<String, Error> {
    let namespace = format!("org.opendatakit.user.{}", identifier(form_id));
    let mut xml = String::with_capacity(64 * 1024);
    xml.push_str(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<edmx:Edmx xmlns:edmx=\"http://docs.oasis-open.org/odata/ns/edmx\" Version=\"4.0\">\n\
         <edmx:DataServices>\n<Schema xmlns=\"http://docs.oasis-open.org/odata/ns/edm\" Namespace=\"org.opendatakit.submission\">\n",
    );
    flat(&mut xml, "metadata", &SYSTEM)?;
    flat(&mut xml, "response", &RESPONSE)?;
    writeln!(xml, "</Schema>\n<Schema xmlns=\"http://docs.oasis-open.org/odata/ns/edm\" Namespace=\"{namespace}\">")?;
    let taken = tables.0.iter().map(|table| table.name.clone()).collect();
    let mut types = Types { namespace: &namespace, tables, columns: &[], taken, xml };
    for place in 0..tables.0.len() {
        types.entity(place, is_simulated)?;
    }
    let Types { mut xml, .. } = types;
    writeln!(xml, "<EntityContainer Name=\"{}\">", identifier(form_id))?;
    for table in &tables.0 {
        writeln!(xml, "<EntitySet Name=\"{0}\" EntityType=\"{namespace}.{0}\"/>", table.name)?;
    }
    xml.push_str("</EntityContainer>\n</Schema>\n</edmx:DataServices>\n</edmx:Edmx>\n");
    Ok(xml)
}

fn flat(xml: &mut String, name: &str, properties: &[(&str, &str)]) -> Result<(), Error> {
    writeln!(xml, "<ComplexType Name=\"{name}\">")?;
    for (name, kind) in properties {
        writeln!(xml, "<Property Name=\"{name}\" Type=\"{kind}\"/>")?;
    }
    writeln!(xml, "</ComplexType>")
}

/// A type for each table, and for each group of it, written when its properties are known.
struct Types<'a> {
    namespace: &'a str,
    tables: &'a Tables,
    /// Of the table whose types are written.
    columns: &'a [Column],
    taken: HashSet<String>,
    xml: String,
}

impl Types<'_> {
    /// A table's, by its place.
    fn entity(&mut self, place: usize, is_simulated: bool) -> Result<(), Error> {
        let Some(table) = self.tables.0.get(place) else { return Ok(()) };
        self.columns = &table.columns.0;
        let around = if place == 0 { String::new() } else { format!("{}_", table.name.replace('.', "_")) };
        let properties = self.properties(&around, &tree(self.tables, place))?;
        let xml = &mut self.xml;
        writeln!(xml, "<EntityType Name=\"{}\">\n<Key><PropertyRef Name=\"__id\"/></Key>", table.name)?;
        writeln!(xml, "<Property Name=\"__id\" Type=\"Edm.String\" Nullable=\"false\"/>")?;
        if place == 0 {
            writeln!(xml, "<Property Name=\"__system\" Type=\"org.opendatakit.submission.metadata\"/>")?;
            writeln!(xml, "<Property Name=\"__response\" Type=\"org.opendatakit.submission.response\"/>")?;
        } else {
            writeln!(xml, "<Property Name=\"{}\" Type=\"Edm.String\" Nullable=\"false\"/>", around_id(self.tables, table))?;
        }
        write!(xml, "{properties}")?;
        if is_simulated {
            writeln!(xml, "<Annotation Term=\"Org.OData.Core.V1.Description\" String=\"SIMULATED DATA: these people do not exist.\"/>")?;
        }
        writeln!(xml, "</EntityType>")
    }

    fn properties(&mut self, around: &str, tree: &Tree) -> Result<String, Error> {
        let mut written = String::new();
        for (name, property) in tree {
            let kind = match property {
                Property::Group(group) => self.group(&format!("{around}{name}"), group)?,
                Property::Column(place) => self.columns.get(*place).map_or("Edm.String", edm).to_owned(),
                Property::Table(place) => {
                    let table = self.tables.0.get(*place).map_or("", |table| &table.name);
                    writeln!(written, "<NavigationProperty Name=\"{name}\" Type=\"Collection({}.{table})\"/>", self.namespace)?;
                    continue;
                }
            };
            writeln!(written, "<Property Name=\"{name}\" Type=\"{kind}\"/>")?;
        }
        Ok(written)
    }

    /// The name of its type.
    fn group(&mut self, path: &str, group: &Tree) -> Result<String, Error> {
        let mut name = path.to_owned();
        while !self.taken.insert(name.clone()) {
            name.push('_');
        }
        let properties = self.properties(&format!("{name}_"), group)?;
        writeln!(self.xml, "<ComplexType Name=\"{name}\">\n{properties}</ComplexType>")?;
        Ok(format!("{}.{name}", self.namespace))
    }
}

fn edm(column: &Column) -> &'static str {
    match column.kind {
        Kind::Whole => "Edm.Int64",
        Kind::Number => "Edm.Double",
        Kind::Text => "Edm.String",
    }
}
