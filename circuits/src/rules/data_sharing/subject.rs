//! `data-sharing/v1` as the suite of [`crate::testing`] sees it.

use super::circuit::{DataSharingCircuit, TIERS};
use super::{DataSharing, Outcome, Row, Terms, native};
use crate::json::{from_value, to_value};
use crate::number::{Count, Ppm};
use crate::proved::RoundCircuit;
use crate::rule::PublishedRule;
use crate::testing::circuits::TINY;
use crate::testing::{self, CheckCircuits, Circuits, Round, tempting};
use ark_std::rand::Rng;
use rand::rngs::StdRng;
use serde_json::Value;

/// The rule under the suite.
pub struct Subject;

/// Every exponent, p/q.
pub const EXPONENTS: [[u64; 2]; 6] = [[1, 1], [1, 2], [1, 3], [2, 3], [1, 4], [3, 4]];

/// The demand intercept, ppm.
pub const MILLION: u64 = 1_000_000;

/// Terms of this similarity and exponent.
#[must_use]
pub fn terms(competition: &str, similarity: u64, bargaining: &str, [p, q]: [u64; 2]) -> Terms {
    Terms {
        competition: competition.into(),
        similarity_ppm: Ppm(similarity),
        bargaining: bargaining.into(),
        exponent_numerator: Count(p),
        exponent_denominator: Count(q),
    }
}

/// A row of size, irreducible and learning cost.
#[must_use]
pub fn row([n, a, b]: [u64; 3]) -> Row {
    Row { data_size: Count(n), irreducible_cost_ppm: Ppm(a), learning_cost_ppm: Ppm(b) }
}

/// The outcome of a round that is not refused.
#[must_use]
pub fn settle(terms: &Terms, firms: &[[u64; 3]; 2]) -> Outcome {
    native::evaluate(terms, &firms.map(row)).unwrap_or_else(|error| panic!("{terms:?} {firms:?}: {error}"))
}

/// What the firms give in an outcome that has every field.
#[must_use]
pub fn gives(outcome: &Outcome) -> [u64; 2] {
    outcome.gives.unwrap_or_default().map(|given| given.0)
}

/// A round whose numbers are in range.
#[must_use]
pub fn draw(rng: &mut StdRng, bargaining: &str) -> (Terms, [[u64; 3]; 2]) {
    let sizes = [6, 40, 3_000][rng.gen_range(0..3usize)];
    let alike = rng.gen_bool(0.3);
    let mut firm = |like: Option<[u64; 3]>| {
        let n = rng.gen_range(1..=sizes);
        let b = n * [1, 1_000, 200_000, 800_000][rng.gen_range(0..4usize)] + rng.gen_range(0..=3u64);
        let a = [0, 1, 100_000, 900_000][rng.gen_range(0..4usize)];
        like.filter(|_| alike).map_or([n, a, b.max(1)], |[_, a, b]| [n, a, b])
    };
    let first = firm(None);
    let firms = [first, firm(Some(first))];
    let similarity = [0, 1, 125_000, 500_000, 900_000, 999_999][rng.gen_range(0..6usize)];
    let competition = if rng.gen_bool(0.5) { "cournot" } else { "bertrand" };
    (terms(competition, similarity, bargaining, [1, 1]), firms)
}

impl testing::Subject for Subject {
    fn rule(&self) -> &'static dyn PublishedRule {
        &DataSharing
    }

    fn draw(&self, rng: &mut StdRng) -> (Value, Vec<Value>) {
        let nash = rng.gen_bool(0.1);
        let (mut terms, mut firms) = draw(rng, if nash { "nash" } else { "all-or-nothing" });
        if !nash {
            let [p, q] = EXPONENTS[rng.gen_range(0..EXPONENTS.len())];
            (terms.exponent_numerator, terms.exponent_denominator) = (Count(p), Count(q));
        }
        for number in firms.iter_mut().flatten() {
            *number = if rng.gen_bool(0.1) { tempting(rng) } else { *number };
        }
        (to_value(&terms), firms.iter().map(|firm| to_value(&row(*firm))).collect())
    }

    fn check_card(&self) {
        card::sharing_is_what_the_equilibrium_says();
        card::rounding_never_makes_firms_share();
        card::the_bargain_is_the_best_of_all();
    }

    fn circuits(&self) -> Option<Box<dyn CheckCircuits>> {
        Some(Box::new(circuits()))
    }
}

