//! The real server, from outside: whole journeys over HTTP, on SQLite and on PostgreSQL.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod access;
mod app;
mod backup;
mod bad_input;
mod care;
mod collect;
mod cases;
mod committee;
mod damage;
mod described;
mod encrypted;
mod ethics;
mod forms;
mod health;
mod interview;
mod kept;
mod link;
mod metrics;
mod own_words;
mod pages;
mod phases;
mod process;
mod releases;
mod repeats;
mod research;
mod retries;
mod row_grants;
mod row_repeats;
mod rows;
mod second_factor;
mod sessions;
mod set_aside;
mod shutdown;
mod start;
mod tables;
mod traces;
mod tls;
mod trail;
mod trail_broken;
mod upgrade;
mod weights;
mod withdrawal;
