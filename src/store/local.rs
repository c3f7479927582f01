//! Whether a PostgreSQL is on this machine: the way there is not encrypted, and must not leave it.

use std::net::IpAddr;

/// What libpq would take the host from where the URL leaves it out, or in spite of it.
const ELSEWHERE: [&str; 3] = ["PGHOST", "PGHOSTADDR", "PGSERVICE"];

/// The first host of a `postgres://` URL that is not this machine, read the way libpq reads it.
pub(super) fn remote_host(url: &str) -> Option<String> {
    let rest = url.split_once("://").map_or("", |(_, rest)| rest);
    // An `@` before the first `/` ends the user and the password, whatever else stands there.
    let rest = match rest.find(['@', '/']) {
        Some(at) if rest[at..].starts_with('@') => &rest[at + 1..],
        _ => rest,
    };
    let hosts = &rest[..rest.find(['/', '?']).unwrap_or(rest.len())];
    let parameters = rest.split_once('?').map_or("", |(_, parameters)| parameters).split('&').filter_map(remote_parameter);
    hosts.split(',').map(without_port).filter(|host| !is_here(host)).map(str::to_owned).chain(parameters).next()
}

/// The first variable that would lead to another database than the one the URL names.
pub(super) fn stray_variable() -> Option<&'static str> {
    ELSEWHERE.into_iter().find(|name| std::env::var_os(name).is_some_and(|value| !value.is_empty()))
}

/// `host=…` and `hostaddr=…` go before the URL's own host; a service may name any.
fn remote_parameter(parameter: &str) -> Option<String> {
    let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
    match name {
        "host" | "hostaddr" => value.split(',').find(|host| !is_here(host)).map(str::to_owned),
        _ if name.starts_with("service") || name.contains('%') => Some(name.to_owned()),
        _ => None,
    }
}

fn without_port(host: &str) -> &str {
    match host.strip_prefix('[').and_then(|host| host.split_once(']')) {
        Some((address, _)) => address,
        None => host.split(':').next().unwrap_or(host),
    }
}

/// Nothing (libpq's own socket), the folder of a socket, or this machine's name for itself.
fn is_here(host: &str) -> bool {
    let socket = host.starts_with('/') || host.to_ascii_lowercase().starts_with("%2f");
    host.is_empty() || socket || host.eq_ignore_ascii_case("localhost") || host.parse().is_ok_and(|address: IpAddr| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_on_another_machine_is_seen_however_it_is_named() {
        for url in [
            "postgres://u@127.0.0.1:5432/kish",
            "postgresql://u:secret@localhost/kish",
            "postgres://[::1]:5432/kish",
            "postgres:///kish",
            "postgres:///kish?host=/var/run/postgresql",
            "postgres://u@%2Fvar%2Frun%2Fpostgresql/kish?sslmode=disable",
        ] {
            assert_eq!(remote_host(url), None, "{url}");
        }
        for (url, host) in [
            ("postgres://u:secret@db.example/kish", "db.example"),
            ("postgres://10.0.0.1/kish", "10.0.0.1"),
            ("postgres://[2001:db8::1]:5432/kish", "2001:db8::1"),
            ("postgres://127.0.0.1,db.example:5433/kish", "db.example"),
            ("postgres://localhost?x@db.example/kish", "db.example"),
            ("postgres://localhost/kish?host=db.example", "db.example"),
            ("postgres://localhost/kish?connect_timeout=1&hostaddr=10.0.0.1", "10.0.0.1"),
            ("postgres://localhost/kish?h%6Fst=db.example", "h%6Fst"),
            ("postgres://localhost?service=far", "service"),
            ("postgres://localhost.example/kish", "localhost.example"),
        ] {
            assert_eq!(remote_host(url).as_deref(), Some(host), "{url}");
        }
    }
}
