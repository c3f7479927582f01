//! The columns in their groups, as OData nests them, under names that OData takes.

use super::columns::Columns;

/// What every row has beside its questions.
pub(super) const OWN: [&str; 3] = ["__id", "__system", "__response"];

/// Properties of a row or of a group, in order.
pub(super) type Tree = Vec<(String, Property)>;

#[derive(Debug)]
pub(super) enum Property {
    Group(Tree),
    /// A column, by its place.
    Column(usize),
}

pub(super) fn tree(columns: &Columns) -> Tree {
    let mut root = OWN.iter().map(|name| ((*name).to_owned(), Property::Column(usize::MAX))).collect();
    for (place, column) in columns.0.iter().enumerate() {
        put(&mut root, &column.path, place);
    }
    root.split_off(OWN.len())
}

fn put(tree: &mut Tree, path: &[String], place: usize) {
    let Some((name, rest)) = path.split_first() else { return };
    let mut name = identifier(name);
    if rest.is_empty() {
        while tree.iter().any(|(taken, _)| *taken == name) {
            name.push('_');
        }
        tree.push((name, Property::Column(place)));
        return;
    }
    while tree.iter().any(|(taken, property)| *taken == name && matches!(property, Property::Column(_))) {
        name.push('_');
    }
    let known = tree.iter().position(|(taken, _)| *taken == name);
    let known = known.unwrap_or_else(|| {
        tree.push((name, Property::Group(Tree::new())));
        tree.len() - 1
    });
    if let Property::Group(group) = &mut tree[known].1 {
        put(group, rest, place);
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
