/** What the two auctions with one price share: TOPK's public side, its circuits and its money. */
import { fee, money, sum, WHOLE_BPS } from '../money.js';
import * as is from '../shape.js';
import { impossible, notConserved, wrongPayment } from '../wrong.js';

/** @typedef {import('./rule.js').PublicRound} PublicRound */

const MAX_ROWS = 1 << 20;

const terms = is.object({ copies: is.count, reserve_price: is.count, fee_bps: is.count });
const outcome = {
  clearing_price: is.count,
  sold: is.count,
  won: is.list(is.flag),
  payments: is.list(is.count),
  total: is.wide,
  fee: is.wide,
  proceeds: is.wide,
};

/** @type {import('./rule.js').Rule['refuseTerms']} */
function refuseTerms({ copies, fee_bps }) {
  if (copies === 0n) return 'no_copies';
  return fee_bps > WHOLE_BPS ? 'fee_above_whole' : null;
}

/** @type {import('./rule.js').Rule['refuseCount']} */
const refuseCount = (_, rows) => (rows > MAX_ROWS ? 'too_many_rows' : null);
const maxRows = () => MAX_ROWS;

/** @type {import('./rule.js').Rule['published']} */
const published = (outcome) => ({ won: /** @type {any} */ (outcome).won });

/**
 * What both rules say alike.
 * @type {Pick<import('./rule.js').Rule, 'evidences' | 'sells' | 'terms' | 'outcome' | 'refuseTerms' | 'refuseCount' | 'maxRows' | 'published' | 'sharded'>}
 */
export const common = { evidences: ['proved'], sells: true, terms, outcome, refuseTerms, refuseCount, maxRows, published, sharded: true };

/** @param {boolean[]} won */
const winners = (won) => BigInt(won.filter(Boolean).length);

/**
 * Winners, price and money agree. `payment` says what a winner pays at the price.
 * @param {PublicRound} round
 * @param {(row: number, price: bigint) => bigint} payment
 */
export function check({ terms, rows, outcome }, payment) {
  const { won, payments, clearing_price: price } = outcome;
  if (won.length !== rows.length || payments.length !== rows.length) impossible(`the outcome is not about ${rows.length} rows`);
  const sold = winners(won);
  if (sold > terms.copies) impossible(`${sold} winners of ${terms.copies} copies`);
  if (price < terms.reserve_price) impossible('the price is below the reserve price');
  if (price > terms.reserve_price && sold !== terms.copies) impossible('a price above the reserve price with copies to spare');
  const due = won.map((/** @type {boolean} */ wins, /** @type {number} */ row) => (wins ? payment(row, price) : 0n));
  if (due.some((/** @type {bigint} */ amount, /** @type {number} */ row) => amount !== payments[row])) {
    wrongPayment('a payment is not what the price makes it');
  }
  const total = sum(due);
  if (outcome.sold !== sold || outcome.total !== total) notConserved('total is not the sum of the payments');
  const cut = fee(total, terms.fee_bps);
  if (outcome.fee !== cut || outcome.proceeds !== total - cut) notConserved('total is not proceeds plus the published fee');
  return money({ payments, proceeds: [outcome.proceeds], fee: outcome.fee });
}

/**
 * The public scalars of TOPK's relation in a shard.
 * @param {PublicRound} round
 * @param {import('./rule.js').Shard} shard
 */
export function scalars({ terms, outcome }, { index, count }) {
  const [first, last, price] = [index === 0, index + 1 === count, outcome.clearing_price];
  const spare = winners(outcome.won) < terms.copies && price > 0n;
  const flags = [first, last, first && price > 0n, last && price > terms.reserve_price, last && spare];
  return [price, ...flags.map((flag) => (flag ? 1n : 0n))];
}

/** @param {PublicRound} round @returns {bigint[]} */
export const wonColumn = ({ outcome }) => outcome.won.map((/** @type {boolean} */ won) => (won ? 1n : 0n));

/**
 * The published sizes of a circuit for rows.
 * @param {string[]} matrices of 256, 4096 and 65536 rows
 * @param {Omit<import('./rule.js').Circuit, 'size' | 'capacity' | 'limbBits' | 'matrices' | 'holds'> & {holds?: import('./rule.js').Circuit['holds']}} rest
 * @returns {import('./rule.js').Circuit[]}
 */
export function byRows(matrices, rest) {
  const [sizes, limbs] = [[256, 4096, 65536], [8, 13, 16]];
  return sizes.map((capacity, i) => ({
    holds: (/** @type {any} */ _, /** @type {number} */ rows) => rows <= capacity,
    ...rest,
    size: `${capacity}`,
    capacity,
    limbBits: limbs[i],
    matrices: matrices[i],
  }));
}
