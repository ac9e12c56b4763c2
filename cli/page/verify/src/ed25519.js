/**
 * Ed25519, strictly: keys that are safe to rely on, and the equation without the cofactor.
 *
 * Libraries disagree about small-order parts: with the cofactor, as in ZIP 215 and in many verifiers' strict modes too,
 * a signature passes whose `R` has a small-order part. Here `R` is computed again and its bytes are compared.
 */
import { ed25519 } from '@noble/curves/ed25519.js';
import { sha512 } from '@noble/hashes/sha2.js';
import { concat, derive, equal, hex, leNumber, toHex } from './bytes.js';
import { refuse } from './refusal.js';

const { Point } = ed25519;
const ORDER = Point.CURVE().n;

/** A public key: canonical, not of small order, without a small-order part. */
export class PublicKey {
  /** @type {Map<string, PublicKey>} keys that were parsed before, by their bytes: most are used more than once */
  static known = new Map();

  /**
   * @param {Uint8Array} bytes
   * @param {import('@noble/curves/abstract/edwards.js').EdwardsPoint} point
   */
  constructor(bytes, point) {
    this.bytes = bytes;
    /** 64 hex digits: derive("quittance v1 key-id", key). */
    this.id = toHex(derive('quittance v1 key-id', bytes));
    this.point = point;
    this.uses = 0;
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
    if (!equal(point.toBytes(), bytes) || point.isSmallOrder() || !point.isTorsionFree()) unsafe();
    const key = new PublicKey(bytes, point);
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
    this.uses += 1;
    // A table pays for itself with the third signature: the operator signs nearly everything.
    if (this.uses === 3) this.point.precompute(6, false);
    const found = Point.BASE.multiplyUnsafe(s).subtract(this.point.multiplyUnsafe(k));
    return equal(found.toBytes(), r) && !found.isSmallOrder();
  }
}
