/** `assignment/v1`. docs/src/rules/assignment.md */
import { fee, money, sum, WHOLE_BPS } from '../money.js';
import * as is from '../shape.js';
import { impossible, notConserved, wrongPayment } from '../wrong.js';

/** @typedef {import('./rule.js').Numbers} Numbers */

const MAX_ROWS = 32;
const MAX_ITEMS = 16;

/** @param {Numbers} outcome @param {number} item */
const soldOf = (outcome, item) => BigInt(outcome.assigned.filter((/** @type {bigint | null} */ held) => held === BigInt(item)).length);

/**
 * @param {string} size
 * @param {number} rows
 * @param {number} items
 * @param {number} limbBits
 * @param {string} matrices
 * @returns {import('./rule.js').Circuit}
 */
const circuit = (size, rows, items, limbBits, matrices) => ({
  size,
  capacity: rows,
  limbBits,
  challenges: 2,
  sealed: items,
  inputs: 2 + items + items + 3 * items,
  matrices,
  holds: (terms, count) => count <= rows && terms.items.length <= items,
  columns: ({ outcome }) =>
    Array.from({ length: items }, (_, item) => outcome.assigned.map((/** @type {bigint | null} */ held) => (held === BigInt(item) ? 1n : 0n))),
  scalars: ({ terms, outcome }) =>
    Array.from({ length: items }, (_, item) => {
      const { copies, reserve_price: reserve } = terms.items[item] ?? { copies: 1n, reserve_price: 0n };
      const price = outcome.prices[item] ?? 0n;
      return [price, price > reserve ? 1n : 0n, soldOf(outcome, item) < copies ? 1n : 0n];
    }).flat(),
});

/** @type {import('./rule.js').Rule} */
export const assignment = {
  id: 'assignment/v1',
  columns: [{ name: 'valuations', source: 'sealed', list: true }],
  evidences: ['proved'],
  sells: true,
  terms: is.object({ items: is.list(is.object({ copies: is.count, reserve_price: is.count })), fee_bps: is.count }),
  outcome: {
    assigned: is.list(is.orNull(is.count)),
    prices: is.list(is.count),
    payments: is.list(is.count),
    total: is.wide,
    fee: is.wide,
    proceeds: is.list(is.wide),
  },
  listLength: (terms) => terms.items.length,
  refuseTerms({ items, fee_bps }) {
    if (items.length === 0) return 'no_items';
    if (items.length > MAX_ITEMS) return 'too_many_items';
    if (items.some((/** @type {Numbers} */ item) => item.copies === 0n)) return 'no_copies';
    return fee_bps > WHOLE_BPS ? 'fee_above_whole' : null;
  },
  refuseCount: (_, rows) => (rows > MAX_ROWS ? 'too_many_rows' : null),
  maxRows: () => MAX_ROWS,
  check({ terms, rows, outcome }) {
    const { assigned, prices, payments, proceeds } = outcome;
    const items = terms.items.length;
    if (assigned.length !== rows.length) impossible(`the outcome is not about ${rows.length} rows`);
    if (prices.length !== items) impossible(`there are not ${items} prices`);
    if (assigned.some((/** @type {bigint | null} */ item) => item !== null && item >= BigInt(items))) impossible(`an item is not one of the ${items}`);
    terms.items.forEach((/** @type {Numbers} */ { copies, reserve_price: reserve }, /** @type {number} */ item) => {
      const sold = soldOf(outcome, item);
      if (sold > copies) impossible(`${sold} of ${copies} copies of item ${item} are sold`);
      if (prices[item] < reserve) impossible(`the price of item ${item} is below its reserve price`);
      if (prices[item] > reserve && sold < copies) impossible(`item ${item} costs more than its reserve price and has copies to spare`);
    });
    const due = assigned.map((/** @type {bigint | null} */ item) => (item === null ? 0n : prices[Number(item)]));
    if (due.length !== payments.length || due.some((/** @type {bigint} */ x, /** @type {number} */ i) => x !== payments[i])) {
      wrongPayment('a payment is not the price of the row’s item');
    }
    const gross = prices.map((/** @type {bigint} */ price, /** @type {number} */ item) => price * soldOf(outcome, item));
    if (outcome.total !== sum(gross)) notConserved('total is not the sum of the payments');
    const fees = gross.map((/** @type {bigint} */ amount) => fee(amount, terms.fee_bps));
    const right = proceeds.length === items && gross.every((/** @type {bigint} */ amount, /** @type {number} */ i) => proceeds[i] === amount - fees[i]);
    if (outcome.fee !== sum(fees) || !right) notConserved('what an item brings in is not its proceeds plus the published fee');
    return money({ payments, proceeds, fee: outcome.fee });
  },
  published: (outcome) => ({ assigned: /** @type {any} */ (outcome).assigned }),
  ownView({ outcome, index, row }) {
    const { assigned, prices } = outcome;
    const wrong = () => wrongPayment('the outcome contradicts your valuations');
    if (row.valuations.length !== prices.length || index >= assigned.length) wrong();
    const utilities = prices.map((/** @type {bigint} */ price, /** @type {number} */ i) => row.valuations[i] - price);
    const item = assigned[index];
    if (item !== null && (item >= BigInt(utilities.length) || row.valuations[Number(item)] === 0n)) wrong();
    const own = item === null ? 0n : utilities[Number(item)];
    if (own < 0n || utilities.some((/** @type {bigint} */ other) => other > own)) wrong();
    return item === null
      ? 'got no item, none is worth more to you than it costs'
      : 'got an item that is worth at least as much above its price as any other';
  },
  circuits: [
    circuit('8x4', 8, 4, 7, '1ea77d0baf1114b55c2ef02e9608d9a502aaafd20d44b045849778847178a4ac'),
    circuit('32x16', 32, 16, 11, 'c43e95e938d1f1264881b0ab2316ba6fad5a4895f26a09014a9c122fee7ec3a9'),
  ],
};
