use super::share::{Bargain, MAX_COST, Solution, WHOLE};
use super::*;
use crate::rule::Refusal;
use crate::rules::cases;
use crate::rules::procedures::largest::largest;
use crate::testing::tempting;
use ark_std::rand::{Rng, SeedableRng};
use num_bigint::BigInt;
use rand::rngs::StdRng;

const SOLUTIONS: [&str; 6] =
    ["powerful-d", "utilitarian", "egalitarian", "nash", "kalai-smorodinsky", "powerful-g"];

fn terms(solution: &str, domains: &[[u64; 2]], fee_bps: u64) -> Terms {
    let domain =
        |[rate, revenue]: &[u64; 2]| Domain { revenue_rate: Amount(*rate), revenue: Amount(*revenue) };
    Terms {
        solution: solution.into(),
        domains: domains.iter().map(domain).collect(),
        fee_bps: BasisPoints(fee_bps),
    }
}

fn rows(costs: &[u64]) -> Vec<Row> {
    costs.iter().map(|cost| Row { cost: Count(*cost) }).collect()
}

fn settle(terms: &Terms, costs: &[u64]) -> Outcome {
    native::evaluate(terms, &rows(costs)).unwrap_or_else(|error| panic!("{terms:?} {costs:?}: {error}"))
}

/// The share of one domain, where rates and revenue do not matter.
fn share(solution: &str, costs: [u64; 2]) -> u64 {
    settle(&terms(solution, &[[1, 0]], 0), &costs).share_q32.0
}

fn cost(rng: &mut StdRng) -> u64 {
    let largest = [12, 1 << 20, MAX_COST][rng.gen_range(0..3usize)];
    if rng.gen_bool(0.2) { tempting(rng).clamp(1, MAX_COST) } else { rng.gen_range(1..=largest) }
}

/// Pairs of costs: a small grid, the ends, and drawn ones.
fn pairs() -> Vec<[u64; 2]> {
    let numbers = [1, 2, 3, 4, 5, 7, 10, MAX_COST / 2, MAX_COST - 1, MAX_COST];
    let mut pairs: Vec<[u64; 2]> = numbers.iter().flat_map(|a| numbers.map(|b| [*a, b])).collect();
    let mut rng = StdRng::seed_from_u64(7);
    pairs.extend((0..400).map(|_| [cost(&mut rng), cost(&mut rng)]));
    pairs
}

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

#[test]
fn is_its_fixtures() {
    cases::check("fine-tuning-bargain-v1", native::evaluate);
}

#[test]
fn refuses_in_order_and_never_by_a_cost() {
    let evaluate = |solution: &str, domains: &[[u64; 2]], fee, costs: usize| {
        native::evaluate(&terms(solution, domains, fee), &vec![Row { cost: Count(0) }; costs]).map(drop)
    };
    let refused = |code| Err(Refusal(code));
    let (low, high, good) = ([0, 1], [65_536, 1], [65_535, u64::MAX]);
    assert_eq!(evaluate("Nash", &[], 10_001, 9), refused("unknown_solution"));
    assert_eq!(evaluate("", &[good], 0, 2), refused("unknown_solution"));
    assert_eq!(evaluate("egalitarian", &[], 10_001, 9), refused("no_domains"));
    assert_eq!(evaluate("egalitarian", &[low; 5], 10_001, 9), refused("too_many_domains"));
    for solution in ["egalitarian", "kalai-smorodinsky", "powerful-g", "powerful-d"] {
        assert_eq!(evaluate(solution, &[low; 2], 10_001, 9), refused("solution_needs_one_domain"));
        assert_eq!(evaluate(solution, &[good], 0, 2), Ok(()));
    }
    assert_eq!(evaluate("nash", &[good, low], 10_001, 9), refused("revenue_rate_out_of_range"));
    assert_eq!(evaluate("nash", &[high, good], 10_001, 9), refused("revenue_rate_out_of_range"));
    assert_eq!(evaluate("nash", &[good; 4], 10_001, 9), refused("fee_above_whole"));
    for wrong in [0, 1, 4, 6] {
        assert_eq!(evaluate("nash", &[good; 4], 10_000, wrong), refused("wrong_row_count"));
    }
    assert_eq!(evaluate("nash", &[good; 4], 10_000, 5), Ok(()));
    assert_eq!(evaluate("utilitarian", &[good; 4], 0, 5), Ok(()));
}

#[test]
fn costs_are_capped_and_zero_counts_as_one() {
    for solution in SOLUTIONS {
        for other in [1, 9, MAX_COST] {
            for (told, meant) in [(0, 1), (1 << 32, MAX_COST), (u64::MAX, MAX_COST)] {
                assert_eq!(share(solution, [told, other]), share(solution, [meant, other]));
                assert_eq!(share(solution, [other, told]), share(solution, [other, meant]));
            }
        }
    }
}

