/** Signed files: DSSE envelopes. docs/src/reference/formats.md "Signed file", "Record ids". */
import { concat, derive, fromBase64, hex, parts, toHex, utf8 } from './bytes.js';
import { fieldsOf, parse } from './json.js';
import { refuse } from './refusal.js';

const MAX_PAYLOAD = 48 * 1024;
const MAX_FILE = 128 * 1024;
const MAX_TYPE = 127;
const MAX_SIGNATURES = 100;

/** @typedef {{keyId: string, bytes: Uint8Array}} Signature */

const malformed = (/** @type {string} */ what) => refuse('file_malformed', what);

/** A signed file. Its signatures are not verified yet. */
export class Envelope {
  /**
   * @param {string} type
   * @param {Uint8Array} payload
   * @param {Signature[]} signatures
   */
  constructor(type, payload, signatures) {
    if (type.length > MAX_TYPE || payload.length > MAX_PAYLOAD) refuse('file_too_large', 'a payload of more than 48 KiB');
    if (!/^[A-Za-z0-9./+_:-]+$/.test(type)) malformed('payloadType is not a plain media type');
    if (signatures.length > MAX_SIGNATURES) malformed('more than 100 signatures');
    signatures.forEach(({ keyId }, i) => {
      if (i === 0 || signatures[i - 1].keyId < keyId) return;
      if (signatures[i - 1].keyId === keyId) refuse('signature_invalid', `key ${keyId} signs twice`);
      malformed('the signatures are not sorted by keyid');
    });
    this.type = type;
    this.payload = payload;
    this.signatures = signatures;
    /** What is signed. */
    this.pae = concat(utf8(`DSSEv1 ${type.length} ${type} ${payload.length} `), payload);
    /** The name of the record, which leaves the signatures' bytes out. */
    this.recordId = toHex(derive('quittance v1 record-id', parts(this.pae, ...signatures.map(({ keyId }) => hex(keyId)))));
  }

  /**
   * @param {Uint8Array} file
   * @returns {Envelope}
   */
  static parse(file) {
    if (file.length > MAX_FILE) refuse('file_too_large', 'a signed file of more than 128 KiB');
    const { payload, payloadType, signatures } = exactly(parse(file), 'payload', 'payloadType', 'signatures');
    const decode = (/** @type {unknown} */ text) =>
      (typeof text === 'string' ? fromBase64(text) : null) ?? malformed('not base64 in its one spelling');
    if (typeof payloadType !== 'string' || !Array.isArray(signatures)) return malformed('not a signed file');
    const bytes = decode(payload);
    const read = signatures.map((signature) => {
      const { keyid, sig } = exactly(signature, 'keyid', 'sig');
      if (typeof keyid !== 'string' || !/^[0-9a-f]{64}$/.test(keyid)) return malformed('keyid: not 64 hex digits');
      const bytes = decode(sig);
      return bytes.length === 64 ? { keyId: keyid, bytes } : malformed('sig: an Ed25519 signature has 64 bytes');
    });
    return new Envelope(payloadType, bytes, read);
  }

  /** The kind of version 1 that the type says. */
  kind() {
    const found = /^application\/vnd\.quittance\.([a-z_]+)\.v([1-9][0-9]*)\+json$/.exec(this.type);
    if (found === null) return refuse('kind_unknown', `no file is of type ${this.type}`);
    return found[2] === '1' ? found[1] : refuse('version_unknown', `a file of type ${this.type}`);
  }

  /**
   * Refuses all but exactly these keys' signatures.
   * @param {import('./ed25519.js').PublicKey[]} keys
   */
  verify(keys) {
    const wrong = (/** @type {string} */ what) => refuse('signature_invalid', what);
    const asked = new Map(keys.map((key) => [key.id, key]));
    if (asked.size !== this.signatures.length) wrong('not exactly the signatures that the kind asks for');
    for (const { keyId, bytes } of this.signatures) {
      const key = asked.get(keyId) ?? wrong(`key ${keyId} was not asked to sign`);
      if (!key.verifies(this.pae, bytes)) wrong(`not the signature of key ${keyId}`);
    }
  }

  /** @param {Envelope} other */
  isSame(other) {
    const same = (/** @type {Uint8Array} */ a, /** @type {Uint8Array} */ b) => toHex(a) === toHex(b);
    return (
      same(this.pae, other.pae) &&
      this.signatures.length === other.signatures.length &&
      this.signatures.every(({ keyId, bytes }, i) => keyId === other.signatures[i].keyId && same(bytes, other.signatures[i].bytes))
    );
  }
}

/**
 * The fields of an object that has exactly these.
 * @param {import('./json.js').Json} value
 * @param {string[]} names
 */
function exactly(value, ...names) {
  const fields = fieldsOf(value) ?? malformed('not an object');
  const right = Object.keys(fields).length === names.length && names.every((name) => name in fields);
  return right ? fields : malformed(`not exactly the fields ${names.join(', ')}`);
}
