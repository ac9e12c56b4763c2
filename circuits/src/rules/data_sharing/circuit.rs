//! The relation of `data-sharing/v1`, all or nothing; `pin.txt` has the exact counts.
//!
//! Normative text: rules.md section 8.6. One circuit serves all exponents β = p/q: public flags, of which the verifier
//! sets one for p and one for q, choose the powers and, for β = 1, the exact comparisons. `Y(n) = ⌊2^48·n^−β⌋` is
//! proved for both sizes and their sum.
//!
//! Widths. In size, `n < 2^33` and `Y < 2^49`. The two ranges that prove `Y` add up to `((Y+1)^q − Y^q)·n^p − 1`, an
//! integer below 2^249, so it is below 2^201; for β = 3/4 then `4·(Y·n)³ < 2^202`, so `Y^4·n³` and `(Y+1)^4·n³`
//! are below 2^250, and for other exponents powers are below 2^230 anyway: nothing wraps mod `r`. What is compared
//! lies in ±2^153 for β = 1 and in ±2^140 else.

use super::Terms;
use super::market::{INTERCEPT, LEARNING_BITS};
use super::native::{ROWS, weights_and_exponent};
use crate::builder::{Builder, Early, Late, Layout, Num};
use crate::field::{Fr, from_flag, from_integer, from_u64, is_negative};
use crate::gadgets::bits::{bit_var, zero_var};
use crate::gadgets::cap::{cap_bits_var, cap_var};
use crate::gadgets::horner;
use crate::gadgets::lookup::{ClosedLookup, Lookup};
use crate::gadgets::range::{exact_var, in_range};
use crate::proof_system::{Circuit, Tier};
use ark_ff::{One, Zero};
use num_bigint::BigUint;

/// The circuit for the two firms.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DataSharingCircuit {
    limb_bits: u32,
}

/// The published circuit.
pub const TIERS: [DataSharingCircuit; 1] = [DataSharingCircuit { limb_bits: 8 }];

/// Width of a number as it was told.
const TOLD_BITS: u32 = 64;
/// Width of a data size.
const SIZE_BITS: u32 = 32;
/// Width of a learning cost.
const COST_BITS: u32 = 48;
/// Width of `Y`: a wider one would let `Y^4·n³` wrap.
const FACTOR_BITS: u32 = LEARNING_BITS + 1;
/// Width of the distances of `Y^q·n^p` and `(Y+1)^q·n^p` from `2^(48q)`.
const POWER_BITS: u32 = 200;
/// Width of a difference that is compared with 0.
const DIFFERENCE_BITS: u32 = 160;

/// The public scalars: the weights A and g of the two firms' numbers, whether they share, and flags for p and q.
const SCALARS: &[&str] = &[
    "own_weight",
    "rival_weight",
    "share",
    "numerator_1",
    "numerator_2",
    "numerator_3",
    "denominator_1",
    "denominator_2",
    "denominator_3",
    "denominator_4",
];
const NUMERATORS: &[&str] = &["numerator_1", "numerator_2", "numerator_3"];
const DENOMINATORS: &[&str] = &["denominator_1", "denominator_2", "denominator_3", "denominator_4"];

/// The public scalars of a round.
#[must_use]
pub fn scalars(terms: &Terms, share: bool) -> Vec<Fr> {
    // Terms that the rule refuses have no proof.
    let Some((weights, exponent)) = weights_and_exponent(terms) else {
        return vec![Fr::zero(); SCALARS.len()];
    };
    let numerators = (1..=3).map(|p| from_flag(p == exponent.numerator()));
    let denominators = (1..=4).map(|q| from_flag(q == exponent.denominator()));
    let weights = weights.into_iter().map(from_u64);
    weights.chain([from_flag(share)]).chain(numerators).chain(denominators).collect()
}

/// What the prover knows of a round.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Witness {
    /// Each firm's numbers, as they were told.
    pub told: [[Fr; 3]; ROWS],
    /// `Y` of the first size, the second, and both together.
    pub factors: [Fr; 3],
}

