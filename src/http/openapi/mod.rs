//! The interface, described: what is written by hand for each route, and what follows from the table of routes and roles.
//!
//! The parts beside this file hold what only a person can say: what a route is for, what it takes, what it gives. Roles, path
//! parameters and the refusals that every route of a kind has in common are added here, so that they cannot differ from the code.

use std::sync::LazyLock;

use actix_web::HttpResponse;
use actix_web::dev::ResourceDef;
use actix_web::http::Method;
use serde_json::{Map, Value, json};

use super::access::ROUTES;
use super::problem::Problem;

/// The parts by the tag of their routes.
const PARTS: [(&str, &str); 7] = [
    ("people", include_str!("people.json")),
    ("studies", include_str!("studies.json")),
    ("forms", include_str!("forms.json")),
    ("ethics", include_str!("ethics.json")),
    ("analysis", include_str!("analysis.json")),
    ("rows", include_str!("rows.json")),
    ("devices", include_str!("devices.json")),
];
const COMPONENTS: &str = include_str!("components.json");
const SCHEMAS: [&str; 2] = [include_str!("asked.json"), include_str!("answers.json")];

static DOCUMENT: LazyLock<Result<String, serde_json::Error>> = LazyLock::new(|| Ok(document()?.to_string()));
static TEMPLATES: LazyLock<Vec<(ResourceDef, Vec<String>)>> = LazyLock::new(|| document().map(|d| templates(&d)).unwrap_or_default());

pub async fn shown() -> Result<HttpResponse, Problem> {
    match &*DOCUMENT {
        Ok(text) => Ok(HttpResponse::Ok().content_type("application/json").body(text.as_str())),
        Err(e) => Err(Problem::Unavailable(e.to_string())),
    }
}

/// The methods that the route of this path takes, the most literal of those that match; none where there is nothing at all.
pub fn methods_of(path: &str) -> Vec<&'static str> {
    let matching = TEMPLATES.iter().filter(|(template, _)| template.is_match(path));
    let literal = |template: &ResourceDef| template.pattern().map_or(0, |p| p.split(['{', '}']).step_by(2).map(str::len).sum::<usize>());
    let route = matching.max_by_key(|(template, _)| literal(template));
    route.map_or_else(Vec::new, |(_, methods)| methods.iter().map(String::as_str).collect())
}

/// OpenAPI 3.1. An error is a slip in one of the parts, which the tests find.
pub fn document() -> Result<Value, serde_json::Error> {
    let mut paths = Map::new();
    for (tag, part) in PARTS {
        let part: Map<String, Value> = serde_json::from_str(part)?;
        for (path, mut item) in part {
            for (method, operation) in item.as_object_mut().into_iter().flatten() {
                complete(tag, method, &path, operation);
            }
            paths.insert(path, item);
        }
    }
    let mut components: Value = serde_json::from_str(COMPONENTS)?;
    let mut schemas = Map::new();
    for part in SCHEMAS {
        schemas.extend(serde_json::from_str::<Map<String, Value>>(part)?);
    }
    components["schemas"] = Value::Object(schemas);
    Ok(json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Kish",
            "version": env!("CARGO_PKG_VERSION"),
            "summary": "A survey server for measuring how common violence is",
            "license": { "name": "Apache 2.0", "identifier": "Apache-2.0" },
        },
        "paths": paths,
        "components": components,
    }))
}

/// Adds to one operation what follows from its place.
fn complete(tag: &str, method: &str, path: &str, operation: &mut Value) {
    let name: String = path.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty()).collect::<Vec<_>>().join("_");
    operation["operationId"] = json!(format!("{method}_{name}"));
    operation["tags"] = json!([tag]);
    let mut parameters: Vec<Value> = in_path(path).map(|name| reference("parameters", name)).collect();
    parameters.extend(operation["parameters"].as_array().cloned().unwrap_or_default());
    operation["parameters"] = Value::Array(parameters);
    let roles = ROUTES.iter().find(|(m, route, _)| m.eq_ignore_ascii_case(method) && *route == path).map(|(_, _, roles)| roles);
    if let Some(roles) = roles {
        operation["x-roles"] = json!(roles.iter().map(|role| role.name()).collect::<Vec<_>>());
        operation["security"] = json!([{ "session": [] }, { "password": [] }, { "page": [] }]);
    }
    let is_sent = |p: &Value| p["in"] == "query" || p["$ref"].as_str().is_some_and(|r| r.rsplit('/').next().is_some_and(starts_large));
    let asks = operation["parameters"].as_array().is_some_and(|all| all.iter().any(is_sent));
    let takes_a_body = operation.get("requestBody").is_some();
    for (status, response) in refusals(path, roles.is_some(), asks, takes_a_body) {
        if operation["responses"].get(status).is_none() {
            operation["responses"][status] = reference("responses", response);
        }
    }
}

