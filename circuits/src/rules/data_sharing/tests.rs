use super::native::evaluate;
use super::*;
use crate::rule::Refusal;
use crate::rules::cases;
use ark_std::rand::{Rng, SeedableRng};
use num_bigint::{BigInt, BigUint};
use num_rational::BigRational;
use num_traits::Signed;
use rand::rngs::StdRng;

const MILLION: u64 = 1_000_000;

fn terms(competition: &str, similarity: u64, bargaining: &str, [p, q]: [u64; 2]) -> Terms {
    Terms {
        competition: competition.into(),
        similarity_ppm: Ppm(similarity),
        bargaining: bargaining.into(),
        exponent_numerator: Count(p),
        exponent_denominator: Count(q),
    }
}

fn row([n, a, b]: [u64; 3]) -> Row {
    Row { data_size: Count(n), irreducible_cost_ppm: Ppm(a), learning_cost_ppm: Ppm(b) }
}

fn settle(terms: &Terms, firms: &[[u64; 3]; 2]) -> Outcome {
    evaluate(terms, &firms.map(row)).unwrap_or_else(|error| panic!("{terms:?} {firms:?}: {error}"))
}

fn whole(number: impl Into<BigInt>) -> BigRational {
    number.into().into()
}

/// Unit cost with β = 1, ppm.
fn cost([_, a, b]: [u64; 3], n: u64) -> BigRational {
    whole(a) + BigRational::new(b.into(), n.into())
}

/// What firms sell (Cournot) or earn per unit (Bertrand), times 4 − γ², by the equilibrium formulas.
fn sales(terms: &Terms, costs: &[BigRational; 2]) -> [BigRational; 2] {
    let (one, similarity) = (whole(1), BigRational::new(terms.similarity_ppm.0.into(), MILLION.into()));
    let [y0, y1] = costs.clone().map(|cost| &one - cost / BigInt::from(MILLION));
    let own = if terms.competition == "cournot" { whole(2) } else { whole(2) - &similarity * &similarity };
    [&own * &y0 - &similarity * &y1, own * y1 - similarity * y0]
}

fn alone(terms: &Terms, firms: &[[u64; 3]; 2]) -> [BigRational; 2] {
    sales(terms, &firms.map(|firm| cost(firm, firm[0])))
}

