//! `fine-tuning-bargain/v1` as the suite of [`crate::testing`] sees it.

use super::circuit::{FineTuningBargainCircuit, TIERS};
use super::share::{MAX_COST, WHOLE};
use super::{Domain, FineTuningBargain, Outcome, Row, Terms, native};
use crate::json::{from_value, to_value};
use crate::number::{Amount, BasisPoints, Count, Wide};
use crate::proved::RoundCircuit;
use crate::rule::PublishedRule;
use crate::testing::circuits::TINY;
use crate::testing::{self, CheckCircuits, Circuits, Round, tempting};
use ark_std::rand::{Rng, SeedableRng};
use rand::rngs::StdRng;
use serde_json::Value;

/// The rule under the suite.
pub struct Subject;

/// The solutions, from the best for the specialist to the best for the generalist at the ends.
pub const SOLUTIONS: [&str; 6] =
    ["powerful-d", "utilitarian", "egalitarian", "nash", "kalai-smorodinsky", "powerful-g"];

/// Terms with these revenue rates and revenues.
#[must_use]
pub fn terms(solution: &str, domains: &[[u64; 2]], fee_bps: u64) -> Terms {
    let domain =
        |[rate, revenue]: &[u64; 2]| Domain { revenue_rate: Amount(*rate), revenue: Amount(*revenue) };
    Terms {
        solution: solution.into(),
        domains: domains.iter().map(domain).collect(),
        fee_bps: BasisPoints(fee_bps),
    }
}

/// Rows of these costs.
#[must_use]
pub fn rows(costs: &[u64]) -> Vec<Row> {
    costs.iter().map(|cost| Row { cost: Count(*cost) }).collect()
}

/// The outcome of a round that is not refused.
#[must_use]
pub fn settle(terms: &Terms, costs: &[u64]) -> Outcome {
    native::evaluate(terms, &rows(costs)).unwrap_or_else(|error| panic!("{terms:?} {costs:?}: {error}"))
}

/// The share of one domain, where rates and revenue do not matter.
#[must_use]
pub fn share(solution: &str, costs: [u64; 2]) -> u64 {
    shares(&settle(&terms(solution, &[[1, 0]], 0), &costs))
}

/// The share of an outcome that has every field.
#[must_use]
pub fn shares(outcome: &Outcome) -> u64 {
    outcome.share_q32.unwrap_or_default().0
}

/// The receipts of an outcome that has every field.
#[must_use]
pub fn receipts(outcome: &Outcome) -> Vec<u128> {
    outcome.receipts.iter().flatten().map(|receipt| receipt.0).collect()
}

/// A cost: small, large, or one of those that break things.
#[must_use]
pub fn cost(rng: &mut StdRng) -> u64 {
    let largest = [12, 1 << 20, MAX_COST][rng.gen_range(0..3usize)];
    if rng.gen_bool(0.2) { tempting(rng).clamp(1, MAX_COST) } else { rng.gen_range(1..=largest) }
}

/// Pairs of costs: a small grid, the ends, and drawn ones.
#[must_use]
pub fn pairs() -> Vec<[u64; 2]> {
    let numbers = [1, 2, 3, 4, 5, 7, 10, MAX_COST / 2, MAX_COST - 1, MAX_COST];
    let mut pairs: Vec<[u64; 2]> = numbers.iter().flat_map(|a| numbers.map(|b| [*a, b])).collect();
    let mut rng = StdRng::seed_from_u64(7);
    pairs.extend((0..400).map(|_| [cost(&mut rng), cost(&mut rng)]));
    pairs
}

/// Domains and costs.
#[must_use]
pub fn several(rng: &mut StdRng) -> (Vec<[u64; 2]>, Vec<u64>) {
    let count = rng.gen_range(1..=4);
    let largest = if rng.gen_bool(0.5) { 9 } else { 65_535 };
    let domains: Vec<[u64; 2]> = (0..count).map(|_| [rng.gen_range(1..=largest), tempting(rng)]).collect();
    (domains, (0..=count).map(|_| cost(rng)).collect())
}

/// Terms and costs that are not refused; ties, zeros and extremes are likely.
#[must_use]
pub fn draw(rng: &mut StdRng) -> (Terms, Vec<u64>) {
    let (domains, costs) = several(rng);
    let known = if domains.len() == 1 { &SOLUTIONS[..] } else { &["utilitarian", "utilitarian", "nash"] };
    let fee_bps = [0, 1, 333, 10_000][rng.gen_range(0..4usize)];
    let terms = terms(known[rng.gen_range(0..known.len())], &domains, fee_bps);
    let told = |cost| if rng.gen_bool(0.2) { tempting(rng) } else { cost };
    (terms, costs.into_iter().map(told).collect())
}

