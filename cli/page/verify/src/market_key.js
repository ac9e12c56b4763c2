/** `market.vkey`: what a verifier must have from a source that it trusts. */
import { fromUtf8 } from './bytes.js';
import { SignedCheckpoint, VerifierKey, Witnessed } from './note.js';
import { Policy } from './policy.js';
import { refuse } from './refusal.js';

const MAX_FILE = 64 * 1024;

/** The log's key, the leaf hash of entry 0, the witness policy. */
export class MarketKey {
  /**
   * @param {Uint8Array} bytes the file
   */
  constructor(bytes) {
    if (bytes.length > MAX_FILE) refuse('file_too_large', 'market.vkey: more than 64 KiB');
    const parts = /^([^\n]*)\nentry0 ([0-9a-f]{64})\n([^]*)$/.exec(fromUtf8(bytes) ?? '');
    const found = parts ?? refuse('file_malformed', 'market.vkey: expected verifier key, entry0, policy');
    this.log = VerifierKey.ofLog(found[1]);
    this.entry0 = found[2];
    this.policy = Policy.parse(found[3]);
  }

  /**
   * A note of the log, its cosignatures verified; it may lack the quorum.
   * @param {SignedCheckpoint} note
   */
  witnessed(note) {
    return new Witnessed(note, this.log, this.policy);
  }

  /**
   * The tree of a note of the log that has its quorum.
   * @param {SignedCheckpoint} note
   */
  verify(note) {
    return this.witnessed(note).needQuorum();
  }
}
