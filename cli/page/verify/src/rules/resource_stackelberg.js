/** `resource-stackelberg/v1`. docs/src/rules/resource-stackelberg.md */
import { money, WHOLE_PPM } from '../money.js';
import * as is from '../shape.js';
import { badForm, impossible, wrongPayment } from '../wrong.js';
import { loadsOf, matchedCentres } from './centres.js';

/** @typedef {import('./rule.js').Numbers} Numbers */

export const MAX_ROWS = 256;
const MAX_CENTRES = 256;
export const VALUE_END = 1n << 44n;
const MAX_UNIT_COST = (1n << 32n) - 1n;
const MAX_DATA_SIZE = (1n << 32n) - 1n;
const RESULTS = ['receipts', 'contributions_ppm'];
const WITHHELD = [...RESULTS, 'loads_ppm', 'centre'];

/** @param {bigint} cost */
export const refuseUnitCost = (cost) => (cost < 1n || cost > MAX_UNIT_COST ? 'unit_cost_out_of_range' : null);
/** @param {bigint} quality */
export const refuseMinQuality = (quality) => (quality < 1n || quality > WHOLE_PPM ? 'min_quality_out_of_range' : null);

/**
 * The cost of supply of this quality, in parts of 2^32; null if it is below the minimum.
 * @param {bigint} told
 * @param {bigint} minimum
 */
export function supplyCost(told, minimum) {
  const quality = told > WHOLE_PPM ? WHOLE_PPM : told;
  return quality < minimum || quality === 0n ? null : (WHOLE_PPM << 32n) / quality;
}

/** @param {bigint} size @param {bigint} part */
const volume = (size, part) => (size * part) / WHOLE_PPM;

/** @type {import('./rule.js').Rule['check']} */
function check({ terms, disclosure, rows, outcome }) {
  const { budget, active, receipts, contributions_ppm: contributions } = outcome;
  if (WITHHELD.filter((name) => outcome[name] !== undefined).length !== (disclosure === 'public' ? WITHHELD.length : 0)) {
    badForm('receipts, contributions, loads and centres stand in public rounds, and only there');
  }
  const lists = [active, receipts, contributions, outcome.centre].filter((list) => list !== undefined);
  if (lists.some((list) => list.length !== rows.length)) impossible('the outcome is not about these rows');
  if (budget > 0n && budget >= terms.value_scale) impossible('nothing of the value is left beside the budget');
  const count = active.filter(Boolean).length;
  if (count === 1 || count > 0 !== budget > 0n) impossible('two owners or more supply data if the budget is spent, else nobody');
  if (disclosure === 'sealed') return money({ sealedReceipts: budget, revenue: budget });
  const idle = (/** @type {number} */ i) => receipts[i] === 0n && contributions[i] === 0n;
  if (active.some((/** @type {boolean} */ is, /** @type {number} */ i) => !is && !idle(i))) {
    impossible('an owner who is not active supplies nothing and gets nothing');
  }
  const loads = loadsOf(terms, contributions);
  const same = (/** @type {(bigint | null)[]} */ a, /** @type {(bigint | null)[]} */ b) => a.length === b.length && a.every((x, i) => x === b[i]);
  if (!same(loads, outcome.loads_ppm)) impossible('loads are not those of the contributions');
  const volumes = rows.map((row, i) => (active[i] ? volume(row.data_size, contributions[i]) : null));
  if (!same(matchedCentres(terms, volumes), outcome.centre)) impossible('centres are not those of the contributions');
  return money({ receipts, revenue: budget });
}

/**
 * @param {number} capacity
 * @param {number} limbBits
 * @param {string} matrices
 * @returns {import('./rule.js').Circuit}
 */
const circuit = (capacity, limbBits, matrices) => ({
  size: `${capacity}`,
  capacity,
  limbBits,
  challenges: 2,
  sealed: 1,
  inputs: 11,
  matrices,
  holds: (_, rows) => rows <= capacity,
  columns: ({ outcome }) => [outcome.active.map((/** @type {boolean} */ active) => (active ? 1n : 0n))],
  scalars: ({ terms, outcome: { budget } }) => [terms.value_scale, terms.unit_cost, terms.min_quality_ppm, budget, budget > 0n ? 1n : 0n],
});

