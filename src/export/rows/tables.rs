//! The tables of a form: its interviews, and of each repeat the instances.

use std::sync::Arc;

use super::columns::{Columns, Has, path};
use super::tree::identifier;
use super::{BESIDE, BESIDE_INSTANCE};
use crate::instrument::{Form, Instrument, NodeId, QuestionType};

/// A table of interviews, or of what was answered in the instances of one repeat.
#[derive(Debug)]
pub struct Table {
    /// The repeats it lies in, the outermost first, and its own last; none of interviews. Where versions differ in it, it is another table.
    repeats: Vec<String>,
    /// For each of them, the way to it from the one around it: groups, and its own name last.
    pub(super) ways: Vec<Vec<String>>,
    /// The table it lies in, by its place; its own of interviews.
    pub(super) around: usize,
    /// For each version, what it has of the table.
    has: Vec<Has>,
    /// As OData calls it: `Submissions`, or `Submissions.group.repeat`.
    pub name: String,
    pub columns: Columns,
}

/// That of interviews comes first, and each behind the one it lies in.
#[derive(Debug)]
pub struct Tables(pub(super) Vec<Table>);

impl Tables {
    /// Of a form's versions, the newest first.
    pub fn of(versions: &[Arc<Instrument>]) -> Tables {
        let mut tables = vec![Table::of_interviews(versions)];
        for (version, instrument) in versions.iter().enumerate() {
            let form = &instrument.form;
            for repeat in form.ids().filter(|id| form.node(*id).kind == QuestionType::Repeat) {
                let repeats = repeats(form, repeat);
                let known = tables.iter().position(|table| table.repeats == repeats);
                let known = known.unwrap_or_else(|| {
                    let table = Table::of_repeat(form, repeat, repeats, &tables, versions.len());
                    tables.push(table);
                    tables.len() - 1
                });
                tables[known].has[version] = Some(Some(repeat));
            }
        }
        for table in tables.iter_mut().skip(1) {
            table.columns = Columns::of(versions, &table.has, &BESIDE_INSTANCE);
        }
        Tables(tables)
    }

    /// By its place.
    pub fn get(&self, table: usize) -> Option<&Table> {
        self.0.get(table)
    }

    /// The columns of the interviews.
    pub fn interviews(&self) -> &Columns {
        &self.0[0].columns
    }

    pub fn named(&self, name: &str) -> Option<usize> {
        self.0.iter().position(|table| table.name == name)
    }

    /// Those that lie in a table, by their places.
    pub(super) fn within(&self, around: usize) -> impl Iterator<Item = (usize, &Table)> {
        self.0.iter().enumerate().skip(1).filter(move |(_, table)| table.around == around)
    }

    /// What a table is called in the zip beside the form's own name: Central numbers those that share one.
    pub fn suffix(&self, table: usize) -> String {
        let last = |table: &Table| table.repeats.last().cloned();
        let Some((own, name)) = self.0.get(table).and_then(|own| Some((own, last(own)?))) else { return String::new() };
        let alike: Vec<_> = self.0.iter().filter(|other| last(other).as_ref() == Some(&name)).collect();
        match alike.iter().position(|other| std::ptr::eq(*other, own)) {
            Some(place) if alike.len() > 1 => format!("-{name}~{}", place + 1),
            _ => format!("-{name}"),
        }
    }
}

impl Table {
    fn of_interviews(versions: &[Arc<Instrument>]) -> Table {
        let has = vec![Some(None); versions.len()];
        let columns = Columns::of(versions, &has, &BESIDE);
        Table { repeats: Vec::new(), ways: Vec::new(), around: 0, has, name: "Submissions".to_owned(), columns }
    }

    fn of_repeat(form: &Form, repeat: NodeId, repeats: Vec<String>, tables: &[Table], versions: usize) -> Table {
        let around = tables.iter().position(|table| repeats.split_last().is_some_and(|(_, around)| table.repeats == around)).unwrap_or(0);
        let way = path(form, repeat);
        let own = way.iter().map(|name| identifier(name)).collect::<Vec<_>>().join(".");
        let mut name = format!("{}.{own}", tables[around].name);
        while tables.iter().any(|table| table.name == name) {
            name.push('_');
        }
        let ways = tables[around].ways.iter().cloned().chain([way]).collect();
        Table { repeats, ways, around, has: vec![None; versions], name, columns: Columns(Vec::new()) }
    }

