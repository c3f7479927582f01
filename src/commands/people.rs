//! `kish user` and `kish token`.

use anyhow::anyhow;
use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine};
use clap::Subcommand;
use jiff::civil::Date;
use kish::http::clock::Clock;
use kish::keys;
use kish::people::{Password, Role, Token};
use kish::set_aside::new_key_pair;
use kish::settings::Data;
use kish::store::{Error, Store};
use kish::trail::By;

use super::Failure;
use super::serve::join;

#[derive(Debug, Subcommand)]
pub enum User {
    /// Add a person; prints a password, and for an ethics reviewer the key that opens what is set aside. Neither is stored
    Add {
        email: String,
        /// The name to show
        #[arg(long, env = "KISH_NAME")]
        name: String,
        /// administrator, coordinator, supervisor, ethics-reviewer, statistician or analyst
        #[arg(long, env = "KISH_ROLE", value_parser = role)]
        role: Role,
        /// The study the role is held in; 0 for every study
        #[arg(long, env = "KISH_STUDY", default_value_t = 0)]
        study: i64,
        #[command(flatten)]
        data: Data,
    },
    /// List people
    List {
        #[command(flatten)]
        data: Data,
    },
    /// End the second factor of a person who has lost it; from then on they sign in without
    ForgetFactor {
        email: String,
        #[command(flatten)]
        data: Data,
    },
    /// Shut a person out, at once
    Disable {
        email: String,
        #[command(flatten)]
        data: Data,
    },
}

fn role(text: &str) -> Result<Role, String> {
    let known = || Role::ALL.map(Role::name).join(", ");
    Role::named(text).ok_or_else(|| format!("write one of {}", known()))
}

#[derive(Debug, Subcommand)]
pub enum DeviceToken {
    /// Enrol a device; prints its token, which is stored only as a hash
    New {
        study: i64,
        /// A code for the device, not a person's name
        #[arg(long, env = "KISH_NAME")]
        name: String,
        /// The last day on which it may deliver, as 2026-12-31
        #[arg(long, env = "KISH_EXPIRES_ON")]
        expires_on: Date,
        #[command(flatten)]
        data: Data,
    },
    /// List a study's devices: number, code, last day, state, and the week in which each was last heard of
    List {
        study: i64,
        #[command(flatten)]
        data: Data,
    },
    /// Shut a device out, at once
    Revoke {
        study: i64,
        id: i64,
        #[command(flatten)]
        data: Data,
    },
}

pub fn user(command: User) -> Result<(), Failure> {
    match command {
        User::Add { email, name, role, study, data } => add(&join(&data)?, email, name, role, study),
        User::List { data } => {
            for person in join(&data)?.people()? {
                println!("{}\t{}\t{}\t{}", person.id, person.email, person.name, if person.disabled { "disabled" } else { "active" });
            }
            Ok(())
        }
        User::ForgetFactor { email, data } => {
            found(join(&data)?.forget_second_factor(by(), email).wait(), "there is no such person, or they have no second factor")
        }
        User::Disable { email, data } => found(join(&data)?.disable_person(by(), email).wait(), "there is no such person"),
    }
}

/// Whoever may run these commands holds the data folder; the trail knows them by no account.
fn by() -> By {
    By::command_line(Clock::Machine.today())
}

fn add(store: &Store, email: String, name: String, role: Role, study: i64) -> Result<(), Failure> {
    let password = BASE64_URL_SAFE_NO_PAD.encode(keys::random::<18>()?);
    let key = (role == Role::EthicsReviewer).then(new_key_pair);
    let hash = Password::new(&password, &email, &name)?.hash()?;
    let id = match store.add_person(by(), email, name, hash, key.as_ref().map(|k| k.0.clone())).wait() {
        Err(Error::Duplicate) => return Err(Failure::Call(anyhow!("a person with this address is there already"))),
        other => other?,
    };
    store.assign(by(), id, study, role).wait()?;
    println!("password\t{password}");
    if let Some((_, identity)) = key {
        println!("key\t{identity}");
        eprintln!("Keep the key where the server cannot reach it: it alone opens what is set aside, and it is not stored.");
    }
    Ok(())
}

pub fn token(command: DeviceToken) -> Result<(), Failure> {
    match command {
        DeviceToken::New { study, name, expires_on, data } => {
            if expires_on < Clock::Machine.today() {
                return Err(Failure::Call(anyhow!("--expires-on lies in the past")));
            }
            let store = join(&data)?;
            found(store.study(study).map(|_| ()), "there is no such study")?;
            let token = Token::new()?;
            let hash = Token::hash(token.as_str()).ok_or_else(|| anyhow!("a token has no hash"))?;
            store.add_device(by(), study, name, hash, expires_on.to_string()).wait()?;
            println!("/v1/key/{}/projects/{study}", token.as_str());
            Ok(())
        }
        DeviceToken::List { study, data } => {
            for device in join(&data)?.devices(study)? {
                let state = if device.revoked { "revoked" } else { "active" };
                let last_week = if device.last_week.is_empty() { "-" } else { &device.last_week };
                println!("{}\t{}\t{}\t{state}\t{last_week}", device.id, device.name, device.expires_on);
            }
            Ok(())
        }
        DeviceToken::Revoke { study, id, data } => found(join(&data)?.revoke_device(by(), study, id).wait(), "there is no such device"),
    }
}

fn found(result: Result<(), Error>, otherwise: &str) -> Result<(), Failure> {
    match result {
        Err(Error::NotFound) => Err(Failure::Call(anyhow!("{otherwise}"))),
        other => Ok(other?),
    }
}
