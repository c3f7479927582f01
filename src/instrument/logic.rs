//! The expressions of the survey sheet, read when all names are known, and the order in which they can be computed.

use super::error::{Error, Errors, Kind};
use super::form::{Form, Node, NodeId, QuestionType};
use super::nearest::nearest;
use super::survey::is_reference;
use super::types::is_dynamic;
use super::workbook::{Row, Sheet};
use super::xpath::{Expression, Found, Scope, parse};

/// Where an expression stands: the names it may use and the question from which its paths lead.
pub(super) struct Place<'a> {
    pub(super) form: &'a Form,
    pub(super) context: Option<NodeId>,
    /// In a choice filter bare names are columns of the choice.
    pub(super) is_choice: bool,
}

impl Scope for Place<'_> {
    fn question(&self, name: &str) -> Option<NodeId> {
        self.form.named(name)
    }
    fn question_names(&self) -> Vec<&str> {
        self.form.nodes.iter().map(|n| n.name.as_str()).collect()
    }
    fn context(&self) -> Option<NodeId> {
        self.context
    }
    fn parent(&self, of: NodeId) -> Option<NodeId> {
        self.form.node(of).parent
    }
    fn child(&self, of: Option<NodeId>, name: &str) -> Option<NodeId> {
        self.form.named(name).filter(|id| self.form.node(*id).parent == of)
    }
    fn is_repeat(&self, id: NodeId) -> bool {
        self.form.node(id).kind == QuestionType::Repeat
    }
    fn list(&self, name: &str) -> Option<Found> {
        if self.form.files.iter().any(|f| f.id == name) {
            return Some(Found::File);
        }
        let place = self.form.choice_lists.iter().position(|l| l.name == name)?;
        Some(if self.form.choice_lists[place].file.is_some() { Found::File } else { Found::List(super::ListId(place)) })
    }
    fn is_choice(&self) -> bool {
        self.is_choice
    }
}

/// Reads one row's expressions into its question, and into those that the row brought with it.
pub(super) fn read(sheet: &Sheet, row: &Row, id: NodeId, form: &mut Form, errors: &mut Errors) {
    let mut reader = Reader { sheet, row, id, form, errors };
    let (relevant, constraint, required) = (reader.cell("relevant"), reader.cell("constraint"), reader.cell("required"));
    let (calculation, read_only) = (reader.cell("calculation"), reader.cell("read_only"));
    let choice_filter = reader.parse("choice_filter", sheet.cell(row, "choice_filter"), true);
    let (first_value, triggers) = (reader.first_value(), reader.triggers());
    reader.needs_calculation(calculation.as_ref(), first_value.as_ref());
    reader.knows_its_files([
        ("relevant", &relevant),
        ("constraint", &constraint),
        ("choice_filter", &choice_filter),
        ("required", &required),
    ]);
    reader.has_known_references();
    let repeat_count = reader.repeat_count();
    let node = &mut form.nodes[id.index()];
    (node.relevant, node.constraint, node.required) = (relevant, constraint, required);
    (node.calculation, node.read_only, node.choice_filter) = (calculation, read_only, choice_filter);
    (node.first_value, node.triggers, node.repeat_count) = (first_value, triggers, repeat_count);
    other(id, form, row, errors);
}

struct Reader<'a> {
    sheet: &'a Sheet,
    row: &'a Row,
    id: NodeId,
    form: &'a mut Form,
    errors: &'a mut Errors,
}