impl DataSharingCircuit {
    /// A circuit with limbs of any width, for tests.
    #[cfg(any(test, feature = "testing"))]
    #[must_use]
    pub fn sized(_: usize, limb_bits: u32) -> Self {
        Self { limb_bits }
    }
}

/// A firm's early numbers.
struct Firm {
    /// Size, irreducible cost and learning cost, as they were told.
    told: [Num<Early>; 3],
    /// n, 1 to 2^32 − 1.
    size: Num<Early>,
    /// The demand intercept less the irreducible cost, 0 to 10^6.
    rest: Num<Early>,
    /// b, 1 to 2^48 − 1.
    learning: Num<Early>,
}

/// What data is to a firm alone and beside the other.
struct Position {
    /// What its sales grow with, rounded down.
    margin: Num<Early>,
    /// By how much pooling lowers its cost, rounded down.
    fall: Num<Early>,
    /// b, or 0 if nothing was rounded: margin and fall are at most once and twice that larger.
    error: Num<Early>,
}

/// Early numbers that the late stage needs.
pub struct Wires {
    masks: [Num<Early>; 4],
    told: [Vec<Num<Early>>; 3],
    gives: Vec<Num<Early>>,
    lookup: ClosedLookup,
}

impl Circuit for DataSharingCircuit {
    type Witness = Witness;
    type Wires = Wires;

    fn layout(&self) -> Layout {
        Layout { challenges: 2, sealed: 3, results: super::RESULTS, columns: &[], scalars: SCALARS }
    }

    fn tier(&self) -> Tier {
        Tier { rule: "data-sharing/v1".into(), size: ROWS.to_string() }
    }

    fn capacity(&self) -> usize {
        ROWS
    }

    fn limb_bits(&self) -> u32 {
        self.limb_bits
    }

    fn blank(&self) -> Witness {
        Witness { told: [[Fr::zero(); 3]; ROWS], factors: [Fr::zero(); 3] }
    }

    fn commit(&self, cs: &mut Builder<Early>, witness: &Witness) -> Wires {
        let mut lookup = Lookup::new(self.limb_bits);
        let firms = witness.told.map(|told| firm_var(cs, &mut lookup, told));
        let [first, second] = &firms;
        let sizes = [first.size.clone(), second.size.clone(), first.size.clone() + second.size.clone()];
        let powers = sizes.map(|size| size_powers(cs, size));
        let mut factor = |k: usize| factor_var(cs, &mut lookup, &powers[k], witness.factors[k]);
        let factors = [factor(0), factor(1), factor(2)];
        let mut position = |own: usize, rival: usize| {
            position(cs, &firms[own], &powers[rival], [&factors[own], &factors[2]])
        };
        let positions = [position(0, 1), position(1, 0)];
        decide(cs, &mut lookup, &positions);
        let share = cs.scalar("share");
        let gives = firms.iter().map(|firm| cs.product("a firm that shares gives all", &share, &firm.size));
        let gives = gives.collect();
        let told = [0, 1, 2].map(|column| firms.iter().map(|firm| firm.told[column].clone()).collect());
        Wires { masks: [0, 1, 2, 3].map(|k| cs.mask(k)), told, gives, lookup: lookup.close(cs) }
    }

    fn relate(&self, cs: &mut Builder<Late>, wires: &Wires, _: &Witness) {
        let (rho, x) = (cs.nth_challenge(0), cs.nth_challenge(1));
        let [sizes, irreducible, learning] = &wires.told;
        let linked = [
            // The firms' numbers are those that the ledger's commitments hold.
            ("data sizes are the ledger's", sizes),
            ("irreducible costs are the ledger's", irreducible),
            ("learning costs are the ledger's", learning),
            // What they give is what the settlement publishes or commits to.
            ("gives are the settlement's", &wires.gives),
        ];
        for (column, (property, values)) in linked.into_iter().enumerate() {
            let sum = cs.sum(column);
            let values = std::iter::once(&wires.masks[column]).chain(values);
            horner::sum_is(cs, property, values, &rho, &sum);
        }
        wires.lookup.constrain(cs, &x);
    }
}

