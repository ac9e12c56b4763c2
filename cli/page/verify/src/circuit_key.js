/** Verifying keys of circuits. docs/src/reference/formats.md "Circuit key". */
import { G2, g1Of, g2Of } from './bn254.js';
import { derive, fromUtf8, parts, toHex, utf8, equal } from './bytes.js';
import { refuse } from './refusal.js';

const MAGIC = utf8('QTTCVK01');
/** α is in G1, then four points of G2. */
const G2_POINTS = ['beta', 'gamma', 'delta', 'sigma'];

/** @typedef {import('./bn254.js').PointG1} PointG1 */
/** @typedef {import('./bn254.js').PointG2} PointG2 */
/**
 * @typedef {object} CircuitKey
 * @property {string} id
 * @property {string} rule
 * @property {string} size
 * @property {string} matrices
 * @property {PointG1} alpha
 * @property {PointG2} beta
 * @property {PointG2} gamma
 * @property {PointG2} delta
 * @property {PointG2} sigma
 * @property {PointG1[]} inputs bases of 1 and of each public input
 */

/**
 * Reads a key file, and refuses keys that nobody can rely on.
 * @param {Uint8Array} bytes
 * @returns {CircuitKey}
 */
export function parseCircuitKey(bytes) {
  const malformed = (/** @type {string} */ what) => refuse('key_mismatch', `the key file is malformed: ${what}`);
  const unsafe = (/** @type {string} */ what) => refuse('key_unsafe', `unsafe key: ${what}`);
  let at = 0;
  const take = (/** @type {number} */ length) => {
    if (at + length > bytes.length) malformed('truncated');
    at += length;
    return bytes.subarray(at - length, at);
  };
  const name = () => fromUtf8(take(take(1)[0])) ?? malformed('not text');
  if (!equal(bytes.subarray(0, MAGIC.length), MAGIC)) malformed('not a verifying key of version 1');
  take(MAGIC.length);
  const [rule, size, matrices, bases] = [name(), name(), take(32), take(32)];
  const points = bytes.subarray(at);
  const alphaBytes = take(32);
  const [beta, gamma, delta, sigma] = G2_POINTS.map((point) => g2Of(take(64)) ?? malformed(`${point} is not canonical`));
  const g1 = (/** @type {Uint8Array} */ point) => g1Of(point) ?? malformed('a point of G1 is not canonical');
  if ((bytes.length - at) % 32 !== 0) malformed('trailing bytes');
  const alpha = g1(alphaBytes);
  const inputs = Array.from({ length: (bytes.length - at) / 32 }, () => g1(take(32)));
  if ([alpha, beta, gamma, delta, sigma, ...inputs].some((point) => point.is0())) unsafe('a point is the identity');
  if (gamma.equals(delta)) unsafe('γ = δ: phase 2 of the setup was skipped; anything can be proved');
  if ([gamma, delta, sigma].some((point) => point.equals(G2.BASE))) unsafe('γ, δ or σ is the generator: its secret is 1');
  const id = toHex(derive('quittance v1 circuit-key', parts(points, bases, utf8(rule), utf8(size), matrices)));
  return { id, rule, size, matrices: toHex(matrices), alpha, beta, gamma, delta, sigma, inputs };
}
