/** `resource-stackelberg-capped/v1`: asserted. docs/src/rules/resource-stackelberg-capped.md */
import { money } from '../money.js';
import * as is from '../shape.js';
import { impossible, wrongPayment } from '../wrong.js';
import { MAX_ROWS, VALUE_END, refuseMinQuality, refuseUnitCost, supplyCost } from './resource_stackelberg.js';

const MAX_CAPACITY = (1n << 32n) - 1n;

/** @type {import('./rule.js').Rule} */
export const resourceStackelbergCapped = {
  id: 'resource-stackelberg-capped/v1',
  columns: ['quality_ppm', 'capacity_ppm'].map((name) => ({ name, source: 'sealed' })),
  evidences: ['asserted'],
  leavesDust: true,
  terms: is.object({ budget: is.count, unit_cost: is.count, min_quality_ppm: is.count }),
  outcome: { receipts: is.list(is.count), contributions_ppm: is.list(is.count), at_capacity: is.list(is.flag), dust: is.count },
  refuseTerms: (terms) =>
    (terms.budget >= VALUE_END ? 'budget_too_large' : null) ?? refuseUnitCost(terms.unit_cost) ?? refuseMinQuality(terms.min_quality_ppm),
  refuseCount: (_, rows) => (rows > MAX_ROWS ? 'too_many_rows' : null),
  maxRows: () => MAX_ROWS,
  check({ terms, rows, outcome }) {
    const { receipts, contributions_ppm: contributions, at_capacity: full, dust } = outcome;
    if ([receipts, contributions, full].some((list) => list.length !== rows.length)) impossible('the outcome is not about these rows');
    if (contributions.some((/** @type {bigint} */ part) => part > MAX_CAPACITY)) impossible('a contribution above every capacity');
    if (contributions.some((/** @type {bigint} */ part, /** @type {number} */ i) => full[i] && part === 0n)) {
      impossible('an owner without capacity supplies nothing');
    }
    if (dust > 0n && dust !== terms.budget) impossible('the budget is spent wholly or not at all');
    const idle = [...receipts, ...contributions].every((number) => number === 0n);
    if ((dust > 0n || terms.budget === 0n) && !idle) impossible('owners supply and get nothing when the budget is not spent');
    if (dust === 0n && terms.budget > 0n && rows.length < 2) impossible('a contest of fewer than two');
    return money({ receipts, revenue: terms.budget, dust });
  },
  published: (outcome) => {
    const { receipts, contributions_ppm, at_capacity } = /** @type {any} */ (outcome);
    return { receipts, contributions_ppm, at_capacity };
  },
  ownView({ terms, outcome, index, row }) {
    const cost = supplyCost(row.quality_ppm, terms.min_quality_ppm);
    const capacity = row.capacity_ppm > MAX_CAPACITY ? MAX_CAPACITY : row.capacity_ppm;
    const [receipt, part, full] = [outcome.receipts[index], outcome.contributions_ppm[index], outcome.at_capacity[index]];
    if (cost !== null && capacity >= 1n) {
      if (full === true && part === capacity) return 'supplies all it has';
      if (full === false && part < capacity) return 'supplies less than it has';
    } else if (receipt === 0n && part === 0n && full === false) return 'takes no part';
    return wrongPayment('the outcome contradicts your quality or capacity');
  },
};
