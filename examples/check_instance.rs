//! Checks instances against their forms, for the outside oracles: reads `FORM<tab>INSTANCE.xml` lines, answers each with `fits` or why not.

use std::collections::HashMap;
use std::io::{BufRead, Write};
use std::path::Path;

use kish::instrument::{Form, Workbook};
use kish::submission::{Instance, Submission};

fn main() -> anyhow::Result<()> {
    let mut forms: HashMap<String, Form> = HashMap::new();
    let mut out = std::io::stdout().lock();
    for line in std::io::stdin().lock().lines() {
        let line = line?;
        let Some((workbook, instance)) = line.split_once('\t') else { anyhow::bail!("no tab in '{line}'") };
        if !forms.contains_key(workbook) {
            let form = Workbook::open(Path::new(workbook)).and_then(|w| Form::read(&w));
            forms.insert(workbook.to_owned(), form.map_err(|e| anyhow::anyhow!("{workbook}: {e:?}"))?);
        }
        let said = match Instance::read(&std::fs::read(instance)?) {
            Err(malformed) => malformed.to_string(),
            Ok(instance) => match Submission::check(&forms[workbook], &instance) {
                Ok(_) => "fits".to_owned(),
                Err(rejections) => rejections.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "),
            },
        };
        writeln!(out, "{said}")?;
    }
    Ok(())
}
