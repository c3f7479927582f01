//! `kish demo`.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Args;
use kish::demo::sample::DEFAULT_INTERVIEWS;
use kish::demo::{self, Demo};

use super::Failure;

#[derive(Debug, Args)]
pub struct Options {
    /// Address and port to listen on
    #[arg(long, env = "KISH_LISTEN", default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    /// Completed interviews to aim at
    #[arg(long, env = "KISH_RESPONDENTS", default_value_t = DEFAULT_INTERVIEWS)]
    respondents: usize,
    /// The same seed draws the same sample and the same answers
    #[arg(long, env = "KISH_SEED", default_value_t = 1)]
    seed: u64,
    /// A folder that does not exist yet or is empty; by default a temporary one
    #[arg(long, env = "KISH_DATA_DIR")]
    data_dir: Option<PathBuf>,
    /// Stop after the table
    #[arg(long, env = "KISH_ONCE")]
    once: bool,
}

pub fn run(options: Options) -> Result<(), Failure> {
    let Options { listen, respondents, seed, data_dir, once } = options;
    demo::run(&Demo { listen, respondents, seed, data_dir, once }, &mut std::io::stdout())?;
    Ok(())
}
