//! The `choices` sheet of an XForm: its secondary instances, and the choices that stand in their questions.

use std::collections::HashSet;

use super::parts::{Control, Instance, Item, outside};
use super::sheet::Cells;
use super::xml::Tag;
use super::{Reading, wrong};
use crate::instrument::error::Kind;

/// Where a selection's choices come from: `randomize(instance('list')/root/item[filter], seed)`.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Source {
    pub(super) list: String,
    pub(super) filter: String,
    pub(super) is_random: bool,
    pub(super) seed: String,
}

impl Source {
    /// `None` where the choices come from elsewhere, such as from the answers of a repeat.
    pub(super) fn read(nodeset: &str) -> Option<Source> {
        let nodeset = nodeset.trim();
        let Some(inner) = nodeset.strip_prefix("randomize(") else { return Source::of_list(nodeset) };
        let inner = inner.strip_suffix(')')?;
        let (items, seed) = match inner.rsplit_once(',') {
            Some((items, seed)) if !seed.contains([']', ')']) => (items, seed.trim()),
            _ => (inner, ""),
        };
        Some(Source { is_random: true, seed: seed.to_owned(), ..Source::of_list(items.trim())? })
    }

    fn of_list(items: &str) -> Option<Source> {
        let (list, rest) = items.strip_prefix("instance(")?.split_once(')')?;
        let list = list.trim().trim_matches(['\'', '"']).to_owned();
        let filter = rest.strip_prefix('/')?.strip_prefix("root/item")?.trim();
        let filter = if filter.is_empty() { "" } else { filter.strip_prefix('[')?.strip_suffix(']')? };
        Some(Source { list, filter: filter.to_owned(), ..Source::default() })
    }
}

impl<'a> Reading<'a> {
    /// The lists that the file holds itself.
    pub(super) fn lists(&mut self) {
        self.know_columns(&self.parts.body);
        for instance in self.parts.instances.iter().filter(|i| i.tag.get("src").is_empty()) {
            self.list(instance);
        }
        self.lists_in_controls(&self.parts.body);
    }

    fn know_columns(&mut self, controls: &'a [Control]) {
        for control in controls {
            if let Some((tag, value, label)) = &control.itemset {
                let columns = (value.clone(), label.clone());
                match Source::read(tag.get("nodeset")) {
                    None => self.errors.push(outside(tag, &format!("choosing from '{}'", tag.get("nodeset")))),
                    Some(source) if self.columns.get(&source.list).is_some_and(|known| *known != columns) => {
                        let message = format!("the list '{}' is read by two controls from different elements", source.list);
                        self.fails(tag, Kind::Structure, &message);
                    }
                    Some(source) => {
                        self.columns.insert(source.list, columns);
                    }
                }
            }
            self.know_columns(&control.controls);
        }
    }

    fn list(&mut self, instance: &Instance) {
        let id = instance.tag.get("id");
        let has_texts = instance.items.iter().any(|item| item.columns.iter().any(|(column, _)| column == "itextId"));
        let usual = || ("name".to_owned(), if has_texts { "jr:itext(itextId)" } else { "label" }.to_owned());
        let (value, label) = self.columns.get(id).cloned().unwrap_or_else(usual);
        for item in &instance.items {
            self.item(id, item, &value, &label);
        }
    }

    fn item(&mut self, list: &str, item: &Item, value: &str, label: &str) {
        let tag = Tag { name: "item".to_owned(), attributes: Vec::new(), line: item.line };
        let text_id = label.strip_prefix("jr:itext(").and_then(|l| l.strip_suffix(')')).map(str::trim);
        let words = text_id.unwrap_or(label);
        let mut cells = Cells::default();
        cells.put("list_name", list);
        for (column, text) in &item.columns {
            match column.as_str() {
                c if c == value => cells.put("name", text),
                c if c == words && text_id.is_some() => self.put_looked_up(&mut cells, "label", text, &tag),
                c if c == words => cells.put("label", text),
                "name" | "label" | "list_name" => {
                    self.fails(&tag, Kind::Structure, &format!("<{column}> is neither the choice's code nor its words"));
                }
                c => cells.put(c, text),
            }
        }
        self.choices.add(&cells);
    }

