//! The relation of `fine-tuning-bargain/v1`; `pin.txt` has the exact counts.
//!
//! Normative text: rules.md section 7.6. A share `k` of the whole `S = 2^32` is right if a number that falls through 0
//! there is at least 0 at `k` and below 0 at `k + 1`. For one domain that number is a polynomial in `k` of the
//! solution that the terms choose; rational shares `⌊num·S/den⌋` are the polynomial `num·S − den·k`. For several
//! domains it is the utilitarian solution's `num·S − den·k`.
//!
//! One circuit serves all solutions of one domain: public flags, of which the verifier sets exactly one, choose the
//! coefficients. Every number below is an integer of less than 2^206, so nothing wraps mod `r`.
//!
//! What is not asked because it follows: a part is at most its pot, because the share is at most the whole; so
//! receipts are at least 0, and the generalist's is below 4·2^64.

use super::Terms;
use super::native::{MAX_DOMAINS, pots};
use super::share::{Solution, WHOLE, WHOLE_BITS};
use crate::builder::{Builder, Early, Late, Layout, Num};
use crate::field::{Fr, from_flag, from_integer, from_u64};
use crate::gadgets::bits::zero_var;
use crate::gadgets::cap::cap_bits_var;
use crate::gadgets::compare::at_least_var;
use crate::gadgets::horner;
use crate::gadgets::lookup::{ClosedLookup, Lookup};
use crate::gadgets::range::{exact_var, in_range};
use crate::proof_system::{Circuit, Tier};
use ark_ff::{One, Zero};
use num_bigint::BigUint;

/// The circuit for rounds of one domain, or of up to this many.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FineTuningBargainCircuit {
    domains: usize,
    limb_bits: u32,
}

/// The published circuits: every solution for one domain, the utilitarian one for up to four.
pub const TIERS: [FineTuningBargainCircuit; 2] = [
    FineTuningBargainCircuit { domains: 1, limb_bits: 8 },
    FineTuningBargainCircuit { domains: MAX_DOMAINS, limb_bits: 8 },
];

/// Width of a cost, and of what more than the cap is cut down to.
const TOLD_BITS: u32 = 64;
const COST_BITS: u32 = 32;
/// Width of a share: enough for the whole, which is `2^32`, and a multiple of the limb width.
const SHARE_BITS: u32 = 40;
/// Width of a part of a pot.
const PART_BITS: u32 = 64;
/// Width of a polynomial's value next to its root: the slope of the widest, Nash's, is below `60·2^128`.
const VALUE_BITS_ONE: u32 = 136;
/// Width of `num·S − den·k` next to its root: the divisor is below `2^165`.
const VALUE_BITS_SEVERAL: u32 = 168;

/// The public scalars of one domain: flags, one of them set, and what there is to divide.
const SCALARS_ONE: &[&str] =
    &["utilitarian", "egalitarian", "nash", "kalai_smorodinsky", "powerful_g", "powerful_d", "pot_1"];

/// The public scalars of several domains: the square of the sum of the revenue rates and the square of each, what
/// each has to divide, and whether it is there. The first always is; of others there are zeros.
const SCALARS_SEVERAL: &[&str] = &[
    "rates_squared",
    "rate_1_squared",
    "rate_2_squared",
    "rate_3_squared",
    "rate_4_squared",
    "pot_1",
    "pot_2",
    "pot_3",
    "pot_4",
    "used_2",
    "used_3",
    "used_4",
];

/// What the prover knows of a round.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Witness {
    /// Costs as they were told, padded.
    pub costs: Vec<Fr>,
    /// The share.
    pub share: Fr,
    /// The generalist's part of each domain, padded.
    pub parts: Vec<Fr>,
}

impl FineTuningBargainCircuit {
    /// The smaller circuit for up to two rows, else the larger, for tests.
    #[cfg(any(test, feature = "testing"))]
    #[must_use]
    pub fn sized(capacity: usize, limb_bits: u32) -> Self {
        Self { domains: if capacity <= 2 { 1 } else { MAX_DOMAINS }, limb_bits }
    }

    /// Whether a round with these terms can be proved in it.
    pub(super) fn knows(&self, terms: &Terms) -> bool {
        match (Solution::named(&terms.solution), terms.domains.len()) {
            (Some(_), 1) if self.domains == 1 => true,
            (Some(Solution::Utilitarian), 1..) => terms.domains.len() <= self.domains,
            _ => false,
        }
    }

