//! `kish demo`.

use clap::Args;

use super::Failure;

#[derive(Debug, Args)]
pub struct Options {}

pub fn run(_: Options) -> Result<(), Failure> {
    Ok(())
}