    fn lists_in_controls(&mut self, controls: &'a [Control]) {
        for control in controls {
            let list = self.own_list(control);
            for (line, code, label) in &control.choices {
                let mut cells = Cells::default();
                cells.put("list_name", list.as_str());
                cells.put("name", code);
                let tag = Tag { name: "item".to_owned(), attributes: Vec::new(), line: *line };
                self.put_shown(&mut cells, "label", label, &tag);
                self.choices.add(&cells);
            }
            self.lists_in_controls(&control.controls);
        }
    }

    /// The name of a list that a question holds itself: the question's, or one like it that no other list has.
    pub(super) fn own_list(&self, control: &Control) -> String {
        let mut name = super::paths::last(control.tag.get("ref")).to_owned();
        while self.parts.instances.iter().any(|i| i.tag.get("id") == name) {
            name.push('_');
        }
        name
    }

    pub(super) fn has_choices_twice(&self) -> bool {
        self.parts.instances.iter().any(|instance| {
            let value = self.columns.get(instance.tag.get("id")).map_or("name", |(value, _)| value);
            let mut seen = HashSet::new();
            let codes = instance.items.iter().filter_map(|item| item.columns.iter().find(|(column, _)| column == value));
            codes.into_iter().any(|(_, code)| !seen.insert(code))
        })
    }

    /// A row for each file that travels beside the form and that nothing else brings in.
    pub(super) fn files(&mut self) {
        for instance in self.parts.instances.iter().filter(|i| !i.tag.get("src").is_empty()) {
            let (id, address) = (instance.tag.get("id"), instance.tag.get("src"));
            if self.columns.contains_key(id) || self.is_pulled(id) {
                continue;
            }
            let kind = [("csv", "jr://file-csv/"), ("xml", "jr://file/")];
            let found = kind.iter().find(|(ending, folder)| address == format!("{folder}{id}.{ending}"));
            match found {
                Some((ending, _)) => {
                    let mut cells = Cells::default();
                    cells.put("type", format!("{ending}-external"));
                    cells.put("name", id);
                    self.survey.add(&cells);
                }
                None => self.errors.push(outside(&instance.tag, &format!("the file '{address}' under the name '{id}'"))),
            }
        }
    }

    fn is_pulled(&self, id: &str) -> bool {
        let calls = |text: &str| text.contains(&format!("pulldata('{id}'")) || text.contains(&format!("pulldata(\"{id}\""));
        let actions = self.parts.actions.iter().map(|(tag, _)| tag);
        self.parts.binds.iter().chain(actions).any(|tag| tag.attributes.iter().any(|(_, value)| calls(value)))
    }

    /// The type, filter and parameters of a selection, and the type's word.
    pub(super) fn put_selection(&mut self, cells: &mut Cells, control: &Control, path: &str, word: &str) {
        let Some((tag, value, label)) = &control.itemset else {
            cells.put("type", format!("{word} {}", self.own_list(control)));
            return;
        };
        let Some(source) = Source::read(tag.get("nodeset")) else { return };
        let mut parameters = Vec::new();
        if source.is_random {
            parameters.push("randomize=true".to_owned());
        }
        if !source.seed.is_empty() {
            parameters.push(format!("seed={}", self.expression(&source.seed, path)));
        }
        let instance = self.parts.instances.iter().find(|i| i.tag.get("id") == source.list);
        match instance.map(|i| i.tag.get("src")) {
            None => {
                let message = format!("there is no instance '{}'", source.list);
                self.errors.push(wrong(tag.line, &tag.name, Kind::Unknown, &message, "add it to the model"));
            }
            Some("") => cells.put("type", format!("{word} {}", source.list)),
            Some(address) => {
                let file = address.rsplit('/').next().unwrap_or(address);
                let usual = if file.ends_with(".geojson") { ("id", "title") } else { ("name", "label") };
                cells.put("type", format!("{word}_from_file {file}"));
                parameters.extend((value != usual.0).then(|| format!("value={value}")));
                parameters.extend((label != usual.1).then(|| format!("label={label}")));
            }
        }
        cells.put("choice_filter", self.filter(&source.filter, path));
        cells.put("parameters", parameters.join(" "));
    }
}
