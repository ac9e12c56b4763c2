/** BN254: points and scalars in their one encoding, sums of multiples, products of pairings. formats.md "Bytes". */
import { bn254 } from '@noble/curves/bn254.js';
import { concat, hex, leBytes, leNumber } from './bytes.js';

const { Fp, Fp2, Fp12, Fr } = bn254.fields;
const P = Fp.ORDER;
const NEGATIVE = 0x80;
const INFINITY = 0x40;

export const G1 = bn254.G1.Point;
export const G2 = bn254.G2.Point;
/** The order of G1. */
export const R = Fr.ORDER;

/** @typedef {InstanceType<typeof G1>} PointG1 */
/** @typedef {InstanceType<typeof G2>} PointG2 */

/** @param {bigint} number */
export const mod = (number) => Fr.create(number);

/**
 * A scalar of 32 little-endian bytes; null for the order or more.
 * @param {Uint8Array} bytes
 */
export function scalarOf(bytes) {
  const number = leNumber(bytes);
  return number < R ? number : null;
}

/** Of two numbers that differ in sign, whether this is the larger: in Fq2 by the coefficient of u, then by the other. */
const isLarger = (/** @type {bigint} */ y) => y > P - y && y !== 0n;
const isLarger2 = (/** @type {{c0: bigint, c1: bigint}} */ y) => (y.c1 === 0n ? isLarger(y.c0) : isLarger(y.c1));

/**
 * The number of an encoding's x, its flags taken off; null if it is no number of the field.
 * @param {Uint8Array} bytes
 */
function split(bytes) {
  const flags = bytes[bytes.length - 1] & (NEGATIVE | INFINITY);
  const plain = bytes.slice();
  plain[plain.length - 1] &= 0xff ^ (NEGATIVE | INFINITY);
  return { flags, plain };
}

/**
 * A point of G1; null if this is not its one encoding.
 * @param {Uint8Array} bytes 32
 * @returns {PointG1 | null}
 */
export function g1Of(bytes) {
  const { flags, plain } = split(bytes);
  const x = leNumber(plain);
  if (flags & INFINITY) return flags === INFINITY && x === 0n ? G1.ZERO : null;
  if (x >= P) return null;
  const y = root(Fp, Fp.add(Fp.mul(Fp.sqr(x), x), 3n));
  // A number without a sign has one root, which is not the larger.
  if (y === null || (y === 0n && flags & NEGATIVE)) return null;
  return new G1(x, isLarger(y) === Boolean(flags & NEGATIVE) ? y : Fp.neg(y), 1n);
}

/**
 * A point of G2; null if this is not its one encoding, or it is not in the subgroup.
 * @param {Uint8Array} bytes 64
 * @returns {PointG2 | null}
 */
export function g2Of(bytes) {
  const { flags, plain } = split(bytes);
  const x = { c0: leNumber(plain.subarray(0, 32)), c1: leNumber(plain.subarray(32)) };
  if (flags & INFINITY) return flags === INFINITY && x.c0 === 0n && x.c1 === 0n ? G2.ZERO : null;
  if (x.c0 >= P || x.c1 >= P) return null;
  const y = root(Fp2, Fp2.add(Fp2.mul(Fp2.sqr(x), x), bn254.G2.Point.CURVE().b));
  if (y === null) return null;
  const point = new G2(x, isLarger2(y) === Boolean(flags & NEGATIVE) ? y : Fp2.neg(y), Fp2.ONE);
  return point.isTorsionFree() ? point : null;
}

/**
 * A square root, or null.
 * @template T
 * @param {{sqrt(number: T): T}} field
 * @param {T} square
 * @returns {T | null}
 */
function root(field, square) {
  try {
    return field.sqrt(square);
  } catch {
    return null;
  }
}

/**
 * The one encoding of a point of G1.
 * @param {PointG1} point
 */
export function g1Bytes(point) {
  if (point.is0()) return Uint8Array.from({ length: 32 }, (_, i) => (i === 31 ? INFINITY : 0));
  const { x, y } = point.toAffine();
  const bytes = leBytes(x, 32);
  if (isLarger(y)) bytes[31] |= NEGATIVE;
  return bytes;
}

/**
 * The one encoding of a point of G2.
 * @param {PointG2} point
 */
export function g2Bytes(point) {
  const { x, y } = point.toAffine();
  const bytes = concat(leBytes(x.c0, 32), leBytes(x.c1, 32));
  if (isLarger2(y)) bytes[63] |= NEGATIVE;
  return bytes;
}

/**
 * Whether a product of pairings is 1.
 * @param {{g1: PointG1, g2: PointG2}[]} pairs
 */
export function productIsOne(pairs) {
  const real = pairs.filter(({ g1, g2 }) => !g1.is0() && !g2.is0());
  return Fp12.eql(bn254.pairingBatch(real), Fp12.ONE);
}

const fixed = (/** @type {string} */ text) => /** @type {PointG1} */ (g1Of(hex(text)));

/** H and G_1 … G_16, hashed to the curve; fixtures/vectors/generators.json. */
export const generators = (() => {
  /** @type {{h: PointG1, g: PointG1[]} | null} */
  let made = null;
  return () => (made ??= { h: fixed(H), g: G.map(fixed) });
})();

const H = '4cefbe7a800943330f840e0f2d5b51c56f0ab164d9fea81c3bed0eda2b9f998f';
const G = [
  'a6dc6bcbc1ca12da49c4c510b8fac9404bff5e9902a32ae279e166bd4c41999b',
  'ab562ac74cbaa904b85a8ea435a360790a4bc3916377397fa905196d326bc906',
  'd3d0d52a36e7f880b992a2df7245197547318daef3c7af736a95e3e554f27219',
  '7ccdfb086e0ae08f9905b203872f77a62e35dbd8f201600b02bcfdd23c43ab1f',
  '91a26d3ae6f69d160e794832aaf4af48e2bc424315e2f6837100a9d9122a57ac',
  '31fab59f833fceb8217b5a61670976cf03df61a9cc2635d097529c51829a511e',
  '3dab2b7c42b3500229756230b799d9b51308ac2cd88659360afe608a37c36a28',
  '420924f3a3c1f29a51acae21cedbf4ba3ea462ea3a2e4cd54e6950237a724e20',
  '6d1f9b91d675dac26d4bae312e814b433dab0cb600a26e3d9a808b49d3b7008a',
  '491e89fb3ed6051b77b934d0c0deb9863909a12c48c726cfda18bd8e78300fab',
  '990656177b7d9cc834b44e68b2c2890ba14f163394bd0ac06a57d7224dc2041b',
  '16ef9c586f1f858e674c7b6c0adc836914c89d02d1a635db68fc3a2477e55699',
  '15280cc3f81984dd11c9cac9cd10a392866fc3c5f15d41e1da27ba679a3cc498',
  'eb340f26a7e46d2b457a818cb169f5df83e9c531c4d26b0880f62edfdeb4a11c',
  '901cec4c16f1a4158abdf8818dd14534f604963e5386a1a3deaf2befc273c1a2',
  '78d8d78bb9bad16569a322ad1da82a81eb382b8eb03c4caef2966d8e67202993',
];