    /// The public scalars of a round.
    #[must_use]
    pub fn scalars(&self, terms: &Terms) -> Vec<Fr> {
        let mut pots: Vec<Fr> = pots(terms).into_iter().map(from_u64).collect();
        pots.resize(self.domains, Fr::zero());
        if self.domains == 1 {
            let chosen = Solution::named(&terms.solution);
            let flags = Solution::ALL.map(|solution| from_flag(chosen == Some(solution)));
            return [flags.to_vec(), pots].concat();
        }
        let rates = terms.domains.iter().map(|domain| from_u64(domain.revenue_rate.0));
        let sum = rates.clone().sum::<Fr>();
        let mut squares: Vec<Fr> = rates.map(|rate| rate * rate).collect();
        squares.resize(self.domains, Fr::zero());
        let used = (2..=self.domains).map(|domain| from_flag(domain <= terms.domains.len()));
        [vec![sum * sum], squares, pots, used.collect()].concat()
    }
}

/// Early numbers that the late stage needs.
pub struct Wires {
    masks: [Num<Early>; 3],
    told: Vec<Num<Early>>,
    receipts: Vec<Num<Early>>,
    shares: Vec<Num<Early>>,
    lookup: ClosedLookup,
}

impl Circuit for FineTuningBargainCircuit {
    type Witness = Witness;
    type Wires = Wires;

    fn layout(&self) -> Layout {
        let scalars = if self.domains == 1 { SCALARS_ONE } else { SCALARS_SEVERAL };
        Layout { challenges: 2, sealed: 1, results: super::RESULTS, columns: &[], scalars }
    }

    fn tier(&self) -> Tier {
        Tier { rule: "fine-tuning-bargain/v1".into(), size: self.domains.to_string() }
    }

    fn capacity(&self) -> usize {
        self.domains + 1
    }

    fn limb_bits(&self) -> u32 {
        self.limb_bits
    }

    fn blank(&self) -> Witness {
        let zeros = |count| vec![Fr::zero(); count];
        Witness { costs: zeros(self.domains + 1), share: Fr::zero(), parts: zeros(self.domains) }
    }

    fn commit(&self, cs: &mut Builder<Early>, witness: &Witness) -> Wires {
        let mut lookup = Lookup::new(self.limb_bits);
        let costs = witness.costs.iter().map(|told| cost_var(cs, &mut lookup, *told));
        let (told, costs): (Vec<_>, Vec<_>) = costs.unzip();
        // 0 ≤ share < 2^40.
        let share = exact_var(cs, &mut lookup, SHARE_BITS, witness.share);
        if let [generalist, specialist] = &costs[..] {
            one_domain(cs, &mut lookup, &share, generalist, specialist);
        } else {
            several_domains(cs, &mut lookup, &share, &costs);
        }
        let receipts = receipts(cs, &mut lookup, &share, &witness.parts);
        let shares = shares(cs, &share, self.domains);
        let masks = [0, 1, 2].map(|k| cs.mask(k));
        Wires { masks, told, receipts, shares, lookup: lookup.close(cs) }
    }

    fn relate(&self, cs: &mut Builder<Late>, wires: &Wires, _: &Witness) {
        let (rho, x) = (cs.nth_challenge(0), cs.nth_challenge(1));
        let [told, receipts, shares] = [&wires.told, &wires.receipts, &wires.shares];
        let linked = [
            // The costs are those that the ledger's commitments hold; padding rows hold 0.
            ("costs are the ledger's", told),
            // Receipts and share are those that the settlement publishes or commits to; of padding rows, 0.
            ("receipts are the settlement's", receipts),
            ("shares are the settlement's", shares),
        ];
        for (column, (property, values)) in linked.into_iter().enumerate() {
            let sum = cs.sum(column);
            let values = std::iter::once(&wires.masks[column]).chain(values);
            horner::sum_is(cs, property, values, &rho, &sum);
        }
        wires.lookup.constrain(cs, &x);
    }
}

/// A number as it was told, below 2^64, and as a cost: from 1 to 2^32 − 1.
fn cost_var(cs: &mut Builder<Early>, lookup: &mut Lookup, told: Fr) -> (Num<Early>, Num<Early>) {
    let property = "more than the largest cost counts as that";
    let (told, capped) = cap_bits_var(cs, lookup, property, COST_BITS, TOLD_BITS, told);
    // 0 counts as 1.
    let floor = zero_var(cs, "a cost of zero counts as one", &capped);
    (told, capped + floor)
}

