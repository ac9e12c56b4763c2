/** Sealed results: commitments, blobs and balance. docs/src/reference/formats.md "Sealed results". */
import { G1, g1Of, generators, mod, scalarOf } from './bn254.js';
import { derive, hex, toHex } from './bytes.js';
import { refuse } from './refusal.js';

/** @typedef {import('./bn254.js').PointG1} PointG1 */
/** @typedef {import('./bundle.js').Statement} Statement */
/** @typedef {import('./market/round.js').Round} Round */

/** Which way sealed money moves, by column. @type {{[column: string]: bigint}} */
const SIDES = { payments: 1n, receipts: -1n };

const mismatch = (/** @type {string} */ what) => refuse('statement_mismatch', what);

/**
 * The commitments of sealed result columns, in the rule's order.
 * @param {Round} round
 * @param {Statement} statement
 * @returns {PointG1[][]}
 */
export function resultCommitments({ sealedResults: names, rows }, statement) {
  if (Object.keys(statement.results).length !== names.length) mismatch('`results` has other columns than the round seals');
  const blobs = names.length === 0 ? 0 : rows.length;
  if (statement.sealed_results.length !== blobs) mismatch(`\`sealed_results\` has not ${blobs} blobs`);
  const isMoney = rows.length > 0 && names.some((name) => name in SIDES);
  if ((statement.z !== null) !== isMoney) mismatch('`z` stands where sealed money is balanced, and only there');
  return names.map((name) => {
    const column = statement.results[name];
    if (column?.length !== rows.length) return mismatch(`\`results.${name}\` has not one entry per row`);
    return column.map((digits) => {
      const point = g1Of(hex(digits));
      return point === null || point.is0() ? mismatch(`\`results.${name}\`: ${digits} is no commitment`) : point;
    });
  });
}

/**
 * The rows' blobs are those whose digests the statement names.
 * @param {Statement} statement
 * @param {string[]} blobs
 */
export function checkBlobs({ sealed_results: named }, blobs) {
  if (blobs.length !== named.length) mismatch(`${blobs.length} sealed results, the statement names ${named.length}`);
  blobs.forEach((blob, row) => {
    if (toHex(derive('quittance v1 sealed-result', hex(blob))) !== named[row]) mismatch(`the sealed result of row ${row} is not the one that the statement names`);
  });
}

/**
 * Sealed money adds up: the commitments of payments and receipts differ by what is public.
 * @param {Round} round
 * @param {Statement} statement
 * @param {import('./money.js').Money} money
 */
export function checkBalance(round, statement, money) {
  const commitments = resultCommitments(round, statement);
  if (statement.z === null) return;
  const z = scalarOf(hex(statement.z));
  let left = G1.ZERO;
  commitments.forEach((column, i) => {
    const side = SIDES[round.sealedResults[i]];
    if (side !== undefined) column.forEach((point) => (left = side > 0n ? left.add(point) : left.subtract(point)));
  });
  const { h, g } = generators();
  const net = mod(money.sealedPayments - money.sealedReceipts);
  const holds = z !== null && left.equals(g[0].multiplyUnsafe(net).add(h.multiplyUnsafe(z)));
  if (!holds) refuse('conservation_violated', 'the sealed amounts do not add up to what is public');
}