    /// Whether a version has it.
    pub fn is_of(&self, version: usize) -> bool {
        self.has.get(version).is_some_and(Option::is_some)
    }

    /// The names of the repeats it lies in, the outermost first, and its own last; none of interviews.
    pub fn repeats(&self) -> &[String] {
        &self.repeats
    }

    /// The way to it from the table around it, as an address of OData has it.
    pub(super) fn link(&self, around: &Table) -> String {
        self.name.get(around.name.len() + 1..).unwrap_or_default().replace('.', "/")
    }
}

fn repeats(form: &Form, repeat: NodeId) -> Vec<String> {
    let around = std::iter::successors(Some(repeat), |repeat| form.repeat_of(*repeat));
    let mut repeats: Vec<String> = around.map(|repeat| form.node(repeat).name.clone()).collect();
    repeats.reverse();
    repeats
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::super::{Instance, OdataRows, Step, instance, metadata};
    use super::*;
    use crate::instrument::{Row, Workbook};

    /// The shipped questionnaire with more at its end.
    fn with(questions: &[[&str; 2]]) -> Arc<Instrument> {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/instruments/tfvaw");
        let mut workbook = Workbook::open(folder.as_ref()).unwrap();
        let survey = workbook.sheets.get_mut("survey").unwrap();
        survey.rows.extend(questions.iter().enumerate().map(|(n, [kind, name])| Row {
            number: 900 + n,
            cells: [*kind, *name, if name.is_empty() { "" } else { "Words" }].map(str::to_owned).to_vec(),
        }));
        Arc::new(Instrument::read(&workbook).unwrap_or_else(|e| panic!("{e:#?}")))
    }

    #[test]
    fn a_repeat_is_reached_through_its_groups_and_one_that_moved_is_another() {
        let end = |kind| [kind, ""];
        let newer = with(&[["begin_repeat", "s"], ["integer", "b"], end("end_repeat")]);
        let [group, inner] = [["begin_group", "g"], ["begin_group", "h"]];
        let (first, second) = ([group, ["begin_repeat", "r"], ["integer", "a"], inner], [["begin_repeat", "s"], ["integer", "b"]]);
        let ends = ["end_repeat", "end_group", "end_repeat", "end_group"].map(end);
        let older = with(&[first.as_slice(), &second, &ends].concat());
        let tables = Tables::of(&[newer, older]);
        let names: Vec<&str> = tables.0.iter().map(|table| table.name.as_str()).collect();
        assert_eq!(names, ["Submissions", "Submissions.s", "Submissions.g.r", "Submissions.g.r.h.s"]);
        assert_eq!([0, 1, 2, 3].map(|table| tables.suffix(table)), ["", "-s~1", "-r", "-s~2"]);
        assert_eq!([1, 3].map(|table| [0, 1].map(|version| tables.0[table].is_of(version))), [[true, false], [false, true]]);

        let [interview, outer, own] = [1, 2, 3].map(Uuid::from_u128);
        let steps = vec![Step { name: outer, rank: 2 }, Step { name: own, rank: 1 }];
        let row = |steps: &[Step], answers| Instance { interview, steps: steps.to_vec(), of: 1, answers };
        let mut line = Vec::new();
        instance(&mut line, &tables.0[3], &row(&steps, "7"));
        assert_eq!(String::from_utf8(line).unwrap(), format!("7,uuid:{interview}/g/r[2],uuid:{interview}/g/r[2]/h/s[1]\r\n"));
        let mut object = Vec::new();
        OdataRows::of(&tables, 2).instance(&mut object, &tables.0[2].columns, &row(&steps[..1], "5"));
        let expected = serde_json::json!({
            "__id": outer.to_string(), "__Submissions-id": format!("uuid:{interview}"), "a": 5,
            "h": { "s@odata.navigationLink": format!("Submissions('uuid:{interview}')/g/r('{outer}')/h/s") },
        });
        assert_eq!(serde_json::from_slice::<serde_json::Value>(&object).unwrap(), expected);
        let xml = metadata(&tables, "tfvaw", false).unwrap();
        assert!(xml.contains("<ComplexType Name=\"Submissions_g_r_h\">\n<NavigationProperty Name=\"s\""), "{xml}");
        assert!(xml.contains("<Property Name=\"__Submissions-g-r-id\" Type=\"Edm.String\" Nullable=\"false\"/>"));
    }
}