/// The number that must be at least 0 is, and the one that must be below 0 is.
fn share_is_between(
    cs: &mut Builder<Early>,
    lookup: &mut Lookup,
    bits: u32,
    at: Num<Early>,
    next: Num<Early>,
) {
    // The share is not above the solution.
    in_range(cs, lookup, "the share is not too large", bits, &at);
    // One more would be above it.
    let below = -next - cs.constant(Fr::one());
    in_range(cs, lookup, "the share is not too small", bits, &below);
}

/// The share is that of the solution whose flag is set.
///
/// Between 0 and `S` each polynomial is at least 0 up to one point and below 0 after it, and at `S` it is below 0, or 0
/// where the share is the whole: so one share from 0 to `S` is right.
fn one_domain(
    cs: &mut Builder<Early>,
    lookup: &mut Lookup,
    share: &Num<Early>,
    generalist: &Num<Early>,
    specialist: &Num<Early>,
) {
    // 0 ≤ S − share.
    let rest = cs.constant(from_u64(WHOLE)) - share.clone();
    in_range(cs, lookup, "the share is at most the whole", SHARE_BITS, &rest);
    let polynomial = polynomial(cs, lookup, generalist, specialist);
    let next = share.clone() + cs.constant(Fr::one());
    let at = value(cs, "the value at the share", &polynomial, share);
    let next = value(cs, "the value at the next share", &polynomial, &next);
    share_is_between(cs, lookup, VALUE_BITS_ONE, at, next);
}

/// `S^power` times a number.
fn times_whole(number: Num<Early>, power: u32) -> Num<Early> {
    number.scale(from_integer(BigUint::from(1u8) << (WHOLE_BITS * power)))
}

/// A multiple of a number; `by` may be negative.
fn times(number: &Num<Early>, by: i64) -> Num<Early> {
    number.clone().scale(from_integer(by))
}

/// The coefficients of the chosen solution's polynomial in the share, from the constant up: those of
/// [`share`](super::share), with the sign that makes the polynomial fall through 0.
fn polynomial(
    cs: &mut Builder<Early>,
    lookup: &mut Lookup,
    c0: &Num<Early>,
    c1: &Num<Early>,
) -> [Num<Early>; 4] {
    // By how much the generalist's cost is larger, or 0.
    let larger = at_least_var(cs, lookup, "which cost is larger", COST_BITS, c0, c1);
    let excess = c0.clone() - c1.clone();
    let excess = cs.product("by how much the first cost is larger", &larger, &excess);
    let mut polynomial = [0; 4].map(|_| cs.constant(Fr::zero()));
    let flags = SCALARS_ONE.iter().take(Solution::ALL.len());
    for (name, coefficients) in flags.zip(coefficients(cs, c0, c1, &excess)) {
        let chosen = cs.scalar(name);
        for (sum, coefficient) in polynomial.iter_mut().zip(coefficients) {
            let part = cs.product("the coefficients are the chosen solution's", &chosen, &coefficient);
            *sum = sum.clone() + part;
        }
    }
    polynomial
}

/// The coefficients of every solution, in the order of [`Solution::ALL`]; `excess = max(0, c0 − c1)`.
fn coefficients(
    cs: &mut Builder<Early>,
    c0: &Num<Early>,
    c1: &Num<Early>,
    excess: &Num<Early>,
) -> [Vec<Num<Early>>; 6] {
    let mut product = |a, b| cs.product("a product of two costs", a, b);
    let (aa, ab, bb) = (product(c0, c0), product(c0, c1), product(c1, c1));
    let (xa, xb) = (product(excess, c0), product(excess, c1));
    let (a, b, x) = (c0.clone(), c1.clone(), excess.clone());
    // max(0, c1 − c0).
    let short = b.clone() - a.clone() + x.clone();
    let utilitarian = vec![times_whole(b.clone(), 1), -(a.clone() + b.clone())];
    let egalitarian = vec![
        times_whole(a.clone(), 2),
        times_whole(times(&b, 2) - times(&a, 4), 1),
        times(&a, 3) - times(&b, 3),
    ];
    let nash = vec![
        times_whole(aa.clone(), 3),
        times_whole(times(&ab, 5) - times(&aa, 6), 2),
        times_whole(times(&aa, 9) - times(&ab, 15) + times(&bb, 3), 1),
        times(&ab, 10) - times(&aa, 4) - times(&bb, 4),
    ];
    // −K(k; c0, c1) if c0 ≤ c1. Else K(S − k; c1, c0): what it has more are multiples of c0 − c1.
    let kalai_smorodinsky = vec![
        times_whole(times(&ab, 2) - aa.clone() + times(&xa, 2), 2),
        times_whole(times(&bb, 4) - times(&ab, 8) + times(&aa, 2) - times(&xa, 8) + times(&xb, 4), 1),
        times(&ab, 6) - times(&bb, 5) - aa + times(&xa, 6) - times(&xb, 6),
    ];
    let powerful_g = vec![times_whole(a.clone(), 1), -(a + x)];
    let powerful_d = vec![times_whole(short.clone(), 1), -(b + short)];
    [utilitarian, egalitarian, nash, kalai_smorodinsky, powerful_g, powerful_d]
}