/// The circuit under the suite.
#[must_use]
pub fn circuits() -> Circuits<DataSharingCircuit> {
    Circuits {
        tiers: &TIERS,
        pin: DataSharingCircuit::PIN,
        sized: DataSharingCircuit::sized,
        limb_bits: TINY,
        sums: &[
            "data sizes are the ledger's",
            "irreducible costs are the ledger's",
            "learning costs are the ledger's",
            "gives are the settlement's",
        ],
        // Other weights may decide alike, and twice both sides of a comparison compare alike.
        switches: &[
            "own_weight",
            "rival_weight",
            "denominator_1",
            "denominator_2",
            "denominator_3",
            "denominator_4",
        ],
        rounds,
        claims,
    }
}

/// With every exponent one round that shares and some that do not, each for another reason; numbers out of range.
fn rounds() -> Vec<(Value, Vec<Value>)> {
    let mut cases = Vec::new();
    for (index, exponent) in EXPONENTS.into_iter().enumerate() {
        let terms =
            |similarity| terms(["cournot", "bertrand"][index % 2], similarity, "all-or-nothing", exponent);
        cases.push((terms(500_000), [[30, 100, 90_000], [40, 0, 80_000]]));
        // The larger firm would lose.
        cases.push((terms(900_000), [[4, 0, 100_000], [1, 0, 100_000]]));
    }
    let terms = |exponent| terms("cournot", 500_000, "all-or-nothing", exponent);
    // The second firm sells nothing; the first does; numbers at both ends.
    cases.push((terms([1, 2]), [[9, 0, 5], [9, 1_000_000, 5]]));
    cases.push((terms([1, 1]), [[9, 2_000_000, 5], [0, 7, 0]]));
    cases.push((terms([1, 1]), [[u64::MAX, 1, u64::MAX], [u64::MAX, 0, 1 << 48]]));
    let rows = |firms: &[[u64; 3]; 2]| firms.iter().map(|firm| to_value(&row(*firm))).collect();
    cases.iter().map(|(terms, firms)| (to_value(terms), rows(firms))).collect()
}

/// Sharing or not, with the right gives, none, exchanged ones, and ones around the right ones.
fn claims(round: &Round) -> Vec<Value> {
    let right: Outcome = from_value(&round.outcome).unwrap_or_else(|error| panic!("{error}"));
    let firm = |row: &Vec<u64>| super::market::Firm::from(&self::row([row[0], row[1], row[2]])).size;
    let sizes = [firm(&round.sealed[0]), firm(&round.sealed[1])];
    let mut tried = vec![gives(&right), sizes, [sizes[1], sizes[0]], [0, 0], [sizes[0], 0], [0, sizes[1]]];
    for row in 0..2 {
        for other in [sizes[row] + 1, sizes[row] - 1, round.sealed[row][0]] {
            let mut moved = sizes;
            moved[row] = other;
            tried.push(moved);
        }
    }
    let claim = |share| move |gives: &[u64; 2]| Outcome { share, gives: Some(gives.map(Count)) };
    let claims = tried.iter().map(claim(true)).chain(tried.iter().map(claim(false)));
    claims.map(|claim| to_value(&claim)).collect()
}

/// The equilibrium and the bargain, by the text.
pub mod text {
    use super::*;
    use num_bigint::{BigInt, BigUint};
    use num_rational::BigRational;
    use num_traits::Signed;

    /// A whole number.
    #[must_use]
    pub fn whole(number: impl Into<BigInt>) -> BigRational {
        number.into().into()
    }

    /// Unit cost with β = 1, ppm.
    #[must_use]
    pub fn cost([_, a, b]: [u64; 3], n: u64) -> BigRational {
        whole(a) + BigRational::new(b.into(), n.into())
    }

    /// What firms sell (Cournot) or earn per unit (Bertrand), times 4 − γ², by the equilibrium formulas.
    #[must_use]
    pub fn sales(terms: &Terms, costs: &[BigRational; 2]) -> [BigRational; 2] {
        let (one, similarity) = (whole(1), BigRational::new(terms.similarity_ppm.0.into(), MILLION.into()));
        let [y0, y1] = costs.clone().map(|cost| &one - cost / BigInt::from(MILLION));
        let own =
            if terms.competition == "cournot" { whole(2) } else { whole(2) - &similarity * &similarity };
        [&own * &y0 - &similarity * &y1, own * y1 - similarity * y0]
    }