/// Parameters of the query have names that begin so; those of a path are named as in the path.
fn starts_large(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_uppercase())
}

/// The names between braces.
fn in_path(path: &str) -> impl Iterator<Item = &str> {
    path.split('{').skip(1).filter_map(|rest| rest.split_once('}').map(|(name, _)| name))
}

/// What every route of a kind may answer.
fn refusals(path: &str, is_for_people: bool, asks: bool, takes_a_body: bool) -> Vec<(&'static str, &'static str)> {
    let is_device = path.starts_with("/v1/key/") || path.starts_with("/v1/test/");
    if !is_device && !is_for_people && !takes_a_body {
        return Vec::new();
    }
    let problem = if is_device { "DeviceProblem" } else { "Problem" };
    let mut found = vec![("503", if is_device { "DeviceUnavailable" } else { "Unavailable" })];
    if is_device {
        found.extend([("403", problem), ("404", problem)]);
    }
    if is_for_people {
        found.extend([("401", problem), ("403", problem), ("429", "Wait")]);
    }
    if is_for_people && path.contains('{') {
        found.push(("404", problem));
    }
    if asks || takes_a_body {
        found.push(("400", problem));
    }
    if takes_a_body {
        found.extend([("408", problem), ("413", problem)]);
    }
    found
}

fn reference(kind: &str, name: &str) -> Value {
    json!({ "$ref": format!("#/components/{kind}/{name}") })
}

fn templates(document: &Value) -> Vec<(ResourceDef, Vec<String>)> {
    let of = |(path, item): (&String, &Value)| {
        let methods = item.as_object().into_iter().flatten().map(|(method, _)| method.to_ascii_uppercase());
        (ResourceDef::new(path.as_str()), methods.filter(|m| Method::from_bytes(m.as_bytes()).is_ok()).collect())
    };
    document["paths"].as_object().into_iter().flatten().map(of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn each_reference<'a>(value: &'a Value, found: &mut Vec<&'a str>) {
        match value {
            Value::Object(map) => {
                found.extend(map.get("$ref").and_then(Value::as_str));
                map.values().for_each(|v| each_reference(v, found));
            }
            Value::Array(items) => items.iter().for_each(|v| each_reference(v, found)),
            _ => {}
        }
    }

    #[test]
    fn every_reference_leads_somewhere_and_everything_is_referred_to() {
        let document = document().unwrap();
        let mut found = Vec::new();
        each_reference(&document, &mut found);
        for reference in &found {
            let pointer = reference.strip_prefix('#').unwrap();
            assert!(document.pointer(pointer).is_some(), "{reference} leads nowhere");
        }
        for kind in ["parameters", "requestBodies", "responses", "schemas"] {
            for name in document["components"][kind].as_object().unwrap().keys() {
                let reference = format!("#/components/{kind}/{name}");
                assert!(found.contains(&reference.as_str()), "nothing refers to {reference}");
            }
        }
    }

    #[test]
    fn every_route_of_people_is_described_with_its_roles_and_no_other() {
        let document = document().unwrap();
        for (method, path, roles) in ROUTES {
            let operation = &document["paths"][path][method.to_ascii_lowercase()];
            let names: Vec<&str> = roles.iter().map(|role| role.name()).collect();
            assert_eq!(operation["x-roles"], json!(names), "{method} {path}");
            assert!(operation["responses"]["401"].is_object() && operation["responses"]["403"].is_object(), "{method} {path}");
        }
        let described = document["paths"].as_object().unwrap().values().flat_map(|item| item.as_object().unwrap().values());
        assert_eq!(described.filter(|operation| operation.get("x-roles").is_some()).count(), ROUTES.len());
    }

    #[test]
    fn a_path_knows_its_methods() {
        assert_eq!(methods_of("/v1/projects/1/frame"), ["GET", "PUT"]);
        assert_eq!(methods_of("/v1/projects/1/nothing"), Vec::<&str>::new());
        assert_eq!(methods_of("/v1/projects/1/forms/a"), ["GET", "PATCH"]);
        assert_eq!(methods_of("/v1/projects/1/forms/a.xml"), ["GET"]);
    }

    #[test]
    fn every_code_of_a_problem_is_described() {
        let document = document().unwrap();
        let described = document["components"]["schemas"]["Problem"]["properties"]["code"]["enum"].as_array().unwrap();
        let source = include_str!("../problem.rs");
        let (_, code) = source.split_once("fn code(&self)").unwrap();
        let (code, _) = code.split_once("\n    }\n").unwrap();
        let codes: Vec<Value> = code.split("=> \"").skip(1).map(|rest| json!(rest.split_once('"').unwrap().0)).collect();
        assert!(codes.len() > 10);
        assert_eq!(described, &codes);
    }
}
