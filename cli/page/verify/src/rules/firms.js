/** What data-sharing rules know of firms and of how they compete. docs/src/rules/data-sharing.md */

/** @typedef {import('./rule.js').Numbers} Numbers */

export const INTERCEPT = 1_000_000n;
export const MAX_SIZE = (1n << 32n) - 1n;
export const LEARNING_BITS = 48n;
const MAX_LEARNING_COST = (1n << 48n) - 1n;
const MAX_DENOMINATOR = 4n;

/** @param {bigint} number @param {bigint} low @param {bigint} high */
const clamp = (number, low, high) => (number < low ? low : number > high ? high : number);

/**
 * A firm by its numbers, brought into range.
 * @param {Numbers} row
 */
export function firmOf(row) {
  return {
    size: clamp(row.data_size, 1n, MAX_SIZE),
    irreducible: clamp(row.irreducible_cost_ppm, 0n, INTERCEPT),
    learning: clamp(row.learning_cost_ppm, 1n, MAX_LEARNING_COST),
  };
}

/** @param {bigint} a @param {bigint} b @returns {bigint} */
const gcd = (a, b) => (b === 0n ? a : gcd(b, a % b));

/**
 * Why these terms have no market, or null.
 * @param {Numbers} terms
 * @param {string | null} between a refusal that comes after the competition's
 */
export function refuseMarket({ competition, similarity_ppm: similarity, exponent_numerator: p, exponent_denominator: q }, between) {
  if (competition !== 'cournot' && competition !== 'bertrand') return 'unknown_competition';
  if (between !== null) return between;
  if (similarity >= INTERCEPT) return 'similarity_not_below_one';
  return p < 1n || p > q || q > MAX_DENOMINATOR || gcd(p, q) !== 1n ? 'exponent_out_of_range' : null;
}

/**
 * Y(n) = ⌊2^48·n^(−p/q)⌋: the largest y with y^q·n^p ≤ 2^(48q).
 * @param {bigint} size
 * @param {bigint} p
 * @param {bigint} q
 */
export function learning(size, p, q) {
  let [low, high] = [0n, 1n << LEARNING_BITS];
  while (low < high) {
    const middle = (low + high + 1n) / 2n;
    if (middle ** q * size ** p <= 1n << (LEARNING_BITS * q)) low = middle;
    else high = middle - 1n;
  }
  return low;
}
