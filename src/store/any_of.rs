//! `column IN (…)` as one statement however long the list is, so that it is prepared once and not for each batch anew.
//!
//! On PostgreSQL the list is an array; SQLite has none, and reads it out of a text in JSON.

use diesel::expression::{AppearsOnTable, Expression, SelectableExpression, ValidGrouping, is_aggregate};
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::serialize::ToSql;
use diesel::sql_types::{Array, BigInt, Binary, Bool, HasSqlType, Text};
use diesel::sqlite::Sqlite;

/// Rows whose `column` is one of the values.
#[derive(Debug, Clone)]
pub(super) struct AnyOf<C, T> {
    column: C,
    values: Vec<T>,
    json: String,
}

pub(super) fn any_of<C, T: Listed>(column: C, values: Vec<T>) -> AnyOf<C, T> {
    let json = T::json(&values);
    AnyOf { column, values, json }
}

/// What a list may hold.
pub(super) trait Listed: Sized {
    type SqlType;
    /// The value of an element, in SQLite's words.
    const OF_ELEMENT: &'static str;
    fn json(values: &[Self]) -> String;
}

impl Listed for &[u8] {
    type SqlType = Binary;
    const OF_ELEMENT: &'static str = "unhex(value)";

    fn json(values: &[Self]) -> String {
        let hex = |bytes: &&[u8]| bytes.iter().fold(String::with_capacity(2 * bytes.len()), push_hex);
        serde_json::Value::from(values.iter().map(hex).collect::<Vec<_>>()).to_string()
    }
}

fn push_hex(mut hex: String, byte: &u8) -> String {
    hex.extend([byte >> 4, byte & 15].map(|digit| char::from_digit(digit.into(), 16).unwrap_or_default()));
    hex
}

impl Listed for &str {
    type SqlType = Text;
    const OF_ELEMENT: &'static str = "value";

    fn json(values: &[Self]) -> String {
        serde_json::Value::from(values.to_vec()).to_string()
    }
}

impl Listed for i64 {
    type SqlType = BigInt;
    const OF_ELEMENT: &'static str = "value";

    fn json(values: &[Self]) -> String {
        serde_json::Value::from(values.to_vec()).to_string()
    }
}

impl<C: QueryFragment<Sqlite>, T: Listed> QueryFragment<Sqlite> for AnyOf<C, T> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
        self.column.walk_ast(out.reborrow())?;
        out.push_sql(" IN (SELECT ");
        out.push_sql(T::OF_ELEMENT);
        out.push_sql(" FROM json_each(");
        out.push_bind_param::<Text, _>(&self.json)?;
        out.push_sql("))");
        Ok(())
    }
}

impl<C, T> QueryFragment<Pg> for AnyOf<C, T>
where
    C: QueryFragment<Pg>,
    T: Listed,
    Pg: HasSqlType<T::SqlType>,
    Vec<T>: ToSql<Array<T::SqlType>, Pg>,
    Array<T::SqlType>: 'static,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        self.column.walk_ast(out.reborrow())?;
        out.push_sql(" = ANY(");
        out.push_bind_param::<Array<T::SqlType>, _>(&self.values)?;
        out.push_sql(")");
        Ok(())
    }
}

/// Known by its words, which are the same for every list.
impl<C, T> QueryId for AnyOf<C, T> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<C: Expression, T> Expression for AnyOf<C, T> {
    type SqlType = Bool;
}

impl<C: Expression, T> ValidGrouping<()> for AnyOf<C, T> {
    type IsAggregate = is_aggregate::No;
}

impl<C: AppearsOnTable<Q>, T, Q> AppearsOnTable<Q> for AnyOf<C, T> {}

impl<C: SelectableExpression<Q>, T, Q> SelectableExpression<Q> for AnyOf<C, T> {}

#[cfg(test)]
mod tests {
    use diesel::connection::SimpleConnection;

    use super::*;
    use crate::store::connection::{Connection, in_memory};

    diesel::table! { found (name) { name -> Text, tag -> Binary, number -> BigInt, } }

    #[test]
    fn a_list_finds_what_is_in_it_however_it_is_written() {
        let Connection::Sqlite(mut c) = in_memory().unwrap() else { panic!("SQLite") };
        c.batch_execute("CREATE TABLE found (name TEXT PRIMARY KEY, tag BLOB, number INTEGER)").unwrap();
        let rows = [("a\"b\\c", vec![0, 255], i64::MAX), ("é'];", vec![], -1), ("", vec![0x0a], 0)];
        for (name, tag, number) in &rows {
            let values = (found::name.eq(name), found::tag.eq(tag), found::number.eq(number));
            diesel::insert_into(found::table).values(values).execute(&mut c).unwrap();
        }
        for (name, tag, number) in &rows {
            let by_name = found::table.filter(any_of(found::name, vec![*name, "nobody"])).select(found::name).load::<String>(&mut c);
            let by_tag = found::table.filter(any_of(found::tag, vec![tag.as_slice(), &[7]])).select(found::name).load::<String>(&mut c);
            let by_number = found::table.filter(any_of(found::number, vec![*number, 12])).select(found::name).load::<String>(&mut c);
            assert_eq!([by_name.unwrap(), by_tag.unwrap(), by_number.unwrap()], [[*name], [*name], [*name]]);
        }
        let none: Vec<i64> = found::table.filter(any_of(found::tag, Vec::<&[u8]>::new())).select(found::number).load(&mut c).unwrap();
        assert!(none.is_empty());
    }
}
