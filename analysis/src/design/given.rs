//! A design as the caller describes it, in slices that are borrowed.

/// What a stratum with a single sampling unit adds to the variance.
///
/// One unit alone cannot tell how much units vary. With `T` the unit's total of the linearised variable, `f` the share of the
/// stratum sampled and `c` the mean of `T` over all units of the domain's strata, the rules below say what stands in. Names and
/// effects follow the option `survey.lonely.psu` of R `survey` 4.5. A unit that is the whole of its stratum (`N = 1`) was certain:
/// it adds nothing under any rule and is never called lonely.
///
/// ```
/// use kish_analysis::{cells::Sums, columns::Columns, design::{Design, Lonely, OneStage}};
/// use kish_analysis::estimate::{Domain, Measure};
///
/// // Totals 1 and 3 in the first stratum, 8 alone in the second.
/// let variance_of_total = |lonely| {
///     let given = OneStage { stratum_of_psu: &[0, 0, 1], psu_of_row: &[0, 1, 2], weight: &[1.0; 3], lonely, ..OneStage::default() };
///     let design = Design::one_stage(&given)?;
///     let mut columns = Columns::new(3);
///     let y = columns.real(&[1.0, 3.0, 8.0])?;
///     let sums = Sums::reduce(&design, &columns, &[0; 3], 1)?;
///     Ok::<_, kish_analysis::Error>(sums.estimate(&Domain::all(1), &[Measure::Total(y)])?[0].variance())
/// };
/// // The first stratum adds 2 / (2 - 1) (1 + 1) = 4.
/// assert!(variance_of_total(Lonely::Fail).is_err());
/// assert!((variance_of_total(Lonely::Remove)? - 4.0).abs() < 1e-9);
/// assert!((variance_of_total(Lonely::Average)? - 4.0 * 2.0).abs() < 1e-9);
/// assert!((variance_of_total(Lonely::Adjust)? - (4.0 + (8.0 - 4.0_f64).powi(2))).abs() < 1e-9);
/// # Ok::<(), kish_analysis::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Lonely {
    /// Refuse the design: [`Error::LonelyPsu`](crate::Error::LonelyPsu) names the strata.
    #[default]
    Fail,
    /// Add nothing. The variance is too small by what the stratum would have added.
    Remove,
    /// Add nothing: the unit is taken to have been certain. The same number as [`Lonely::Remove`], with a reason.
    Certainty,
    /// Add `(1 - f) (T - c)^2`: the distance from all units, not from the stratum's own mean. Errs to caution.
    Adjust,
    /// Leave the stratum out, then multiply the rest by `H / (H - lonely strata)`, `H` the domain's strata.
    Average,
}

/// Finite population correction of one stage, by unit of that stage (constant inside a stratum).
///
/// Both forms say the same: `f = n / N`, with `n` the units sampled in the stratum and `N` those it has. The variance of the stage
/// is multiplied by `1 - f`. With `1 - f < 1e-7` every unit was taken and the stage adds nothing.
///
/// ```
/// use kish_analysis::{cells::Sums, columns::Columns, design::{Design, Fpc, OneStage}};
/// use kish_analysis::estimate::{Domain, Measure};
///
/// let variance_of_total = |fpc| {
///     let given = OneStage { stratum_of_psu: &[0, 0], fpc, psu_of_row: &[0, 1], weight: &[4.0; 2], ..OneStage::default() };
///     let design = Design::one_stage(&given)?;
///     let mut columns = Columns::new(2);
///     let y = columns.real(&[1.0, 3.0])?;
///     let sums = Sums::reduce(&design, &columns, &[0; 2], 1)?;
///     Ok::<_, kish_analysis::Error>(sums.estimate(&Domain::all(1), &[Measure::Total(y)])?[0].variance())
/// };
/// // Unit totals 4 and 12: 2 / (2 - 1) (16 + 16) = 64, and 3/4 of it when 2 of 8 units were sampled.
/// assert!((variance_of_total(Fpc::None)? - 64.0).abs() < 1e-9);
/// assert!((variance_of_total(Fpc::PopulationSize(&[8.0, 8.0]))? - 48.0).abs() < 1e-9);
/// assert!((variance_of_total(Fpc::Fraction(&[0.25, 0.25]))? - 48.0).abs() < 1e-9);
/// # Ok::<(), kish_analysis::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub enum Fpc<'a> {
    /// None: the population is taken to be infinite (or the sample drawn with replacement).
    #[default]
    None,
    /// Units in the population of the unit's stratum, `N >= n`.
    PopulationSize(&'a [f64]),
    /// Sampling fraction of the unit's stratum, `0 < f <= 1`.
    Fraction(&'a [f64]),
}

/// A stratified one-stage cluster design, as most surveys publish it. Slices are borrowed; indices count from 0.
///
/// PSUs are listed apart from rows because a sampled PSU without a single interview still counts in the variance: leave one out
/// and standard errors come out too small. Rows may come in any order.
///
/// ```
/// use kish_analysis::design::{Design, OneStage};
///
/// let design = Design::one_stage(&OneStage {
///     stratum_of_psu: &[0, 0, 1, 1],       // four PSUs; nobody answered in the last
///     psu_of_row: &[0, 0, 1, 2, 2],
///     weight: &[120.0, 120.0, 80.0, 95.0, 95.0],
///     ..OneStage::default()
/// })?;
/// assert_eq!((design.n_rows(), design.n_psus(), design.n_strata()), (5, 4, 2));
/// # Ok::<(), kish_analysis::Error>(())
/// ```
#[derive(Debug, Clone, Copy, Default)]
pub struct OneStage<'a> {
    /// Stratum of every sampled PSU, by PSU. Any numbers: equal ones are one stratum.
    pub stratum_of_psu: &'a [u32],
    /// Finite population correction, by PSU.
    pub fpc: Fpc<'a>,
    /// PSU of every row, by row: a place in `stratum_of_psu`.
    pub psu_of_row: &'a [u32],
    /// Weight of every row: how many people it stands for. Finite, not negative; a row with 0 stays in the design and counts in
    /// no estimate.
    pub weight: &'a [f64],
    /// What to do about strata with one PSU.
    pub lonely: Lonely,
    /// Apply the rule also to strata with several PSUs of which only one has a row of the domain (R's `survey.adjust.domain.lonely`).
    pub lonely_domain: bool,
}

/// One stage of a multi-stage design, by unit of that stage: the three slices have one entry a unit.
///
/// ```
/// use kish_analysis::design::{Fpc, Stage};
///
/// // Two villages of eight, then three households of thirty in the first and two of twenty in the second.
/// let villages = Stage { parent: &[], stratum: &[0, 0], fpc: Fpc::PopulationSize(&[8.0; 2]) };
/// let households = Stage {
///     parent: &[0, 0, 0, 1, 1],
///     stratum: &[0; 5],
///     fpc: Fpc::PopulationSize(&[30.0, 30.0, 30.0, 20.0, 20.0]),
/// };
/// assert_eq!(households.parent.len(), households.stratum.len());
/// # assert_eq!(villages.stratum.len(), 2);
/// ```
#[derive(Debug, Clone, Copy, Default)]
pub struct Stage<'a> {
    /// Unit of the stage above, by unit; not read at stage 1 and best left empty there.
    pub parent: &'a [u32],
    /// Stratum inside the parent, by unit. The same number under two parents is two strata.
    pub stratum: &'a [u32],
    /// Finite population correction, by unit.
    pub fpc: Fpc<'a>,
}
