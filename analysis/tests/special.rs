//! The special functions against R's values.
#![allow(clippy::unwrap_used)]

use kish_analysis::special::{beta_quantile, chi_square_upper, f_upper, normal_quantile, t_quantile, t_two_sided};

/// Every value of `golden/special.csv`, to a relative 1e-11.
#[test]
fn agree_with_r() {
    let mut reader = csv::Reader::from_path(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/special.csv")).unwrap();
    let mut checked = 0;
    for record in reader.records() {
        let record = record.unwrap();
        let number = |field: usize| record[field].parse::<f64>().unwrap_or(f64::NAN);
        let (a, b, c, wanted) = (number(1), number(2), number(3), number(4));
        let found = match record[0].split('(').next().unwrap() {
            "qt" => t_quantile(a, b),
            "qbeta" => beta_quantile(a, b, c),
            "qnorm" => normal_quantile(a),
            "pt_two_sided" => t_two_sided(a, b),
            "pf_upper" => f_upper(a, b, c),
            "pchisq_upper" => chi_square_upper(a, b),
            other => panic!("unknown function {other}"),
        };
        let scale = if wanted == 0.0 { 1.0 } else { wanted.abs() };
        assert!(((found - wanted) / scale).abs() < 1e-11, "{record:?}: {found}, off by {:e}", (found - wanted) / scale);
        checked += 1;
    }
    assert_eq!(checked, 312);
}
