/** What computing centres do: their loads, and whom they compute for. docs/src/rules/resource-stackelberg.md */
import { sum, WHOLE_PPM } from '../money.js';

/** @typedef {import('./rule.js').Numbers} Numbers */

const WIDEST = (1n << 128n) - 1n;

/** @param {Numbers} terms @returns {bigint[]} */
const costsOf = (terms) => terms.centres.map((/** @type {Numbers} */ centre) => centre.cost_ppm);
/** @param {bigint} a @param {bigint} b */
const compare = (a, b) => (a < b ? -1 : a > b ? 1 : 0);

/**
 * CONTEST: who takes part, how many, and the sum of their costs.
 * @param {bigint[]} costs
 */
function contest(costs) {
  const takesPart = costs.map(() => false);
  let [count, total] = [0n, 0n];
  if (costs.length < 2) return { takesPart, count, total };
  const order = costs.map((_, i) => i).sort((a, b) => compare(costs[a], costs[b]) || a - b);
  for (const i of order) {
    if (costs[i] * count >= total + costs[i]) break;
    takesPart[i] = true;
    [count, total] = [count + 1n, total + costs[i]];
  }
  return { takesPart, count, total };
}

/**
 * The load of each centre.
 * @param {Numbers} terms
 * @param {bigint[]} contributions
 * @returns {bigint[]}
 */
export function loadsOf(terms, contributions) {
  const costs = costsOf(terms);
  const { takesPart, count, total } = contest(costs);
  const others = count > 0n ? count - 1n : 0n;
  const supplied = sum(contributions);
  return costs.map((cost, i) => {
    if (!takesPart[i]) return 0n;
    const load = (terms.unit_cost * supplied * others * (total - others * cost) * WHOLE_PPM) / (terms.centre_unit_cost * total * total);
    return load > WIDEST ? WIDEST : load;
  });
}

/**
 * The centre of each row: dear centres first, each takes the active row that is nearest to its target.
 * @param {Numbers} terms
 * @param {(bigint | null)[]} volumes null for rows that are not active
 * @returns {(bigint | null)[]}
 */
export function matchedCentres(terms, volumes) {
  const costs = costsOf(terms);
  /** @type {(bigint | null)[]} */
  const matched = volumes.map(() => null);
  const active = /** @type {bigint[]} */ (volumes.filter((volume) => volume !== null)).sort(compare);
  if (costs.length === 0 || active.length === 0) return matched;
  const [lowest, spread] = [active[0], active[active.length - 1] - active[0]];
  const sorted = [...costs].sort(compare);
  const highest = sorted[sorted.length - 1];
  const scale = highest > sorted[0] ? highest - sorted[0] : 1n;
  const miss = (/** @type {bigint} */ cost, /** @type {bigint} */ volume) => {
    const distance = volume * scale - (lowest * scale + (highest - cost) * spread);
    return distance < 0n ? -distance : distance;
  };
  const order = costs.map((_, i) => i).sort((a, b) => compare(costs[b], costs[a]) || a - b);
  for (const centre of order) {
    let nearest = -1;
    volumes.forEach((volume, row) => {
      if (volume === null || matched[row] !== null) return;
      if (nearest < 0 || miss(costs[centre], volume) < miss(costs[centre], /** @type {bigint} */ (volumes[nearest]))) nearest = row;
    });
    if (nearest < 0) break;
    matched[nearest] = BigInt(centre);
  }
  return matched;
}
