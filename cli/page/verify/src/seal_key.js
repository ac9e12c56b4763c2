/** The secret half of a member's `seal_key`: it opens what a round sealed to the member, and never leaves this program. */
import { toHex } from './bytes.js';
import { open, publicHalf } from './hpke.js';

/** A module of its own, so that pages that open nothing need not load the cipher. */
export class SealKey {
  #secret;

  /** @param {Uint8Array} secret 32 bytes */
  constructor(secret) {
    this.#secret = secret;
    this.publicKey = toHex(publicHalf(secret));
  }

  /**
   * Opens what was sealed; null if it does not open.
   * @param {Uint8Array} info
   * @param {Uint8Array} aad
   * @param {Uint8Array} sealed
   */
  open(info, aad, sealed) {
    return open(this.#secret, info, aad, sealed);
  }
}