impl testing::Subject for Subject {
    fn rule(&self) -> &'static dyn PublishedRule {
        &FineTuningBargain
    }

    fn draw(&self, rng: &mut StdRng) -> (Value, Vec<Value>) {
        let (terms, costs) = draw(rng);
        (to_value(&terms), rows(&costs).iter().map(to_value).collect())
    }

    fn check_card(&self) {
        card::nothing_does_better();
        card::sides_are_treated_alike();
        card::all_lie_between_the_powerful();
        card::common_shares_are_the_best();
        card::conserves_every_domain();
    }

    fn circuits(&self) -> Option<Box<dyn CheckCircuits>> {
        Some(Box::new(circuits()))
    }
}

/// The circuits under the suite.
#[must_use]
pub fn circuits() -> Circuits<FineTuningBargainCircuit> {
    Circuits {
        tiers: &TIERS,
        pin: FineTuningBargainCircuit::PIN,
        sized: FineTuningBargainCircuit::sized,
        limb_bits: TINY,
        sums: &["costs are the ledger's", "receipts are the settlement's", "shares are the settlement's"],
        // Twice a polynomial falls through 0 where the polynomial does.
        switches: &["utilitarian", "egalitarian", "nash", "kalai_smorodinsky", "powerful_g", "powerful_d"],
        rounds,
        claims,
    }
}

/// Every solution with either cost larger, equal costs, costs at their ends; two to four domains.
fn rounds() -> Vec<(Value, Vec<Value>)> {
    let mut cases = Vec::new();
    for solution in SOLUTIONS {
        for costs in [[7, 2], [2, 7]] {
            cases.push((terms(solution, &[[3, 1_000_003]], 250), costs.to_vec()));
        }
    }
    cases.push((terms("egalitarian", &[[1, 9]], 0), vec![5, 5]));
    cases.push((terms("nash", &[[1, u64::MAX]], 0), vec![u64::MAX, 0]));
    cases.push((terms("powerful-d", &[[1, 1]], 0), vec![0, 1 << 32]));
    cases.push((terms("utilitarian", &[[1, 100], [2, 10_000]], 1), vec![3, 0, 5]));
    cases.push((terms("utilitarian", &[[2, 7], [1, 0], [3, 1_000]], 0), vec![9, 1, 2, 5]));
    let four = [[3, u64::MAX], [1, 77], [2, u64::MAX], [1, 1 << 40]];
    cases.push((terms("utilitarian", &four, 0), vec![1, 9, 4, 2, 8]));
    cases.iter().map(|(terms, costs)| (to_value(terms), rows(costs).iter().map(to_value).collect())).collect()
}

/// Shares around the right one, at the ends, and by every other solution, each with the receipts that it makes; and
/// the right share with other receipts of the same sum.
fn claims(round: &Round) -> Vec<Value> {
    let terms: Terms = from_value(&round.terms).unwrap_or_else(|error| panic!("{error}"));
    let right: Outcome = from_value(&round.outcome).unwrap_or_else(|error| panic!("{error}"));
    let k = shares(&right);
    let mut tried: Vec<u64> = (k.saturating_sub(2)..=k + 2).collect();
    tried.extend([0, 1, WHOLE - 1, WHOLE, WHOLE + 1, (1 << 40) - 1]);
    let costs: Vec<u64> = round.sealed.iter().flatten().copied().collect();
    if let [generalist, specialist] = costs[..] {
        tried.extend(SOLUTIONS.map(|solution| share(solution, [generalist, specialist])));
    }
    tried.sort_unstable();
    tried.dedup();
    let mut claims: Vec<Outcome> = tried.into_iter().map(|share| native::divided(&terms, share)).collect();
    claims.extend(claims.clone().into_iter().map(|claim| Outcome { share_q32: right.share_q32, ..claim }));
    for from in 0..round.sealed.len() {
        let mut moved = receipts(&right);
        if let Some(less) = moved[from].checked_sub(1) {
            moved[from] = less;
            let to = (from + 1) % moved.len();
            moved[to] += 1;
            claims.push(Outcome { receipts: Some(moved.into_iter().map(Wide).collect()), ..right.clone() });
        }
    }
    let mut claims: Vec<Value> = claims.iter().map(to_value).collect();
    claims.dedup();
    claims
}

/// What the rule card claims.
mod card {
    use super::*;
    use crate::rules::procedures::largest::largest;
    use num_bigint::BigInt;

    /// Both utilities at the share k, times 4·c0·c1·S², and the most that each side could get, times 4·c0·c1.
    struct Utilities {
        costs: [BigInt; 2],
        most: [[BigInt; 2]; 2],
    }

    impl Utilities {
        fn new([c0, c1]: [u64; 2]) -> Self {
            let most = |own: u64, other: u64| {
                let (own, other) = (BigInt::from(own), BigInt::from(other));
                if own <= other { [other, 1.into()] } else { [&own * &own, own * 2 - other] }
            };
            Self { costs: [c0.into(), c1.into()], most: [most(c0, c1), most(c1, c0)] }
        }

        fn at(&self, k: u128) -> [BigInt; 2] {
            let (l, [c0, c1]) = (u128::from(WHOLE) - k, &self.costs);
            [c1 * k * k + c0 * 2 * k * l, c1 * 2 * k * l + c0 * l * l]
        }