    /// The same without sharing.
    #[must_use]
    pub fn alone(terms: &Terms, firms: &[[u64; 3]; 2]) -> [BigRational; 2] {
        sales(terms, &firms.map(|firm| cost(firm, firm[0])))
    }

    /// Step 2 of 8.2 with this many bits instead of 48.
    #[must_use]
    pub fn surely_shares(bits: u32, terms: &Terms, firms: &[[u64; 3]; 2]) -> bool {
        let (p, q) = (terms.exponent_numerator.0 as u32, terms.exponent_denominator.0 as u32);
        let one = BigInt::from(1) << bits;
        let learning = |n: u64| {
            let root: BigUint = (BigUint::from(1u32) << (bits * q)) / BigUint::from(n).pow(p);
            BigInt::from(root.nth_root(q))
        };
        let similarity = BigInt::from(terms.similarity_ppm.0);
        let mut own = BigInt::from(2 * MILLION * MILLION);
        if terms.competition == "bertrand" {
            own -= &similarity * &similarity;
        }
        let rival = similarity * MILLION;
        let pooled = learning(firms[0][0] + firms[1][0]);
        [(firms[0], firms[1]), (firms[1], firms[0])].iter().all(|([n, a, b], [rival_n, rival_a, rival_b])| {
            let (y, rival_y) = (learning(*n), learning(*rival_n));
            let left = (&one * (MILLION - a) - (&y + 1) * *b) * &own;
            let active = left > (&one * (MILLION - rival_a) - &rival_y * *rival_b) * &rival;
            active && &own * *b * (y - &pooled - 1) >= &rival * *rival_b * (rival_y - &pooled + 1)
        })
    }

    /// The bargain of the text along one edge, record by record: the smallest best d and its product.
    pub struct Edge {
        costs: [BigRational; 2],
        own: BigRational,
        rival: BigRational,
        /// The firm that gives some.
        pub giver: [u64; 3],
        other: [u64; 3],
    }

    impl Edge {
        /// The edge on which `giver` gives some records and `other` all.
        #[must_use]
        pub fn new(terms: &Terms, giver: [u64; 3], other: [u64; 3]) -> Self {
            let similarity = whole(terms.similarity_ppm.0);
            let mut own = whole(2 * MILLION * MILLION);
            if terms.competition == "bertrand" {
                own -= &similarity * &similarity;
            }
            let costs = [giver, other].map(|firm| cost(firm, firm[0]));
            Self { costs, own, rival: similarity * BigInt::from(MILLION), giver, other }
        }

        /// The product at d, if d is admissible.
        #[must_use]
        pub fn product(&self, d: u64) -> Option<BigRational> {
            let fall = |[n, _, b]: [u64; 3], more: u64| {
                (BigRational::new(1.into(), n.into()) - BigRational::new(1.into(), (n + more).into()))
                    * BigInt::from(b)
            };
            let falls = [fall(self.giver, self.other[0]), fall(self.other, d)];
            let effect = |of: &[BigRational; 2], i: usize| &self.own * &of[i] - &self.rival * &of[1 - i];
            let margins = self.costs.clone().map(|cost| whole(MILLION) - cost);
            let factor = |i: usize| {
                let gain = effect(&falls, i);
                let more = effect(&margins, i) * BigInt::from(2) + &gain;
                gain.is_positive().then(|| gain * more)
            };
            Some(factor(0)? * factor(1)?)
        }

        /// The smallest best of these numbers, and its product.
        pub fn best(&self, among: impl Iterator<Item = u64>) -> Option<(u64, BigRational)> {
            let mut best: Option<(u64, BigRational)> = None;
            for d in among {
                let product = self.product(d);
                if let Some(product) = product.filter(|new| best.as_ref().is_none_or(|(_, old)| new > old)) {
                    best = Some((d, product));
                }
            }
            best
        }
    }

