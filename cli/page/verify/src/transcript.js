/** The one Fiat-Shamir transcript. docs/src/reference/formats.md "Transcripts". */
import { blake3 } from '@noble/hashes/blake3.js';
import { g1Bytes, mod } from './bn254.js';
import { concat, leBytes, leNumber, utf8 } from './bytes.js';

/** What prover and verifier have fixed so far. */
export class Transcript {
  #hasher = blake3.create({ context: utf8('quittance v1 transcript') });

  /** @param {Uint8Array} item */
  append(item) {
    this.#hasher.update(concat(leBytes(item.length, 8), item));
  }

  /** @param {number} number */
  appendNumber(number) {
    this.append(leBytes(number, 8));
  }

  /** @param {import('./bn254.js').PointG1} point */
  appendPoint(point) {
    this.append(g1Bytes(point));
  }

  /** ρ, X, θ, and the digest. */
  finish() {
    const output = this.#hasher.xof(3 * 64);
    const [rho, x, theta] = [0, 1, 2].map((i) => mod(leNumber(output.subarray(64 * i, 64 * i + 64))));
    return { rho, x, theta, digest: output.slice(0, 32) };
  }
}