/** @type {import('./rule.js').Rule} */
export const resourceStackelberg = {
  id: 'resource-stackelberg/v1',
  columns: [
    { name: 'quality_ppm', source: 'sealed' },
    { name: 'data_size', source: 'bid' },
  ],
  evidences: ['proved'],
  results: RESULTS,
  terms: is.object({
    value_scale: is.count,
    unit_cost: is.count,
    min_quality_ppm: is.count,
    centre_unit_cost: is.count,
    centres: is.list(is.object({ cost_ppm: is.count })),
  }),
  outcome: {
    budget: is.count,
    active: is.list(is.flag),
    receipts: is.mayMiss(is.list(is.count)),
    contributions_ppm: is.mayMiss(is.list(is.count)),
    loads_ppm: is.mayMiss(is.list(is.wide)),
    centre: is.mayMiss(is.list(is.orNull(is.count))),
  },
  refuseTerms(terms) {
    if (terms.value_scale >= VALUE_END) return 'value_scale_too_large';
    const refusal = refuseUnitCost(terms.unit_cost) ?? refuseUnitCost(terms.centre_unit_cost) ?? refuseMinQuality(terms.min_quality_ppm);
    if (refusal !== null) return refusal;
    const bad = terms.centres.some((/** @type {Numbers} */ { cost_ppm: cost }) => cost < 1n || cost > WHOLE_PPM);
    if (bad) return 'centre_cost_out_of_range';
    return terms.centres.length > MAX_CENTRES ? 'too_many_centres' : null;
  },
  refuseCount: (_, rows) => (rows > MAX_ROWS ? 'too_many_rows' : null),
  refuseRow: (row) => (row.data_size > MAX_DATA_SIZE ? 'data_size_too_large' : null),
  maxRows: () => MAX_ROWS,
  check,
  published: (outcome) =>
    Object.fromEntries(Object.entries(/** @type {any} */ (outcome)).filter(([name]) => ['active', ...RESULTS, 'centre'].includes(name))),
  numbers: (outcome) => RESULTS.map((name) => outcome[name] ?? []),
  ownView({ terms, outcome, index, row, results }) {
    const [receipt, part] = outcome.receipts === undefined ? results : RESULTS.map((name) => outcome[name][index]);
    const active = outcome.active[index];
    if (receipt === undefined || part === undefined || active === undefined) return wrongPayment('there is no receipt of yours');
    const cost = supplyCost(row.quality_ppm, terms.min_quality_ppm);
    const unit = terms.unit_cost;
    /** @type {bigint[]} */
    const [budget, value] = [outcome.budget, terms.value_scale];
    // ⌈c·T/(n − 1)⌉ is what the value exceeds the budget by; it bounds who takes part.
    const spared = value > budget ? value - budget : 0n;
    const dear = cost !== null && unit * cost > (spared > 0n ? spared - 1n : 0n) << 32n;
    const cheap = cost !== null && unit * cost < spared << 32n;
    const may = cost === null || budget === 0n ? !active : active ? cheap : dear;
    if (!may) wrongPayment('your quality does not fit who is active for this budget');
    if (!active && receipt === 0n && part === 0n) return 'supplies nothing and gets nothing';
    if (active && part * unit <= (receipt + 1n) * WHOLE_PPM && part * unit < 1n << 128n) return 'your supply, and your part of the budget';
    return wrongPayment('your receipt does not fit your supply');
  },
  circuits: [
    circuit(16, 8, '0684dbe66737fbbafdef0f8a6dbca56fa299d4a8c6e53aa4c9f9401b8d795e0f'),
    circuit(256, 11, 'bc129d931e589498b0f389c2d884b617a7aaaeeaedda9583300649266d0a5099'),
  ],
};