    /// What the firms give in the Nash bargain.
    #[must_use]
    pub fn nash_by_the_text(terms: &Terms, firms: &[[u64; 3]; 2]) -> Option<[u64; 2]> {
        if !alone(terms, firms).iter().all(Signed::is_positive) {
            return None;
        }
        let [first, second] = *firms;
        let from_first = Edge::new(terms, first, second).best(0..=first[0]);
        let from_second = Edge::new(terms, second, first).best(0..=second[0]);
        match (from_first, from_second) {
            (None, None) => None,
            (Some((d, product)), Some((_, other))) if product >= other => Some([d, second[0]]),
            (Some((d, _)), None) => Some([d, second[0]]),
            (_, Some((d, _))) => Some([first[0], d]),
        }
    }
}

/// What the rule card claims.
mod card {
    use super::text::{alone, cost, nash_by_the_text, sales, surely_shares};
    use super::*;
    use ark_std::rand::SeedableRng;
    use num_traits::Signed;

    /// 8.5 (a) and (d): sharing is what the equilibrium says, and independent firms in business always share.
    pub(super) fn sharing_is_what_the_equilibrium_says() {
        let mut shared = 0;
        for seed in 0..3_000 {
            let (terms, firms) = draw(&mut StdRng::seed_from_u64(seed), "all-or-nothing");
            let alone = alone(&terms, &firms);
            let pooled = sales(&terms, &firms.map(|firm| cost(firm, firms[0][0] + firms[1][0])));
            let active = alone.iter().all(Signed::is_positive);
            let expected = active && alone.iter().zip(&pooled).all(|(alone, pooled)| pooled >= alone);
            let outcome = settle(&terms, &firms);
            assert_eq!(outcome.share, expected, "seed {seed}: {terms:?} {firms:?}");
            let given = if expected { firms.map(|firm| firm[0]) } else { [0; 2] };
            assert_eq!(gives(&outcome), given, "seed {seed}");
            assert!(terms.similarity_ppm.0 > 0 || outcome.share == active, "seed {seed}: independent goods");
            shared += u32::from(expected);
        }
        assert!((300..2_700).contains(&shared), "{shared} of 3000 share: one side is hardly tested");
    }

    /// 8.5 (b): where 48 bits say yes, 200 bits do; they miss few.
    pub(super) fn rounding_never_makes_firms_share() {
        let (mut yes, mut undecided) = (0, 0);
        for seed in 0..1_500 {
            let mut rng = StdRng::seed_from_u64(seed);
            let (mut terms, firms) = draw(&mut rng, "all-or-nothing");
            let [p, q] = [[1, 2], [1, 3], [2, 3], [1, 4], [3, 4]][rng.gen_range(0..5usize)];
            (terms.exponent_numerator, terms.exponent_denominator) = (Count(p), Count(q));
            let share = settle(&terms, &firms).share;
            assert_eq!(share, surely_shares(48, &terms, &firms), "seed {seed}: {terms:?} {firms:?}");
            let exact = surely_shares(200, &terms, &firms);
            assert!(exact || !share, "seed {seed}: {terms:?} {firms:?}");
            yes += u32::from(exact);
            undecided += u32::from(exact && !share);
        }
        assert!(yes > 300 && undecided * 10 < yes, "{undecided} of {yes} true yeses are undecided");
    }

    /// 8.5 (c): every number of both edges was tried, and both profits strictly rise.
    pub(super) fn the_bargain_is_the_best_of_all() {
        let mut shared = [0; 3];
        for seed in 0..600 {
            let (terms, firms) = draw(&mut StdRng::seed_from_u64(seed), "nash");
            if firms[0][0] > 300 || firms[1][0] > 300 {
                continue;
            }
            let expected = nash_by_the_text(&terms, &firms);
            let outcome = settle(&terms, &firms);
            let about = format!("seed {seed}: {terms:?} {firms:?}");
            assert_eq!(outcome.share, expected.is_some(), "{about}");
            assert_eq!(gives(&outcome), expected.unwrap_or_default(), "{about}");
            let Some([first, second]) = expected else {
                shared[2] += 1;
                continue;
            };
            let reached = [cost(firms[0], firms[0][0] + second), cost(firms[1], firms[1][0] + first)];
            let better = sales(&terms, &reached);
            assert!(
                alone(&terms, &firms).iter().zip(&better).all(|(before, after)| after > before),
                "{about}"
            );
            shared[usize::from(first < firms[0][0])] += 1;
        }
        assert!(shared.iter().all(|count| *count > 10), "{shared:?}: one case is hardly tested");
    }
}
