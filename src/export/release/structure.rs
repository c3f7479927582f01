//! The data structure of a release as an SDMX-JSON 2.0 structure message. National and local: no registered global structure has
//! technology-facilitated violence yet.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::Release;
use super::codes::{AXES, Codes};
use super::sdmx::dimensions;

pub(super) const DATAFLOW: &str = "KISH:DF_KISH(1.0.0)";

const SCHEMA: &str =
    "https://raw.githubusercontent.com/sdmx-twg/sdmx-json/develop/structure-message/tools/schemas/2.0.0/sdmx-json-structure-schema.json";

/// Each attribute with its name.
pub(super) const ATTRIBUTES: [(&str, &str); 13] = [
    ("OBS_STATUS", "Observation status"),
    ("CONF_STATUS", "Confidentiality status"),
    ("UNIT_MEASURE", "Unit of measure"),
    ("UNIT_MULT", "Unit multiplier"),
    ("SE", "Standard error, in the unit of the value"),
    ("CI_L", "Lower limit of the 95 % confidence interval"),
    ("CI_U", "Upper limit of the 95 % confidence interval"),
    ("N_UNW", "Unweighted cases, rounded to tens"),
    ("DF", "Degrees of freedom"),
    ("DEFF", "Design effect"),
    ("P_VALUE", "Of a difference, the p value of a two-sided t test"),
    ("BREAKS", "Form and version the answers were given to"),
    ("COMMENT", "What must stand beside the value"),
];

const NAMES: [(&str, &str); 6] = [
    ("FREQ", "Frequency of observation"),
    ("SERIES", "Indicator"),
    ("POP_BASE", "Population the indicator is about"),
    ("REPORTING_TYPE", "Reporting type"),
    ("TIME_PERIOD", "Year in which the fieldwork ended"),
    ("OBS_VALUE", "Estimate"),
];

/// What the message is comes first: readers tell its format by its beginning.
pub(super) fn structure(release: &Release<'_>, codes: &Codes) -> String {
    let meta = json!({
        "schema": SCHEMA, "id": "STRUCTURE", "test": release.provenance.synthetic,
        "prepared": format!("{}T00:00:00Z", release.about.made_on), "contentLanguages": ["en"],
        "sender": { "id": "KISH", "name": release.provenance.study },
    });
    let data = json!({
        "dataflows": [artefact("DF_KISH", &title(release), json!({ "structure": urn("datastructure.DataStructure", "DSD_KISH") }))],
        "dataStructures": [artefact("DSD_KISH", &title(release), json!({ "dataStructureComponents": components() }))],
        "conceptSchemes": [artefact("CS_KISH", "Concepts", json!({ "isPartial": false, "concepts": concepts() }))],
        "codelists": code_lists(codes),
    });
    format!("{{\"meta\": {meta},\n\"data\": {data:#}}}\n")
}

fn title(release: &Release<'_>) -> String {
    let name = format!("{}: {}", release.provenance.study, release.about.name);
    if release.provenance.synthetic { format!("{name} (SIMULATED DATA)") } else { name }
}

fn artefact(id: &str, name: &str, rest: Value) -> Value {
    let mut artefact = json!({ "id": id, "name": name, "names": { "en": name }, "agencyID": "KISH", "version": "1.0.0" });
    if let (Value::Object(all), Value::Object(rest)) = (&mut artefact, rest) {
        all.extend(rest);
    }
    artefact
}

fn urn(class: &str, id: &str) -> String {
    format!("urn:sdmx:org.sdmx.infomodel.{class}=KISH:{id}(1.0.0)")
}

fn concept(id: &str) -> String {
    format!("urn:sdmx:org.sdmx.infomodel.conceptscheme.Concept=KISH:CS_KISH(1.0.0).{id}")
}

fn enumeration(id: &str) -> Option<String> {
    let list = AXES.iter().find(|axis| axis.id == id).map(|axis| axis.list).or(match id {
        "FREQ" => Some("CL_FREQ"),
        "SERIES" => Some("CL_SERIES"),
        "POP_BASE" => Some("CL_BASE"),
        "REPORTING_TYPE" => Some("CL_REPORTING_TYPE"),
        "OBS_STATUS" => Some("CL_OBS_STATUS"),
        "CONF_STATUS" => Some("CL_CONF_STATUS"),
        "UNIT_MEASURE" => Some("CL_UNIT"),
        _ => None,
    });
    list.map(|list| urn("codelist.Codelist", list))
}

