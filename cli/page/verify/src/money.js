/** The money of a settlement, and what rules share about it. docs/src/reference/rules.md. */

const WIDE_END = 1n << 128n;

/**
 * @typedef {object} Money what moves; payments = receipts + proceeds + fee + dust
 * @property {bigint[]} payments from each row's party to the market; empty if the round seals them
 * @property {bigint} sealedPayments the sum of sealed payments
 * @property {bigint[]} receipts from the market to each row's party; empty if the round seals them
 * @property {bigint} sealedReceipts the sum of sealed receipts
 * @property {bigint[]} proceeds to the seller of each item
 * @property {bigint} revenue paid in from outside the rows
 * @property {bigint} fee to the operator
 * @property {bigint} dust what the rule leaves undistributed
 */

/**
 * Money of which nothing else moves.
 * @param {Partial<Money>} moved
 * @returns {Money}
 */
export function money(moved) {
  const none = { payments: [], sealedPayments: 0n, receipts: [], sealedReceipts: 0n, proceeds: [], revenue: 0n, fee: 0n, dust: 0n };
  return { ...none, ...moved };
}

/** @param {bigint[]} amounts */
export const sum = (amounts) => amounts.reduce((all, amount) => all + amount, 0n);

/** @param {Money} money */
export const paid = (money) => sum(money.payments) + money.sealedPayments + money.revenue;

/** @param {Money} money */
export const received = (money) => sum(money.receipts) + money.sealedReceipts + sum(money.proceeds);

/**
 * Whether money in equals money out, to the last minor unit; sums are below 2^128.
 * @param {Money} money
 */
export function isConserved(money) {
  const out = received(money) + money.fee + money.dust;
  return out < WIDE_END && out === paid(money);
}

export const WHOLE_BPS = 10_000n;
export const WHOLE_PPM = 1_000_000n;

/** FEE(total, bps). @param {bigint} total @param {bigint} bps */
export const fee = (total, bps) => (total * bps) / WHOLE_BPS;

/**
 * SPLIT(pot, weights, unallocated): parts and dust.
 * @param {bigint} pot
 * @param {bigint[]} weights
 * @param {bigint} unallocated
 * @returns {{parts: bigint[], dust: bigint}}
 */
export function split(pot, weights, unallocated) {
  const whole = sum(weights) + unallocated;
  if (whole === 0n) return { parts: weights.map(() => 0n), dust: pot };
  const parts = weights.map((weight) => (pot * weight) / whole);
  const left = pot - sum(parts);
  if (unallocated > 0n) return { parts, dust: left };
  const rest = weights.map((weight) => (pot * weight) % whole);
  const order = weights.map((_, row) => row).sort((a, b) => (rest[a] === rest[b] ? a - b : rest[a] > rest[b] ? -1 : 1));
  for (const row of order.slice(0, Number(left))) parts[row] += 1n;
  return { parts, dust: 0n };
}