/// A polynomial's value.
fn value(
    cs: &mut Builder<Early>,
    property: &'static str,
    [a0, a1, a2, a3]: &[Num<Early>; 4],
    at: &Num<Early>,
) -> Num<Early> {
    let value = a2.clone() + cs.product(property, a3, at);
    let value = a1.clone() + cs.product(property, &value, at);
    a0.clone() + cs.product(property, &value, at)
}

/// The share is `⌊S·R²P/(R²P + c0·Σ r_i²·P/c_i)⌋`: below `S`, because the first domain's rate is at least 1. Domains
/// that are not there have cost 1 and rate 0.
fn several_domains(cs: &mut Builder<Early>, lookup: &mut Lookup, share: &Num<Early>, costs: &[Num<Early>]) {
    let [c0, c1, c2, c3, c4] = costs else {
        return;
    };
    let mut product = |a, b| cs.product("a product of costs", a, b);
    let (first, last) = (product(c1, c2), product(c3, c4));
    let all = product(&first, &last);
    let all_but = [product(c2, &last), product(c1, &last), product(&first, c4), product(&first, c3)];
    let squares = SCALARS_SEVERAL[1..].iter().zip(&all_but);
    let mut parts = cs.constant(Fr::zero());
    for (name, product) in squares {
        let square = cs.scalar(name);
        parts = parts + cs.product("a domain counts by the square of its rate", &square, product);
    }
    let rates = cs.scalar("rates_squared");
    let own = cs.product("the generalist's weight", &rates, &all);
    let others = cs.product("the specialists' weight", c0, &parts);
    let whole = own.clone() + others;
    let taken = cs.product("the share of all weights", share, &whole);
    let at = times_whole(own, 1) - taken;
    let next = at.clone() - whole;
    share_is_between(cs, lookup, VALUE_BITS_SEVERAL, at, next);
}

/// What each row gets: the generalist the share of every pot, rounded down, each specialist the rest of its own.
fn receipts(
    cs: &mut Builder<Early>,
    lookup: &mut Lookup,
    share: &Num<Early>,
    parts: &[Fr],
) -> Vec<Num<Early>> {
    let mut receipts = vec![cs.constant(Fr::zero())];
    for (part, name) in parts.iter().zip(["pot_1", "pot_2", "pot_3", "pot_4"]) {
        let pot = cs.scalar(name);
        let part = exact_var(cs, lookup, PART_BITS, *part);
        let shifted = times_whole(part.clone(), 1);
        let remainder = share.value() * pot.value() - shifted.value();
        let remainder = exact_var(cs, lookup, WHOLE_BITS, remainder);
        cs.enforce("a part is the share of its pot, rounded down", share, &pot, &(shifted + remainder));
        receipts[0] = receipts[0].clone() + part.clone();
        receipts.push(pot - part);
    }
    receipts
}

/// The share, once for each row; of rows without a domain, 0.
fn shares(cs: &mut Builder<Early>, share: &Num<Early>, domains: usize) -> Vec<Num<Early>> {
    let mut shares = vec![share.clone(); 2];
    for name in ["used_2", "used_3", "used_4"].iter().take(domains - 1) {
        let used = cs.scalar(name);
        shares.push(cs.product("a row that is not there has no share", &used, share));
    }
    shares
}
