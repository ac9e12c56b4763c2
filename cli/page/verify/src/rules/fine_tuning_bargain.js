/** `fine-tuning-bargain/v1`. docs/src/rules/fine-tuning-bargain.md */
import { fee, money, sum, WHOLE_BPS } from '../money.js';
import * as is from '../shape.js';
import { badForm, impossible, notConserved, wrongPayment } from '../wrong.js';

/** @typedef {import('./rule.js').Numbers} Numbers */

const MAX_DOMAINS = 4;
const MAX_RATE = (1n << 16n) - 1n;
const WHOLE = 1n << 32n;
const SOLUTIONS = ['utilitarian', 'egalitarian', 'nash', 'kalai-smorodinsky', 'powerful-g', 'powerful-d'];

/** @param {Numbers} terms @returns {bigint[]} */
const fees = (terms) => terms.domains.map((/** @type {Numbers} */ { revenue }) => fee(revenue, terms.fee_bps));
/** @param {Numbers} terms @returns {bigint[]} */
const pots = (terms) => fees(terms).map((cut, i) => terms.domains[i].revenue - cut);

/** @param {Numbers} terms @param {bigint} share */
function divided(terms, share) {
  const generalist = pots(terms).map((pot) => (share * pot) / WHOLE);
  return [sum(generalist), ...pots(terms).map((pot, i) => pot - generalist[i])];
}

/**
 * @param {number} domains
 * @param {number} inputs
 * @param {string} matrices
 * @returns {import('./rule.js').Circuit}
 */
const circuit = (domains, inputs, matrices) => ({
  size: `${domains}`,
  capacity: domains + 1,
  limbBits: 8,
  challenges: 2,
  sealed: 1,
  inputs,
  matrices,
  holds(terms, rows) {
    const count = terms.domains.length;
    const knows = domains === 1 && count === 1 ? SOLUTIONS.includes(terms.solution) : terms.solution === 'utilitarian' && count >= 1 && count <= domains;
    return rows <= domains + 1 && knows;
  },
  columns: () => [],
  scalars({ terms }) {
    const filled = (/** @type {bigint[]} */ numbers) => Array.from({ length: domains }, (_, i) => numbers[i] ?? 0n);
    if (domains === 1) return [...SOLUTIONS.map((name) => (name === terms.solution ? 1n : 0n)), ...filled(pots(terms))];
    const rates = terms.domains.map((/** @type {Numbers} */ domain) => domain.revenue_rate);
    const used = Array.from({ length: domains - 1 }, (_, i) => (i + 2 <= rates.length ? 1n : 0n));
    return [sum(rates) ** 2n, ...filled(rates.map((/** @type {bigint} */ rate) => rate ** 2n)), ...filled(pots(terms)), ...used];
  },
});

/** @type {import('./rule.js').Rule} */
export const fineTuningBargain = {
  id: 'fine-tuning-bargain/v1',
  columns: [{ name: 'cost', source: 'sealed' }],
  evidences: ['proved', 'asserted'],
  results: ['receipts', 'share_q32'],
  terms: is.object({ solution: is.text, domains: is.list(is.object({ revenue_rate: is.count, revenue: is.count })), fee_bps: is.count }),
  outcome: { share_q32: is.mayMiss(is.count), receipts: is.mayMiss(is.list(is.wide)), total: is.wide, fee: is.wide },
  evidence: ({ solution, domains }) => (solution === 'nash' && domains.length > 1 ? 'asserted' : 'proved'),
  refuseTerms({ solution, domains, fee_bps }) {
    if (!SOLUTIONS.includes(solution)) return 'unknown_solution';
    if (domains.length === 0) return 'no_domains';
    if (domains.length > MAX_DOMAINS) return 'too_many_domains';
    if (domains.length > 1 && solution !== 'utilitarian' && solution !== 'nash') return 'solution_needs_one_domain';
    if (domains.some((/** @type {Numbers} */ { revenue_rate: rate }) => rate < 1n || rate > MAX_RATE)) return 'revenue_rate_out_of_range';
    return fee_bps > WHOLE_BPS ? 'fee_above_whole' : null;
  },
  refuseCount: ({ domains }, rows) => (rows === domains.length + 1 ? null : 'wrong_row_count'),
  maxRows: ({ domains }) => domains.length + 1,
  check({ terms, disclosure, outcome }) {
    const { share_q32: share, receipts, total } = outcome;
    const isPublic = disclosure === 'public';
    if ((share !== undefined) !== isPublic || (receipts !== undefined) !== isPublic) badForm('share and receipts stand in public rounds, and only there');
    if (isPublic) {
      if (receipts.length !== terms.domains.length + 1) impossible('the outcome is not about these rows');
      if (share > WHOLE) impossible('the share is above the whole');
      if (divided(terms, share).some((due, i) => due !== receipts[i])) wrongPayment('a receipt is not what the share makes it');
    }
    if (total !== sum(terms.domains.map((/** @type {Numbers} */ { revenue }) => revenue))) notConserved('total is not the sum of the revenues');
    if (outcome.fee !== sum(fees(terms))) notConserved('the fee is not the published share');
    return money({ ...(isPublic ? { receipts } : { sealedReceipts: /** @type {bigint} */ (total) - /** @type {bigint} */ (outcome.fee) }), revenue: total, fee: outcome.fee });
  },
  published: (outcome) => {
    const { receipts } = /** @type {any} */ (outcome);
    return receipts === undefined ? {} : { receipts };
  },
  numbers: (outcome) => {
    const receipts = outcome.receipts ?? [];
    return [receipts, receipts.map(() => outcome.share_q32 ?? 0n)];
  },
  ownView({ terms, outcome, index, results }) {
    const shown = outcome.receipts !== undefined && outcome.share_q32 !== undefined;
    const [receipt, share] = shown ? [outcome.receipts[index], outcome.share_q32] : results;
    if (receipt === undefined || share === undefined) wrongPayment('there is no receipt of yours');
    if (share > WHOLE) wrongPayment('the share is above the whole');
    if (divided(terms, share)[index] !== receipt) wrongPayment('your receipt is not what the share makes it');
    return index === 0 ? 'the agreed share of every domain after the fee' : 'what the agreed share leaves of your domain after the fee';
  },
  circuits: [
    circuit(1, 12, 'd2ecc3d1db56d3b98a3459262b6aa940754895725bfcee2a3555595b229a417e'),
    circuit(4, 17, '8b6da40e0e6167243efb7be8f43a446c6786b32d80773bd0197ec0bdd0a23239'),
  ],
};