impl Reader<'_> {
    fn cell(&mut self, column: &str) -> Option<Expression> {
        let text = match self.sheet.cell(self.row, column) {
            "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" => "true()",
            "no" | "No" | "NO" | "false" | "False" | "FALSE" => "false()",
            text => text,
        };
        self.parse(column, text, false)
    }

    fn parse(&mut self, column: &str, text: &str, is_choice: bool) -> Option<Expression> {
        if text.is_empty() {
            return None;
        }
        let place = Place { form: self.form, context: Some(self.id), is_choice };
        match parse(text, &place) {
            Ok(expression) => Some(expression),
            Err(e) => {
                self.fails(column, Kind::Expression, format!("'{text}': {e}"), e.hint);
                None
            }
        }
    }

    fn fails(&mut self, column: &str, kind: Kind, message: impl Into<String>, hint: impl Into<String>) {
        self.errors.push(Error::at("survey", self.row.number, column, kind, message, hint));
    }

    fn first_value(&mut self) -> Option<Expression> {
        let text = self.sheet.cell(self.row, "default");
        if !is_dynamic(text, self.form.node(self.id).kind) { None } else { self.parse("default", text, false) }
    }

    fn triggers(&mut self) -> Vec<NodeId> {
        let text = self.sheet.cell(self.row, "trigger");
        let mut found = Vec::new();
        for part in text.split(',').map(str::trim).filter(|p| !p.is_empty()) {
            let name = part.strip_prefix("${").and_then(|p| p.strip_suffix('}')).unwrap_or("");
            match self.form.named(name).filter(|_| is_reference(part)) {
                Some(id) if self.form.node(id).kind.is_asked() => found.push(id),
                Some(_) => self.fails("trigger", Kind::Structure, format!("'{name}' is asked of nobody"), "name a question on the screen"),
                None => self.fails("trigger", Kind::Unknown, format!("there is no question '{part}'"), "write ${question_name}"),
            }
        }
        found
    }

    fn needs_calculation(&mut self, calculation: Option<&Expression>, first_value: Option<&Expression>) {
        let is_empty = calculation.is_none() && self.sheet.cell(self.row, "calculation").is_empty() && first_value.is_none();
        if self.form.node(self.id).kind == QuestionType::Calculate && is_empty {
            self.fails("calculation", Kind::Missing, "the calculation is empty", "write what it comes to");
        }
    }

    /// A file beside the form, and an order that was drawn, are on the device and not here: what it says can be sent, and then be asked about.
    fn knows_its_files(&mut self, expressions: [(&str, &Option<Expression>); 4]) {
        for (column, expression) in expressions {
            let is = |test: fn(&Expression) -> bool| expression.as_ref().is_some_and(test);
            let message = match () {
                () if is(Expression::reads_file) => "the server does not hold the file that is read here",
                () if is(Expression::draws_order) => "the server does not know the order that is drawn here",
                () => continue,
            };
            self.fails(column, Kind::Expression, message, "do so in a calculate question, and name that question here");
        }
    }

    fn has_known_references(&mut self) {
        let headers: Vec<&String> = self.sheet.header.iter().collect();
        for header in headers {
            let is_text =
                ["label", "hint", "guidance_hint", "constraint_message", "required_message", "media"].iter().any(|c| header.starts_with(c));
            let text = self.sheet.cell(self.row, header);
            if !is_text {
                continue;
            }
            for name in references(text).into_iter().filter(|n| self.form.named(n).is_none()).collect::<Vec<_>>() {
                let hint = nearest(&name, self.form.nodes.iter().map(|n| n.name.as_str()))
                    .map_or_else(|| "mend the name, or remove it".to_owned(), |near| format!("did you mean ${{{near}}}?"));
                self.fails(header, Kind::Unknown, format!("there is no question '{name}'"), hint);
            }
            if text.contains("instance(") {
                self.fails(
                    header,
                    Kind::Expression,
                    "a text cannot look into a list",
                    "do so in a calculate question, and name that question in the text",
                );
            }
        }
    }

    /// A count that is more than one question is computed by a question of its own, right before the repeat.
    fn repeat_count(&mut self) -> Option<Expression> {
        let text = self.sheet.cell(self.row, "repeat_count");
        if text.is_empty() || self.form.node(self.id).kind != QuestionType::Repeat {
            return None;
        }
        if is_reference(text) {
            return self.parse("repeat_count", text, false);
        }
        let count = NodeId::from_index(self.id.index().checked_sub(1)?);
        let repeat = std::mem::replace(&mut self.id, count);
        let calculation = self.parse("repeat_count", text, false);
        self.id = repeat;
        let node = &mut self.form.nodes[count.index()];
        node.calculation = calculation;
        let name = format!("${{{}}}", node.name);
        let read_only = self.parse("repeat_count", "true()", false);
        self.form.nodes[count.index()].read_only = read_only;
        self.parse("repeat_count", &name, false)
    }
}