/// 7.5 (a), and more: no other whole share does better than k and k + 1.
#[test]
fn nothing_does_better() {
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
#[test]
fn sides_are_treated_alike() {
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

/// 7.5 (c): one domain is a special case of several.
#[test]
fn one_domain_is_several() {
    for (seed, [c0, c1]) in pairs().into_iter().enumerate() {
        let rates = [StdRng::seed_from_u64(seed as u64).gen_range(1..=65_535)];
        let bargain = Bargain { generalist: c0, specialists: &[c1], rates: &rates };
        assert_eq!(bargain.common_nash(), bargain.share(Solution::Nash).into(), "{c0} {c1}");
        assert_eq!(bargain.common_utilitarian(), bargain.share(Solution::Utilitarian).into(), "{c0} {c1}");
    }
}

/// 7.5 (d): between the two extremes.
#[test]
fn all_lie_between_the_powerful() {
    for costs in pairs() {
        let shares = SOLUTIONS.map(|solution| share(solution, costs));
        assert!(shares.iter().all(|share| (shares[0]..=shares[5]).contains(share)), "{costs:?}: {shares:?}");
    }
}

fn several(rng: &mut StdRng) -> (Vec<[u64; 2]>, Vec<u64>) {
    let count = rng.gen_range(1..=4);
    let largest = if rng.gen_bool(0.5) { 9 } else { 65_535 };
    let domains: Vec<[u64; 2]> = (0..count).map(|_| [rng.gen_range(1..=largest), tempting(rng)]).collect();
    (domains, (0..=count).map(|_| cost(rng)).collect())
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

#[test]
fn common_shares_are_the_best() {
    for seed in 0..150 {
        let (domains, costs) = several(&mut StdRng::seed_from_u64(seed));
        for solution in ["utilitarian", "nash"] {
            let objective = |k| {
                let utilities = utilities(&domains, &costs, k);
                if solution == "nash" { utilities.iter().product() } else { utilities.iter().sum::<BigInt>() }
            };
            let k = settle(&terms(solution, &domains, 0), &costs).share_q32.0.into();
            let found = objective(k).max(objective(k + 1));
            assert_eq!(found, peak(objective), "seed {seed}: {solution} {domains:?} {costs:?}");
        }
    }
}

/// 7.5 (e): every domain's revenue is fee and two parts, rounded down for operator and generalist.
#[test]
fn conserves_every_domain() {
    for seed in 0..300 {
        let mut rng = StdRng::seed_from_u64(seed);
        let (domains, costs) = several(&mut rng);
        let bps = [0, 1, 333, 10_000][rng.gen_range(0..4usize)];
        let outcome = settle(&terms("utilitarian", &domains, bps), &costs);
        let share = u128::from(outcome.share_q32.0);
        let (mut total, mut fees, mut generalist) = (0, 0, 0);
        for ([_, revenue], receipt) in domains.iter().zip(&outcome.receipts[1..]) {
            let revenue = u128::from(*revenue);
            let fee = revenue * u128::from(bps) / 10_000;
            let part = revenue - fee - receipt.0;
            assert_eq!(part, (revenue - fee) * share / u128::from(WHOLE), "seed {seed}");
            total += revenue;
            fees += fee;
            generalist += part;
        }
        let found = (outcome.total.0, outcome.fee.0, outcome.receipts[0].0);
        assert_eq!(found, (total, fees, generalist), "seed {seed}");
        let paid: u128 = outcome.receipts.iter().map(|receipt| receipt.0).sum();
        assert_eq!(paid + fees, total, "seed {seed}");
    }
}

#[test]
fn receipts_can_exceed_64_bits() {
    let outcome = settle(&terms("utilitarian", &[[65_535, u64::MAX]; 4], 0), &[0, u64::MAX, 1 << 32, 7, 9]);
    assert!(outcome.receipts[0].0 > 3 * u128::from(u64::MAX));
    assert_eq!(outcome.total, Wide(4 * u128::from(u64::MAX)));
    let whole = settle(&terms("powerful-g", &[[1, u64::MAX]], 0), &[3, 3]);
    assert_eq!((whole.share_q32, &whole.receipts[..]), (Count(WHOLE), &[Wide(u64::MAX.into()), Wide(0)][..]));
}

#[test]
fn costs_are_not_printed() {
    assert_eq!(format!("{:?}", rows(&[123_456_789])), "[Row(secret)]");
}
