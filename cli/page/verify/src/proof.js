/** A proof of one shard, in its only encoding. docs/src/reference/formats.md "Settlement and proof". */
import { g1Of, g2Of, scalarOf } from './bn254.js';
import { hex } from './bytes.js';
import { refuse } from './refusal.js';

/** @typedef {import('./bn254.js').PointG1} PointG1 */
/** @typedef {{mask: PointG1, s: bigint, t: bigint}} Link of one sealed result column */
/**
 * @typedef {object} ShardProof
 * @property {Uint8Array} bytes
 * @property {PointG1} a
 * @property {import('./bn254.js').PointG2} b
 * @property {PointG1} c
 * @property {PointG1} d
 * @property {PointG1} dSigma
 * @property {PointG1} mask
 * @property {bigint[]} s
 * @property {bigint} t
 * @property {Link[]} results
 */

const malformed = (/** @type {string} */ what) => refuse('proof_malformed', what);

/**
 * Reads a proof with so many sealed columns and sealed result columns.
 * @param {string} text hex
 * @param {number} sealed
 * @param {number} results
 * @returns {ShardProof}
 */
export function parseProof(text, sealed, results) {
  const bytes = hex(text);
  if (bytes.length !== 224 + 32 * (sealed + 1) + 96 * results) malformed('a proof is not of its length');
  let at = 0;
  const take = (/** @type {number} */ length) => bytes.subarray(at, (at += length));
  const g1 = () => {
    const point = g1Of(take(32));
    return point === null || point.is0() ? malformed('a point of a proof is not in its only encoding') : point;
  };
  const scalar = () => scalarOf(take(32)) ?? malformed('a scalar of a proof is not in its only encoding');
  const a = g1();
  const b = g2Of(take(64));
  if (b === null || b.is0()) return malformed('a point of a proof is not in its only encoding');
  const [c, d, dSigma, mask] = [g1(), g1(), g1(), g1()];
  const masks = Array.from({ length: results }, g1);
  const s = Array.from({ length: sealed }, scalar);
  const t = scalar();
  return { bytes, a, b, c, d, dSigma, mask, s, t, results: masks.map((mask) => ({ mask, s: scalar(), t: scalar() })) };
}

/**
 * The commitments between shards.
 * @param {string[]} texts
 */
export function parseCarries(texts) {
  return texts.map((text) => g1Of(hex(text)) ?? malformed('a carry is not in its only encoding'));
}