fn representation(id: &str) -> Value {
    let number = ["OBS_VALUE", "SE", "CI_L", "CI_U", "DF", "DEFF"].contains(&id);
    let whole = ["N_UNW", "UNIT_MULT"].contains(&id);
    match enumeration(id) {
        Some(list) => json!({ "enumeration": list }),
        None if number => json!({ "format": { "dataType": "Double" } }),
        None if whole => json!({ "format": { "dataType": "Integer" } }),
        None => json!({ "format": { "dataType": "String" } }),
    }
}

fn components() -> Value {
    let keys: Vec<Value> = dimensions()
        .filter(|id| *id != "TIME_PERIOD")
        .enumerate()
        .map(|(position, id)| {
            json!({ "id": id, "position": position, "conceptIdentity": concept(id), "localRepresentation": representation(id) })
        })
        .collect();
    let attributes: Vec<Value> = ATTRIBUTES
        .iter()
        .map(|(id, _)| {
            let usage = if ["OBS_STATUS", "CONF_STATUS", "UNIT_MEASURE"].contains(id) { "mandatory" } else { "optional" };
            json!({
                "id": id, "conceptIdentity": concept(id), "localRepresentation": representation(id), "usage": usage,
                "attributeRelationship": { "observation": {} }, "measureRelationship": ["OBS_VALUE"],
            })
        })
        .collect();
    let time = json!({
        "id": "TIME_PERIOD", "conceptIdentity": concept("TIME_PERIOD"),
        "localRepresentation": { "format": { "dataType": "ObservationalTimePeriod" } },
    });
    let value = json!({ "id": "OBS_VALUE", "conceptIdentity": concept("OBS_VALUE"), "localRepresentation": representation("OBS_VALUE") });
    json!({
        "dimensionList": { "id": "DimensionDescriptor", "dimensions": keys, "timeDimension": time },
        "measureList": { "id": "MeasureDescriptor", "measures": [value] },
        "attributeList": { "id": "AttributeDescriptor", "attributes": attributes },
    })
}

fn concepts() -> Vec<Value> {
    let axes = AXES.iter().map(|axis| (axis.id, axis.name));
    let all = NAMES.into_iter().chain(axes).chain(ATTRIBUTES);
    all.map(|(id, name)| json!({ "id": id, "name": name, "names": { "en": name } })).collect()
}

fn code_lists(codes: &Codes) -> Vec<Value> {
    let fixed = |list: &[(&str, &str)]| list.iter().map(|(code, word)| ((*code).to_owned(), (*word).to_owned())).collect();
    let lists = [
        ("CL_FREQ", fixed(&[("A", "Annual")])),
        ("CL_SERIES", codes.series.clone()),
        ("CL_BASE", codes.bases.clone()),
        ("CL_REPORTING_TYPE", fixed(&[("N", "National")])),
        ("CL_OBS_STATUS", fixed(&[("A", "Normal"), ("U", "Low reliability"), ("Q", "Suppressed"), ("O", "Missing: nobody was asked")])),
        ("CL_CONF_STATUS", fixed(&[("F", "Free for publication"), ("N", "Not for publication")])),
        ("CL_UNIT", fixed(&[("PT", "Percent"), ("NUMBER", "Number")])),
    ];
    let axes = AXES.iter().zip(&codes.axes).map(|(axis, codes)| (axis.list, codes.clone()));
    lists.into_iter().chain(axes).map(|(id, codes)| code_list(id, &codes)).collect()
}

fn code_list(id: &str, codes: &BTreeMap<String, String>) -> Value {
    let codes: Vec<Value> = codes.iter().map(|(code, word)| json!({ "id": code, "name": word, "names": { "en": word } })).collect();
    artefact(id, id, json!({ "isPartial": false, "codes": codes }))
}