/// A firm's numbers, brought into range.
fn firm_var(cs: &mut Builder<Early>, lookup: &mut Lookup, [size, irreducible, learning]: [Fr; 3]) -> Firm {
    let (size_told, size) =
        cap_bits_var(cs, lookup, "more than the largest size counts as that", SIZE_BITS, TOLD_BITS, size);
    let size = size.clone() + zero_var(cs, "a size of zero counts as one", &size);
    let intercept = cs.constant(from_u64(INTERCEPT));
    let property = "more than the largest irreducible cost counts as that";
    let (irreducible_told, irreducible) = cap_var(cs, lookup, property, TOLD_BITS, &intercept, irreducible);
    let property = "more than the largest learning cost counts as that";
    let (learning_told, learning) = cap_bits_var(cs, lookup, property, COST_BITS, TOLD_BITS, learning);
    let learning = learning.clone() + zero_var(cs, "a learning cost of zero counts as one", &learning);
    let told = [size_told, irreducible_told, learning_told];
    Firm { told, size, rest: intercept - irreducible, learning }
}

/// `n, n², n³`.
fn size_powers(cs: &mut Builder<Early>, size: Num<Early>) -> [Num<Early>; 3] {
    let square = cs.product("a power of a size", &size, &size);
    let cube = cs.product("a power of a size", &square, &size);
    [size, square, cube]
}

/// The one of these numbers whose flag is set.
fn chosen(
    cs: &mut Builder<Early>,
    property: &'static str,
    flags: &[&str],
    numbers: &[Num<Early>],
) -> Num<Early> {
    flags.iter().zip(numbers).fold(cs.constant(Fr::zero()), |sum, (name, number)| {
        let flag = cs.scalar(name);
        sum + cs.product(property, &flag, number)
    })
}

/// `2^bits` as a field element.
fn power_of_two(bits: u32) -> Fr {
    from_integer(BigUint::from(1u8) << bits)
}

/// `Y`: the largest number with `Y^q·n^p ≤ 2^(48q)`.
fn factor_var(
    cs: &mut Builder<Early>,
    lookup: &mut Lookup,
    sizes: &[Num<Early>; 3],
    factor: Fr,
) -> Num<Early> {
    let size = chosen(cs, "the size's power is the numerator", NUMERATORS, sizes);
    let mut whole = cs.constant(Fr::zero());
    for (name, q) in DENOMINATORS.iter().zip(1..) {
        whole = whole + cs.scalar(name).scale(power_of_two(LEARNING_BITS * q));
    }
    // 0 ≤ Y < 2^49.
    let y = exact_var(cs, lookup, FACTOR_BITS, factor);
    let (at, next) = factor_powers(cs, &y);
    let property = "the factor's power is the denominator";
    let [at, next] = [at, next].map(|powers| {
        let power = chosen(cs, property, DENOMINATORS, &powers);
        cs.product("a power of a factor times a power of its size", &power, &size)
    });
    // Y^q·n^p ≤ 2^(48q) < (Y + 1)^q·n^p.
    in_range(cs, lookup, "a factor is not too large", POWER_BITS, &(whole.clone() - at));
    let over = next - whole - cs.constant(Fr::one());
    in_range(cs, lookup, "a factor is not too small", POWER_BITS, &over);
    y
}

/// The first to fourth powers of `Y` and of `Y + 1`.
fn factor_powers(cs: &mut Builder<Early>, y: &Num<Early>) -> ([Num<Early>; 4], [Num<Early>; 4]) {
    let mut power = |power: &Num<Early>| cs.product("a power of a factor", power, y);
    let y2 = power(y);
    let y3 = power(&y2);
    let y4 = power(&y3);
    let one = cs.constant(Fr::one());
    let times = |number: &Num<Early>, by: u64| number.clone().scale(from_u64(by));
    let next = [
        y.clone() + one.clone(),
        y2.clone() + times(y, 2) + one.clone(),
        y3.clone() + times(&y2, 3) + times(y, 3) + one.clone(),
        y4.clone() + times(&y3, 4) + times(&y2, 6) + times(y, 4) + one,
    ];
    ([y.clone(), y2, y3, y4], next)
}