/// A round whose numbers are in range.
fn draw(rng: &mut StdRng, bargaining: &str) -> (Terms, [[u64; 3]; 2]) {
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

#[test]
fn is_its_fixtures() {
    cases::check("data-sharing-v1", evaluate);
}

#[test]
fn refuses_in_order_and_never_by_a_sealed_number() {
    let evaluate = |competition, bargaining, similarity, exponent, rows| {
        let terms = terms(competition, similarity, bargaining, exponent);
        evaluate(&terms, &vec![row([0, u64::MAX, 0]); rows]).map(drop)
    };
    let refused = |code| Err(Refusal(code));
    assert_eq!(evaluate("Cournot", "all", MILLION, [0, 0], 1), refused("unknown_competition"));
    assert_eq!(evaluate("cournot", "all", MILLION, [0, 0], 1), refused("unknown_bargaining"));
    assert_eq!(evaluate("bertrand", "nash", MILLION, [0, 0], 1), refused("similarity_not_below_one"));
    let bad =
        [[0, 1], [2, 1], [2, 2], [4, 4], [2, 4], [1, 5], [5, 5], [0, 0], [u64::MAX, u64::MAX], [1 << 32, 1]];
    for exponent in bad {
        assert_eq!(evaluate("bertrand", "nash", 0, exponent, 1), refused("exponent_out_of_range"));
    }
    for exponent in [[1, 2], [1, 3], [2, 3], [1, 4], [3, 4]] {
        assert_eq!(evaluate("bertrand", "nash", 0, exponent, 1), refused("nash_needs_exponent_one"));
        assert_eq!(evaluate("bertrand", "all-or-nothing", 0, exponent, 2), Ok(()));
    }
    for wrong in [0, 1, 3] {
        assert_eq!(evaluate("cournot", "nash", 0, [1, 1], wrong), refused("wrong_row_count"));
    }
    assert_eq!(evaluate("cournot", "nash", MILLION - 1, [1, 1], 2), Ok(()));
}

#[test]
fn numbers_are_brought_into_range() {
    let largest = [(1 << 32) - 1, MILLION, (1 << 48) - 1];
    for bargaining in ["all-or-nothing", "nash"] {
        let terms = terms("cournot", 100_000, bargaining, [1, 1]);
        let sane = [5, 10, 1_000_000];
        assert_eq!(settle(&terms, &[[0, 10, 0], sane]), settle(&terms, &[[1, 10, 1], sane]));
        for column in 0..3 {
            for firm in [sane, [1 << 32, 10, 1 << 40]] {
                let (mut told, mut meant) = (firm, firm);
                (told[column], meant[column]) = (u64::MAX, largest[column]);
                assert_eq!(settle(&terms, &[told, sane]), settle(&terms, &[meant, sane]));
            }
        }
    }
    // A firm without data counts as having one record, and gives it.
    let terms = terms("cournot", 0, "all-or-nothing", [1, 1]);
    let outcome = settle(&terms, &[[0, 0, 1], [u64::MAX, 0, 1]]);
    assert_eq!((outcome.share, outcome.gives), (true, [Count(1), Count((1 << 32) - 1)]));
}

/// 8.5 (a) and (d): sharing is what the equilibrium says, and independent firms in business always share.
#[test]
fn sharing_is_what_the_equilibrium_says() {
    let mut shared = 0;
    for seed in 0..3_000 {
        let (terms, firms) = draw(&mut StdRng::seed_from_u64(seed), "all-or-nothing");
        let alone = alone(&terms, &firms);
        let pooled = sales(&terms, &firms.map(|firm| cost(firm, firms[0][0] + firms[1][0])));
        let active = alone.iter().all(Signed::is_positive);
        let expected = active && alone.iter().zip(&pooled).all(|(alone, pooled)| pooled >= alone);
        let outcome = settle(&terms, &firms);
        assert_eq!(outcome.share, expected, "seed {seed}: {terms:?} {firms:?}");
        let gives = if expected { firms.map(|firm| Count(firm[0])) } else { [Count(0); 2] };
        assert_eq!(outcome.gives, gives, "seed {seed}");
        assert!(terms.similarity_ppm.0 > 0 || outcome.share == active, "seed {seed}: independent goods");
        shared += u32::from(expected);
    }
    assert!((300..2_700).contains(&shared), "{shared} of 3000 share: one side is hardly tested");
}

/// Step 2 of 8.2 with this many bits instead of 48.
fn surely_shares(bits: u32, terms: &Terms, firms: &[[u64; 3]; 2]) -> bool {
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

/// 8.5 (b): where 48 bits say yes, 200 bits do; they miss few.
#[test]
fn rounding_never_makes_firms_share() {
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

#[test]
fn learning_is_the_exact_root() {
    for [p, q] in [[1, 1], [1, 2], [1, 3], [2, 3], [1, 4], [3, 4]] {
        let exponent = market::Exponent::new(Count(p), Count(q)).unwrap();
        let largest = (1u64 << 32) - 1;
        for n in (1..=40).chain([largest, 2 * largest, 6 * largest, 1 << 24, 1 << 32]) {
            let y = exponent.learning(n);
            let fits = |y: u64| {
                BigUint::from(y).pow(q as u32) * BigUint::from(n).pow(p as u32)
                    <= BigUint::from(1u32) << (48 * q)
            };
            assert!(fits(y) && !fits(y + 1), "{p}/{q} {n}");
        }
        assert_eq!(exponent.learning(1), 1 << 48);
    }
}

/// The bargain of the text along one edge, record by record: the smallest best d and its product.
struct Edge {
    costs: [BigRational; 2],
    own: BigRational,
    rival: BigRational,
    giver: [u64; 3],
    other: [u64; 3],
}

impl Edge {
    fn new(terms: &Terms, giver: [u64; 3], other: [u64; 3]) -> Self {
        let similarity = whole(terms.similarity_ppm.0);
        let mut own = whole(2 * MILLION * MILLION);
        if terms.competition == "bertrand" {
            own -= &similarity * &similarity;
        }
        let costs = [giver, other].map(|firm| cost(firm, firm[0]));
        Self { costs, own, rival: similarity * BigInt::from(MILLION), giver, other }
    }

    /// The product at d, if d is admissible.
    fn product(&self, d: u64) -> Option<BigRational> {
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

    fn best(&self, among: impl Iterator<Item = u64>) -> Option<(u64, BigRational)> {
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

fn nash_by_the_text(terms: &Terms, firms: &[[u64; 3]; 2]) -> Option<[u64; 2]> {
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

/// 8.5 (c): every number of both edges was tried, and both profits strictly rise.
#[test]
fn the_bargain_is_the_best_of_all() {
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
        assert_eq!(outcome.gives, expected.unwrap_or([0, 0]).map(Count), "{about}");
        let Some([first, second]) = expected else {
            shared[2] += 1;
            continue;
        };
        let reached = [cost(firms[0], firms[0][0] + second), cost(firms[1], firms[1][0] + first)];
        let better = sales(&terms, &reached);
        assert!(alone(&terms, &firms).iter().zip(&better).all(|(before, after)| after > before), "{about}");
        shared[usize::from(first < firms[0][0])] += 1;
    }
    assert!(shared.iter().all(|count| *count > 10), "{shared:?}: one case is hardly tested");
}

/// Every round of a small grid, so that edges that are equally good occur.
#[test]
fn the_first_edge_wins_a_tie() {
    let mut equal_edges = 0;
    for (n0, n1) in (1..=5).flat_map(|n0| (1..=5).map(move |n1| (n0, n1))) {
        for (b0, b1) in (1..=4).flat_map(|b0| (1..=4).map(move |b1| (b0 * 50_000, b1 * 50_000))) {
            for similarity in [0, 500_000, 800_000] {
                let firms = [[n0, 0, b0], [n1, 0, b1]];
                let terms = terms("cournot", similarity, "nash", [1, 1]);
                let expected = nash_by_the_text(&terms, &firms);
                let outcome = settle(&terms, &firms);
                assert_eq!(outcome.gives, expected.unwrap_or([0, 0]).map(Count), "{terms:?} {firms:?}");
                let from_first = Edge::new(&terms, firms[0], firms[1]).best(0..=n0);
                let from_second = Edge::new(&terms, firms[1], firms[0]).best(0..=n1);
                equal_edges +=
                    u32::from(outcome.share && from_first.map(|x| x.1) == from_second.map(|x| x.1));
            }
        }
    }
    assert!(equal_edges > 100, "{equal_edges}");
}

/// The one kind of plateau: 17·(10^6 − c_e) = 8·(10^6 − c_o) and f(1) + f(2) = 17·F/4 at A = 4·g.
#[test]
fn a_level_step_gives_the_smaller_number() {
    let terms = terms("cournot", 500_000, "nash", [1, 1]);
    let (giver, other) = ([2, 586_000, 28_000], [1, 133_000, 17_000]);
    let edge = Edge::new(&terms, giver, other);
    assert!(edge.product(1).is_some() && edge.product(1) == edge.product(2), "level");
    assert_eq!(settle(&terms, &[giver, other]).gives, [Count(1), Count(1)]);
    // Pooling everything lies on both edges and is as good: the first edge wins.
    assert_eq!(settle(&terms, &[other, giver]).gives, [Count(1), Count(2)]);
    for firms in [[giver, other], [other, giver]] {
        assert_eq!(nash_by_the_text(&terms, &firms), Some(settle(&terms, &firms).gives.map(|given| given.0)));
    }
}

/// With up to 2^32 − 1 records: better than its neighbours, than the ends and than drawn numbers.
#[test]
fn the_bargain_over_many_records() {
    let most = (1u64 << 32) - 1;
    let mut shared = 0;
    for seed in 0..200 {
        let mut rng = StdRng::seed_from_u64(seed);
        let mut firm = || {
            let n = [most, most - 1, 1 << 31, rng.gen_range(1..=most), 1][rng.gen_range(0..5usize)];
            [n, 0, (n * rng.gen_range(1..60_000)).min((1 << 48) - 1)]
        };
        let firms = [firm(), firm()];
        let similarity = [0, 300_000, 700_000, 999_999][rng.gen_range(0..4usize)];
        let terms = terms(if seed % 2 == 0 { "cournot" } else { "bertrand" }, similarity, "nash", [1, 1]);
        let outcome = settle(&terms, &firms);
        let edges = [Edge::new(&terms, firms[0], firms[1]), Edge::new(&terms, firms[1], firms[0])];
        let gives = outcome.gives.map(|given| given.0);
        let tried = edges.iter().zip(gives).filter_map(|(edge, d)| {
            let whole = edge.giver[0];
            let drawn: Vec<u64> = (0..40).map(|_| rng.gen_range(0..=whole)).collect();
            let near = (d.saturating_sub(3)..=d.saturating_add(3)).filter(|near| *near <= whole);
            Some(edge.best(drawn.into_iter().chain(near).chain([0, 1, whole - 1, whole]))?.1)
        });
        let found = tried.max();
        let about = format!("seed {seed}: {terms:?} {firms:?}: {gives:?}");
        assert_eq!(
            found.is_some() && alone(&terms, &firms).iter().all(Signed::is_positive),
            outcome.share,
            "{about}"
        );
        if outcome.share {
            let given =
                [0, 1].map(|e| edges[e].product(gives[e]).filter(|_| gives[1 - e] == firms[1 - e][0]));
            assert_eq!(found, given.into_iter().flatten().max(), "{about}");
            shared += 1;
        }
    }
    assert!(shared > 100, "{shared}");
}

#[test]
fn private_numbers_are_not_printed() {
    assert_eq!(format!("{:?}", row([123, 456, 789])), "Row(secret)");
}
