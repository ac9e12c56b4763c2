/**
 * Ed25519, strictly: keys that are safe to rely on, and the equation without the cofactor.
 *
 * Libraries disagree about small-order parts: with the cofactor, as in ZIP 215 and in many verifiers' strict modes too,
 * a signature passes whose `R` has a small-order part. Here `R` is computed again and its bytes are compared.
 */
import { edwards } from '@noble/curves/abstract/edwards.js';
import { sha512 } from '@noble/hashes/sha2.js';
import { concat, derive, equal, hex, leNumber, toHex } from './bytes.js';
import { refuse } from './refusal.js';

/** @typedef {import('@noble/curves/abstract/edwards.js').EdwardsPoint} EdwardsPoint */

const P = (1n << 255n) - 19n;
const ORDER = 0x1000000000000000000000000000000014def9dea2f79cd65812631a5cf5d3edn;
/** The curve alone: the library's Ed25519 brings signing and other encodings, which a page would have to carry. */
const Point = edwards({
  p: P,
  n: ORDER,
  h: 8n,
  a: P - 1n,
  d: 0x52036cee2b6ffe738cc740797779e89800700a4d4141d8ab75eb4dca135978a3n,
  Gx: 0x216936d3cd6e53fec0a4e231fdd6dc5c692cc7609525a7b2c9562d608f25d51an,
  Gy: 0x6666666666666666666666666666666666666666666666666666666666666658n,
});

/**
 * Multiples of one point by several numbers: its multiples by powers of 16 are made once, and each number adds them up by
 * its digits, of −7 to 8.
 */
class Multiples {
  /** @param {EdwardsPoint} point */
  constructor(point) {
    /** @type {EdwardsPoint[]} */
    this.powers = [point];
    // The order has 253 bits; one digit more takes the last carry.
    while (this.powers.length < 65) this.powers.push(this.powers[this.powers.length - 1].double().double().double().double());
  }

  /** @param {bigint} number at least 0 and below 2^256 */
  times(number) {
    /** @type {EdwardsPoint[]} */
    const sums = Array(9).fill(Point.ZERO);
    let rest = number;
    for (const power of this.powers) {
      const digit = Number(rest & 15n);
      rest >>= 4n;
      if (digit > 8) {
        rest += 1n;
        sums[16 - digit] = sums[16 - digit].subtract(power);
      } else if (digit > 0) sums[digit] = sums[digit].add(power);
    }
    let [running, total] = [Point.ZERO, Point.ZERO];
    for (let digit = 8; digit > 0; digit -= 1) {
      running = running.add(sums[digit]);
      total = total.add(running);
    }
    return total;
  }
}

/** A public key: canonical, not of small order, without a small-order part. */
export class PublicKey {
  /** @type {Map<string, PublicKey>} keys that were parsed before, by their bytes: most are used more than once */
  static known = new Map();

  /**
   * @param {Uint8Array} bytes
   * @param {Multiples} multiples
   */
  constructor(bytes, multiples) {
    this.bytes = bytes;
    /** 64 hex digits: derive("quittance v1 key-id", key). */
    this.id = toHex(derive('quittance v1 key-id', bytes));
    this.multiples = multiples;
  }

  /**
   * @param {string} digits 64 hex digits
   * @returns {PublicKey}
   */
  static parse(digits) {
    const known = PublicKey.known.get(digits);
    if (known !== undefined) return known;
    const bytes = hex(digits);
    const unsafe = () => refuse('signature_invalid', `${digits} is no key to rely on`);
    let point;
    try {
      point = Point.fromBytes(bytes, false);
    } catch {
      return unsafe();
    }
    const multiples = new Multiples(point);
    if (!equal(point.toBytes(), bytes) || point.isSmallOrder() || !multiples.times(ORDER).is0()) unsafe();
    const key = new PublicKey(bytes, multiples);
    PublicKey.known.set(digits, key);
    return key;
  }

  /**
   * Whether this is the key's signature.
   * @param {Uint8Array} message
   * @param {Uint8Array} signature
   */
  verifies(message, signature) {
    if (signature.length !== 64) return false;
    const [r, s] = [signature.subarray(0, 32), leNumber(signature.subarray(32))];
    if (s >= ORDER) return false;
    const k = leNumber(sha512(concat(r, this.bytes, message))) % ORDER;
    const found = Point.BASE.multiplyUnsafe(s).subtract(this.multiples.times(k));
    return equal(found.toBytes(), r) && !found.isSmallOrder();
  }
}