/// Margin and fall of a firm: for β = 1 exact and times sizes, else with the factors of its size and of both.
fn position(
    cs: &mut Builder<Early>,
    own: &Firm,
    rival_size: &[Num<Early>; 3],
    [alone, pooled]: [&Num<Early>; 2],
) -> Position {
    let (exact, zero) = (cs.scalar("denominator_1"), cs.constant(Fr::zero()));
    // ((10^6 − a)·n − b)·n_rival and b·n_rival².
    let sized = cs.product("a margin times sizes", &own.rest, &own.size) - own.learning.clone();
    let exact_margin = cs.product("a margin times sizes", &sized, &rival_size[0]);
    let exact_fall = cs.product("a fall times sizes", &own.learning, &rival_size[1]);
    // (10^6 − a)·2^48 − b·(Y + 1) and b·(Y − Y_pooled − 1).
    let cost = cs.product("a cost by a factor", &own.learning, alone);
    let pooled_cost = cs.product("a cost by a factor", &own.learning, pooled);
    let margin = own.rest.clone().scale(power_of_two(LEARNING_BITS)) - cost.clone() - own.learning.clone();
    let fall = cost - pooled_cost - own.learning.clone();
    let mut choose = |rounded: Num<Early>, exactly: Num<Early>| {
        let more = exactly - rounded.clone();
        rounded + cs.product("with an exponent of one nothing is rounded", &exact, &more)
    };
    let margin = choose(margin, exact_margin);
    let fall = choose(fall, exact_fall);
    let error = choose(own.learning.clone(), zero);
    Position { margin, fall, error }
}

/// The firms share if and only if four differences are at least 0: both are active, and neither loses.
fn decide(cs: &mut Builder<Early>, lookup: &mut Lookup, positions: &[Position; ROWS]) {
    let share = cs.scalar("share");
    let one = cs.constant(Fr::one());
    let differences = differences(cs, positions);
    let broken = differences.iter().position(|difference| is_negative(difference.value())).unwrap_or(0);
    let unshared = share.value().is_zero();
    let (mut breaks, mut short) = (cs.constant(Fr::zero()), cs.constant(Fr::zero()));
    for (index, difference) in differences.into_iter().enumerate() {
        // If they share, every difference is at least 0.
        let counted = exact_var(cs, lookup, DIFFERENCE_BITS, share.value() * difference.value());
        cs.enforce("firms share only if no condition is broken", &share, &difference, &counted);
        let bit = bit_var(cs, "a condition is named as broken or not", unshared && index == broken);
        let below = -difference - one.clone();
        short = short + cs.product("the condition named is the one that counts", &bit, &below);
        breaks = breaks + bit;
    }
    // If they do not, one is named, and it is below 0.
    cs.enforce("firms that do not share name one condition", &one, &breaks, &(one.clone() - share));
    in_range(cs, lookup, "the condition named is broken", DIFFERENCE_BITS, &short);
}

/// For each firm: what it sells alone, less 1, and what it gains. Each is the weighted own number less the weighted
/// number of the rival, at the ends of the rounding intervals that are worst for sharing.
fn differences(cs: &mut Builder<Early>, positions: &[Position; ROWS]) -> Vec<Num<Early>> {
    let [own_weight, rival_weight] = ["own_weight", "rival_weight"].map(|name| cs.scalar(name));
    let mut differences = Vec::new();
    for (own, rival) in [(0, 1), (1, 0)] {
        let (own, rival) = (&positions[own], &positions[rival]);
        let margin = rival.margin.clone() + rival.error.clone();
        let fall = rival.fall.clone() + rival.error.clone().scale(from_u64(2));
        let mut weigh = |weight: &Num<Early>, number: &Num<Early>| {
            cs.product("own and rival numbers have their weights", weight, number)
        };
        let sells = weigh(&own_weight, &own.margin) - weigh(&rival_weight, &margin);
        let gains = weigh(&own_weight, &own.fall) - weigh(&rival_weight, &fall);
        differences.extend([sells - cs.constant(Fr::one()), gains]);
    }
    differences
}