/// The relevance of the text question that `or_other` brought.
fn other(id: NodeId, form: &mut Form, row: &Row, errors: &mut Errors) {
    let name = &form.node(id).name;
    let Some(other) = form.named(&format!("{name}_other")).filter(|o| o.index() == id.index() + 1 && form.node(*o).row == row.number)
    else {
        return;
    };
    let text = format!("selected(../{name}, 'other')");
    match parse(&text, &Place { form, context: Some(other), is_choice: false }) {
        Ok(relevant) => form.nodes[other.index()].relevant = Some(relevant),
        Err(e) => errors.push(Error::at("survey", row.number, "type", Kind::Expression, e.message, e.hint)),
    }
}

/// The names between `${` and `}` of a text.
pub(super) fn references(text: &str) -> Vec<String> {
    let parts = text.split("${").skip(1);
    parts.filter_map(|p| p.split_once('}')).map(|(name, _)| name.trim().to_owned()).collect()
}

/// Parses a cell that belongs to no question; an empty cell is none.
pub(super) fn expression(sheet: &str, row: usize, column: &str, text: &str, form: &Form, errors: &mut Errors) -> Option<Expression> {
    if text.is_empty() {
        return None;
    }
    let place = Place { form, context: None, is_choice: false };
    parse(text, &place).map_err(|e| errors.push(Error::at(sheet, row, column, Kind::Expression, format!("'{text}': {e}"), e.hint))).ok()
}

/// Each question after those it waits for. A calculation that waits for itself, through relevance or other calculations, never ends.
pub(super) fn put_in_order(form: &mut Form, errors: &mut Errors) {
    let waits: Vec<Vec<NodeId>> = form.ids().map(|id| waits_for(form, form.node(id))).collect();
    let mut waited_by = vec![Vec::new(); waits.len()];
    for (id, before) in form.ids().zip(&waits) {
        before.iter().for_each(|b| waited_by[b.index()].push(id));
    }
    form.order = freed(&waits, &waited_by);
    if form.order.len() == waits.len() {
        return;
    }
    let (first, last) = (&form.order, freed(&waited_by, &waits));
    for id in form.ids().filter(|id| !first.contains(id) && !last.contains(id)) {
        let node = form.node(id);
        let circle: Vec<&str> = circle(id, &waits).iter().map(|i| form.node(*i).name.as_str()).collect();
        let message = format!("'{}' waits for itself: {}", node.name, circle.join(" needs "));
        let hint = "let one of them need no other: check their calculations and relevances";
        errors.push(Error::at("survey", node.row, "calculation", Kind::Structure, message, hint));
    }
}

/// A shortest way from a question through what it waits for and back to itself; both ends are named.
fn circle(id: NodeId, waits: &[Vec<NodeId>]) -> Vec<NodeId> {
    let mut ways = vec![vec![id]];
    let mut seen = std::collections::HashSet::new();
    let mut next = 0;
    while let Some(way) = ways.get(next).cloned() {
        next += 1;
        for step in &waits[way[way.len() - 1].index()] {
            let longer = [way.as_slice(), &[*step]].concat();
            if *step == id {
                return longer;
            }
            if seen.insert(*step) {
                ways.push(longer);
            }
        }
    }
    ways.swap_remove(0)
}

/// The questions that are freed when those that wait for none go first, those that waited for them next, and so on.
fn freed(waits: &[Vec<NodeId>], waited_by: &[Vec<NodeId>]) -> Vec<NodeId> {
    let mut left: Vec<usize> = waits.iter().map(Vec::len).collect();
    let mut order: Vec<NodeId> = (0..waits.len()).filter(|i| left[*i] == 0).map(NodeId::from_index).collect();
    let mut next = 0;
    while let Some(id) = order.get(next).copied() {
        next += 1;
        for after in &waited_by[id.index()] {
            left[after.index()] -= 1;
            if left[after.index()] == 0 {
                order.push(*after);
            }
        }
    }
    order
}

/// What must be known before a question's value and relevance are.
fn waits_for(form: &Form, node: &Node) -> Vec<NodeId> {
    // A value that a trigger sets is sent, not computed.
    let calculation = node.calculation.as_ref().filter(|_| node.triggers.is_empty());
    let mut nodes: Vec<NodeId> = node.relevant.iter().chain(calculation).flat_map(Expression::reads).collect();
    nodes.extend(node.parent);
    nodes.retain(|id| id.index() < form.nodes.len());
    nodes
}
