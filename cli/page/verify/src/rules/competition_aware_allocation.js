/** `competition-aware-allocation/v1`. docs/src/rules/competition-aware-allocation.md */
import { fee, money, sum, WHOLE_BPS } from '../money.js';
import * as is from '../shape.js';
import { badForm, impossible, notConserved, wrongPayment } from '../wrong.js';

/** @typedef {import('./rule.js').Numbers} Numbers */
/** @typedef {bigint | null} Index */

const MAX_ROWS = 32;
const MAX_ACTIONS = 16;
const RESULTS = ['actions', 'revenues', 'payments'];

/** @param {Index} action */
const numbered = (action) => (action === null ? 0n : action + 1n);

/**
 * The value of each action for the row, null where it cannot be steered to it or it earns nothing.
 * @param {Numbers} terms
 * @param {Numbers} row
 * @returns {Index[]}
 */
function reachable({ action_values: values }, row) {
  const reaches = (/** @type {number} */ i) => ((row.steerable >> BigInt(i)) & 1n) === 1n || row.baseline_action === BigInt(i);
  return values.map((/** @type {bigint} */ value, /** @type {number} */ i) => (value > 0n && reaches(i) ? value : null));
}

/**
 * @param {string} size
 * @param {number} rows
 * @param {number} actions
 * @param {number} limbBits
 * @param {string} matrices
 * @returns {import('./rule.js').Circuit}
 */
const circuit = (size, rows, actions, limbBits, matrices) => ({
  size,
  capacity: rows,
  limbBits,
  challenges: 3,
  sealed: 2,
  inputs: 3 + 2 + 3 + 1 + 3 + 3 * actions,
  matrices,
  holds: (terms, count) => count <= rows && terms.action_values.length <= actions,
  columns: (round) => [round.rows.map(() => 1n)],
  scalars: ({ terms, outcome }) => [
    outcome.total_revenue,
    outcome.total,
    outcome.baseline_revenue,
    ...Array.from({ length: actions }, (_, i) => terms.action_values[i] ?? 0n).flatMap((value) => [
      value,
      value === 0n ? 1n : 0n,
      fee(value, terms.discount_bps),
    ]),
  ],
});

/** @type {import('./rule.js').Rule} */
export const competitionAwareAllocation = {
  id: 'competition-aware-allocation/v1',
  columns: [
    { name: 'steerable', source: 'sealed' },
    { name: 'baseline_action', source: 'sealed' },
  ],
  evidences: ['proved'],
  results: RESULTS,
  sells: true,
  terms: is.object({ action_values: is.list(is.count), discount_bps: is.count }),
  outcome: {
    actions: is.mayMiss(is.list(is.orNull(is.count))),
    revenues: is.mayMiss(is.list(is.count)),
    total_revenue: is.wide,
    payments: is.mayMiss(is.list(is.count)),
    total: is.wide,
    baseline_revenues: is.mayMiss(is.list(is.count)),
    baseline_revenue: is.wide,
  },
  refuseTerms({ action_values: values, discount_bps }) {
    if (values.length === 0) return 'no_actions';
    if (values.length > MAX_ACTIONS) return 'too_many_actions';
    return discount_bps > WHOLE_BPS ? 'discount_above_whole' : null;
  },
  refuseCount: (_, rows) => (rows > MAX_ROWS ? 'too_many_rows' : null),
  maxRows: () => MAX_ROWS,
  check({ terms, disclosure, rows, outcome }) {
    const { actions, revenues, payments, total, total_revenue: revenue } = outcome;
    const shown = RESULTS.filter((name) => outcome[name] !== undefined).length;
    if (shown !== (disclosure === 'public' ? RESULTS.length : 0) || outcome.baseline_revenues !== undefined) {
      badForm('actions, revenues and payments stand in public rounds, and only there; baseline revenues nowhere');
    }
    const values = terms.action_values;
    if (disclosure === 'public') {
      if ([actions, revenues, payments].some((list) => list.length !== rows.length)) impossible('the outcome is not about these rows');
      if (actions.some((/** @type {Index} */ action) => action !== null && action >= BigInt(values.length))) impossible('an action is not in the terms');
      const earned = actions.map((/** @type {Index} */ action) => (action === null ? 0n : values[Number(action)]));
      if (earned.some((/** @type {bigint} */ x, /** @type {number} */ i) => x !== revenues[i])) impossible('a revenue is not what the row’s action earns');
      if (actions.some((/** @type {Index} */ action, /** @type {number} */ i) => action !== null && revenues[i] === 0n)) {
        impossible('an action that earns nothing is assigned');
      }
      const taken = actions.filter((/** @type {Index} */ action) => action !== null);
      if (new Set(taken).size !== taken.length) impossible('two rows are steered to one action');
      if (earned.some((/** @type {bigint} */ x, /** @type {number} */ i) => fee(x, terms.discount_bps) !== payments[i])) {
        wrongPayment('a payment is not the published part of the row’s revenue');
      }
      if (revenue !== sum(revenues)) impossible('the total revenue is not the sum of the revenues');
      if (total !== sum(payments)) notConserved('total is not the sum of the payments');
    }
    const best = [...values].sort((a, b) => (a > b ? -1 : 1)).slice(0, rows.length);
    if (revenue > sum(best)) impossible('a total revenue above what the rows could earn');
    if (total > fee(revenue, terms.discount_bps)) impossible('a total above the published part of the total revenue');
    if (outcome.baseline_revenue > revenue) impossible('with the same data for all the rows would earn more');
    return money({ ...(disclosure === 'public' ? { payments } : { sealedPayments: total }), proceeds: [total] });
  },
  published: (outcome) => Object.fromEntries(Object.entries(/** @type {any} */ (outcome)).filter(([name]) => RESULTS.includes(name))),
  numbers: (outcome) => [(outcome.actions ?? []).map(numbered), outcome.revenues ?? [], outcome.payments ?? []],
  ownView({ terms, outcome, index, row, results }) {
    const wrong = () => wrongPayment('the outcome contradicts what you can be steered to');
    const shown = outcome.actions !== undefined;
    if (shown && index >= outcome.actions.length) wrong();
    const own = shown ? [numbered(outcome.actions[index]), outcome.revenues[index], outcome.payments[index]] : results;
    if (own.length !== 3) wrong();
    const can = reachable(terms, row);
    const action = own[0] === 0n ? null : own[0] - 1n;
    const value = (action === null ? 0n : action < BigInt(can.length) ? can[Number(action)] : null) ?? wrong();
    if (own[1] !== value || own[2] !== fee(value, terms.discount_bps)) wrong();
    // Of actions that nobody got, none serves better: a larger value, or the same and earlier.
    const better = (/** @type {bigint | null} */ other, /** @type {number} */ i) => {
      if (other === null || outcome.actions.includes(BigInt(i))) return false;
      return action === null || other > value || (other === value && BigInt(i) < action);
    };
    if (shown && can.some(better)) wrong();
    return action === null
      ? 'got no action, those you can be steered to serve others better or earn nothing'
      : 'got an action that you can be steered to, at the published part of what it earns';
  },
  circuits: [
    circuit('8x4', 8, 4, 7, '6704c44238d73bee5b293d4d653634d0984a9ca3f341e3d013791db1a162be83'),
    circuit('32x16', 32, 16, 11, '5116e3d278f7a90913744b1da3a14900e0712fe2ef2088e3442ea469d1e7ff78'),
  ],
};
