//! The real server, from outside: whole journeys over HTTP, on SQLite and on PostgreSQL.

mod access;
mod app;
mod bad_input;
mod collect;
mod ethics;
mod interview;
mod retries;
mod tables;
mod traces;
