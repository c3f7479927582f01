//! The columns of a table in their groups, as OData nests them, under names that OData takes.

use super::tables::{Table, Tables};

/// What every row of an interview has beside its questions.
pub(super) const OWN: [&str; 3] = ["__id", "__system", "__response"];

/// Properties of a row or of a group, in order.
pub(super) type Tree = Vec<(String, Property)>;

#[derive(Debug)]
pub(super) enum Property {
    Group(Tree),
    /// A column, by its place.
    Column(usize),
    /// A table that lies in this one, by its place.
    Table(usize),
}

/// Of a table, by its place.
pub(super) fn tree(tables: &Tables, of: usize) -> Tree {
    let Some(table) = tables.0.get(of) else { return Tree::new() };
    let around = around_id(tables, table);
    let own = if of == 0 { OWN.as_slice() } else { &["__id", around.as_str()] };
    let mut root = own.iter().map(|name| ((*name).to_owned(), Property::Column(usize::MAX))).collect();
    for (place, column) in table.columns.0.iter().enumerate() {
        put(&mut root, &column.path, Property::Column(place));
    }
    for (place, within) in tables.within(of) {
        put(&mut root, within.ways.last().map(Vec::as_slice).unwrap_or_default(), Property::Table(place));
    }
    root.split_off(own.len())
}

/// The name under which a row of a repeat says in which row it lies: `__Submissions-id`, `__Submissions-group-repeat-id`.
pub(super) fn around_id(tables: &Tables, table: &Table) -> String {
    let around = tables.0.get(table.around).map_or("", |around| &around.name);
    format!("__{}-id", around.replace('.', "-"))
}

fn put(tree: &mut Tree, path: &[String], leaf: Property) {
    let Some((name, rest)) = path.split_first() else { return };
    let mut name = identifier(name);
    if rest.is_empty() {
        while tree.iter().any(|(taken, _)| *taken == name) {
            name.push('_');
        }
        tree.push((name, leaf));
        return;
    }
    while tree.iter().any(|(taken, property)| *taken == name && !matches!(property, Property::Group(_))) {
        name.push('_');
    }
    let known = tree.iter().position(|(taken, _)| *taken == name);
    let known = known.unwrap_or_else(|| {
        tree.push((name, Property::Group(Tree::new())));
        tree.len() - 1
    });
    if let Property::Group(group) = &mut tree[known].1 {
        put(group, rest, leaf);
    }
}

/// As Central writes it: what OData takes in a name, and `_` for all else.
pub(super) fn identifier(name: &str) -> String {
    let mut written: String = name.chars().map(|c| if c.is_ascii_alphanumeric() || c == '_' { c } else { '_' }).collect();
    if written.starts_with(|c: char| c.is_ascii_digit()) || written.is_empty() {
        written.insert(0, '_');
    }
    written
}