        /// What the solution makes largest.
        fn objective(&self, solution: &str, k: u128) -> BigInt {
            let [generalist, specialist] = self.at(k);
            let [[most_g, over_g], [most_d, over_d]] = &self.most;
            match solution {
                "utilitarian" => generalist + specialist,
                "egalitarian" => generalist.min(specialist),
                "nash" => generalist * specialist,
                "kalai-smorodinsky" => (generalist * over_g * most_d).min(specialist * over_d * most_g),
                "powerful-g" => generalist,
                _ => specialist,
            }
        }
    }

    /// The largest value of a function of shares that rises strictly and then does not.
    fn peak(objective: impl Fn(u128) -> BigInt) -> BigInt {
        let best = largest(0, WHOLE.into(), |k| k == 0 || objective(k) > objective(k - 1));
        objective(best)
    }

    /// 7.5 (a), and more: no other whole share does better than k and k + 1.
    pub(super) fn nothing_does_better() {
        for costs in pairs() {
            let utilities = Utilities::new(costs);
            for solution in SOLUTIONS {
                let k = u128::from(share(solution, costs));
                let objective = |k| utilities.objective(solution, k);
                let found = objective(k).max(objective(u128::from(WHOLE).min(k + 1)));
                assert_eq!(found, peak(objective), "{solution} {costs:?}");
            }
        }
    }

    /// 7.5 (b): swapping the costs swaps the shares.
    pub(super) fn sides_are_treated_alike() {
        for [c0, c1] in pairs() {
            for solution in SOLUTIONS {
                let mirrored = match solution {
                    "powerful-g" => "powerful-d",
                    "powerful-d" => "powerful-g",
                    same => same,
                };
                let both = share(solution, [c0, c1]) + share(mirrored, [c1, c0]);
                assert!((WHOLE - 1..=WHOLE).contains(&both), "{solution} {c0} {c1}");
            }
        }
    }

    /// 7.5 (d): between the two extremes.
    pub(super) fn all_lie_between_the_powerful() {
        for costs in pairs() {
            let shares = SOLUTIONS.map(|solution| share(solution, costs));
            assert!(
                shares.iter().all(|share| (shares[0]..=shares[5]).contains(share)),
                "{costs:?}: {shares:?}"
            );
        }
    }

    /// Every utility at the common share k, times 4·c0·S² and the product P of the specialists' costs.
    fn utilities(domains: &[[u64; 2]], costs: &[u64], k: u128) -> Vec<BigInt> {
        let l = u128::from(WHOLE) - k;
        let all: BigInt = costs[1..].iter().map(|cost| BigInt::from(*cost)).product();
        let rate: u64 = domains.iter().map(|domain| domain[0]).sum();
        let mut generalist = &all * rate * rate * k * k;
        let mut utilities = Vec::new();
        for ([own, _], cost) in domains.iter().zip(&costs[1..]) {
            let part = &all / cost * own * own * costs[0];
            generalist += &part * 2 * k * l;
            utilities.push(&all * own * rate * 2 * k * l + part * l * l);
        }
        utilities.push(generalist);
        utilities
    }

    pub(super) fn common_shares_are_the_best() {
        for seed in 0..150 {
            let (domains, costs) = several(&mut StdRng::seed_from_u64(seed));
            for solution in ["utilitarian", "nash"] {
                let objective = |k| {
                    let utilities = utilities(&domains, &costs, k);
                    if solution == "nash" {
                        utilities.iter().product()
                    } else {
                        utilities.iter().sum::<BigInt>()
                    }
                };
                let k = shares(&settle(&terms(solution, &domains, 0), &costs)).into();
                let found = objective(k).max(objective(k + 1));
                assert_eq!(found, peak(objective), "seed {seed}: {solution} {domains:?} {costs:?}");
            }
        }
    }

    /// 7.5 (e): every domain's revenue is fee and two parts, rounded down for operator and generalist.
    pub(super) fn conserves_every_domain() {
        for seed in 0..300 {
            let mut rng = StdRng::seed_from_u64(seed);
            let (domains, costs) = several(&mut rng);
            let bps = [0, 1, 333, 10_000][rng.gen_range(0..4usize)];
            let outcome = settle(&terms("utilitarian", &domains, bps), &costs);
            let share = u128::from(shares(&outcome));
            let (mut total, mut fees, mut generalist) = (0, 0, 0);
            for ([_, revenue], receipt) in domains.iter().zip(&receipts(&outcome)[1..]) {
                let revenue = u128::from(*revenue);
                let fee = revenue * u128::from(bps) / 10_000;
                let part = revenue - fee - receipt;
                assert_eq!(part, (revenue - fee) * share / u128::from(WHOLE), "seed {seed}");
                total += revenue;
                fees += fee;
                generalist += part;
            }
            let found = (outcome.total.0, outcome.fee.0, receipts(&outcome)[0]);
            assert_eq!(found, (total, fees, generalist), "seed {seed}");
            let paid: u128 = receipts(&outcome).iter().sum();
            assert_eq!(paid + fees, total, "seed {seed}");
        }
    }
}
