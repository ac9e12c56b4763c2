/** Entries: what stands on the log at one index. docs/src/reference/formats.md "Entry". */
import { beBytes, beNumber, concat, fromUtf8, hex, toHex, utf8 } from './bytes.js';
import { Envelope } from './envelope.js';
import { kindByte, payloadOf } from './payload.js';
import { refuse } from './refusal.js';
import { leafHash } from './tree.js';

const FORMAT = 1;
const MAX_ENTRY = 65535;

/** An entry. Its signatures are not verified yet. */
export class Entry {
  /**
   * @param {number} kind
   * @param {bigint} time in milliseconds, the operator's word
   * @param {Envelope} envelope
   */
  constructor(kind, time, envelope) {
    this.kind = kind;
    this.time = time;
    this.envelope = envelope;
  }

  /**
   * The encoding: the leaf of the tree.
   * @returns {Uint8Array}
   */
  encode() {
    const { type, payload, signatures } = this.envelope;
    const sized = (/** @type {Uint8Array} */ part) => concat(beBytes(part.length, 2), part);
    const signed = signatures.flatMap(({ keyId, bytes }) => [hex(keyId), bytes]);
    const head = concat(Uint8Array.of(FORMAT, this.kind), beBytes(this.time, 8), sized(utf8(type)), sized(payload));
    return concat(head, Uint8Array.of(signatures.length), ...signed);
  }

  /**
   * @param {Uint8Array} bytes
   * @returns {Entry}
   */
  static decode(bytes) {
    if (bytes.length > MAX_ENTRY) refuse('file_too_large', 'an entry of more than 65,535 bytes');
    let at = 0;
    const take = (/** @type {number} */ length) => {
      if (at + length > bytes.length) refuse('file_malformed', 'entry: ends too early');
      at += length;
      return bytes.subarray(at - length, at);
    };
    const sized = () => take(Number(beNumber(take(2))));
    const [format, kind] = take(2);
    if (format !== FORMAT) refuse('version_unknown', `entry format ${format}`);
    const time = beNumber(take(8));
    const type = fromUtf8(sized()) ?? refuse('file_malformed', 'entry: the payload type is not UTF-8');
    const payload = sized();
    const signatures = Array.from({ length: take(1)[0] }, () => ({ keyId: toHex(take(32)), bytes: take(64) }));
    const entry = new Entry(kind, time, new Envelope(type, payload, signatures));
    return at === bytes.length ? entry : refuse('file_malformed', 'entry: bytes behind its end');
  }

  /** What it says; kind byte and payload type agree. */
  payload() {
    const kind = this.envelope.kind();
    const payload = payloadOf(kind, this.envelope.payload);
    return kindByte(kind) === this.kind ? payload : refuse('file_malformed', `kind byte ${this.kind} on a file of kind ${kind}`);
  }
}

/** The leaf hash of a signed file as an entry at a time. @param {bigint} time @param {Envelope} envelope */
export function leafOf(time, envelope) {
  return leafHash(new Entry(kindByte(envelope.kind()), time, envelope).encode());
}
