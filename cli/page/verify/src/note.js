/** Signed notes: checkpoints of the log, and the cosignatures of witnesses on them. C2SP signed-note, tlog-checkpoint. */
import { beBytes, beNumber, concat, fromBase64, fromUtf8, sha256, toBase64, toHex, utf8 } from './bytes.js';
import { PublicKey } from './ed25519.js';
import { refuse } from './refusal.js';
import { isPossible } from './tree.js';

/** @typedef {import('./tree.js').TreeHead} TreeHead */
/** @typedef {{name: string, id: bigint, signature: Uint8Array}} Line */

const MAX_NOTE = 128 * 1024;
const MAX_LINES = 100;
const MAX_TIME = (1n << 63n) - 1n;
const ORIGIN = /^[A-Za-z0-9._/:~-]{1,128}$/;
/** Types of keys in verifier keys. */
const [ED25519, COSIGNATURE, ML_DSA] = [1, 4, 6];

/** The key of a log or of a witness, `<name>+<id>+<key>`. */
export class VerifierKey {
  /**
   * @param {string} name
   * @param {PublicKey} key
   * @param {number} type
   */
  constructor(name, key, type) {
    const typed = concat(Uint8Array.of(type), key.bytes);
    this.name = name;
    this.key = key;
    this.id = beNumber(sha256(concat(utf8(`${name}\n`), typed)).subarray(0, 4));
    this.text = `${this.shortName()}+${toBase64(typed)}`;
  }

  /**
   * @param {string} text
   * @param {number} type the type that is expected
   */
  static #parse(text, type) {
    const malformed = () => refuse('file_malformed', 'not a verifier key: expected <name>+<id>+<key>');
    const words = text.split('+');
    const data = fromBase64(words.slice(2).join('+'));
    if (words.length < 3 || data === null || data.length === 0) return malformed();
    const unknown = type === ED25519 ? COSIGNATURE : ML_DSA;
    if (data[0] === unknown) refuse('version_unknown', `a key of type ${unknown}`);
    if (data[0] !== type || data.length !== 33) malformed();
    const key = PublicKey.parse(toHex(data.subarray(1)));
    if (!ORIGIN.test(words[0])) malformed();
    const parsed = new VerifierKey(words[0], key, type);
    return parsed.text === text ? parsed : malformed();
  }

  /** @param {string} text */
  static ofLog(text) {
    return VerifierKey.#parse(text, ED25519);
  }

  /** @param {string} text */
  static ofWitness(text) {
    return VerifierKey.#parse(text, COSIGNATURE);
  }

  /** Name and id: the part that people compare. */
  shortName() {
    return `${this.name}+${toHex(beBytes(this.id, 4))}`;
  }

  /** @param {Line} line */
  isOf(line) {
    return line.name === this.name && line.id === this.id;
  }
}

/** A checkpoint with its signature lines. Nothing of it is verified yet. */
export class SignedCheckpoint {
  /**
   * @param {string} origin
   * @param {TreeHead} head
   * @param {Line[]} lines
   */
  constructor(origin, head, lines) {
    this.origin = origin;
    this.head = head;
    this.lines = lines;
    this.text = `${origin}\n${head.size}\n${toBase64(Uint8Array.from(head.root.match(/../g) ?? [], (x) => parseInt(x, 16)))}\n`;
  }

  /**
   * @param {Uint8Array} bytes
   * @returns {SignedCheckpoint}
   */
  static parse(bytes) {
    const malformed = () => refuse('checkpoint_malformed', 'not a checkpoint: expected origin, size, root and signatures');
    const text = bytes.length > MAX_NOTE ? null : fromUtf8(bytes);
    // eslint-disable-next-line no-control-regex
    if (text === null || /[\x00-\x09\x0b-\x1f]/.test(text) || !text.endsWith('\n')) return malformed();
    const [origin, size, root, blank, ...signed] = text.slice(0, -1).split('\n');
    const hash = fromBase64(root ?? '');
    const right = blank === '' && ORIGIN.test(origin) && /^(0|[1-9][0-9]{0,19})$/.test(size) && hash?.length === 32;
    if (!right || hash === null || BigInt(size) >> 64n > 0n || signed.length === 0 || signed.length > MAX_LINES) return malformed();
    const head = { size: BigInt(size), root: toHex(hash) };
    if (!isPossible(head)) malformed();
    const lines = signed.map((line) => parseLine(line) ?? malformed());
    if (new Set(lines.map(({ name, id }) => `${id} ${name}`)).size !== lines.length) malformed();
    return new SignedCheckpoint(origin, head, lines);
  }
}

/**
 * @param {string} line
 * @returns {Line | null}
 */
function parseLine(line) {
  const found = /^— ([^ ]+) ([^ ]+)$/u.exec(line);
  const data = found && fromBase64(found[2]);
  if (!found || !data || data.length < 5 || /[\p{White_Space}+]/u.test(found[1])) return null;
  return { name: found[1], id: beNumber(data.subarray(0, 4)), signature: data.subarray(4) };
}

/** A checkpoint that the log has signed, and whose other lines are witnesses' of the policy. */
export class Witnessed {
  /**
   * @param {SignedCheckpoint} note
   * @param {VerifierKey} log
   * @param {import('./policy.js').Policy} policy
   */
  constructor(note, log, policy) {
    if (note.origin !== log.name) refuse('market_mismatch', `a checkpoint of ${note.origin}, the key is of ${log.name}`);
    const wrong = (/** @type {string} */ what) => refuse('checkpoint_signature_invalid', what);
    const own = note.lines.find((line) => log.isOf(line)) ?? wrong(`not signed by ${log.shortName()}`);
    if (!log.key.verifies(utf8(note.text), own.signature)) wrong(`not the signature of ${log.shortName()}`);
    this.head = note.head;
    this.policy = policy;
    /** @type {Map<string, bigint>} by the witness's name in the policy, when it cosigned */
    this.times = new Map();
    for (const line of note.lines.filter((line) => line !== own)) {
      const witness = policy.witnesses.find(({ key }) => key.isOf(line)) ?? wrong(`a signature of ${line.name}, whom nobody asked`);
      const time = beNumber(line.signature.subarray(0, 8));
      const message = utf8(`cosignature/v1\ntime ${time}\n${note.text}`);
      const right = line.signature.length === 72 && time <= MAX_TIME;
      if (!right || !witness.key.key.verifies(message, line.signature.subarray(8))) wrong(`not the cosignature of ${witness.name}`);
      this.times.set(witness.name, time);
    }
  }

  /** @param {(time: bigint) => boolean} fits */
  #quorumWhere(fits) {
    return this.policy.isMetBy([...this.times].filter(([, time]) => fits(time)).map(([name]) => name));
  }

  /** Refuses a checkpoint without its quorum. */
  needQuorum() {
    if (!this.#quorumWhere(() => true)) refuse('quorum_missing', `cosigned by ${this.times.size} of the policy's witnesses: no quorum`);
    return this.head;
  }

  /** By when a quorum had cosigned, or null. */
  quorumBy() {
    const times = [...this.times.values()].sort((a, b) => (a < b ? -1 : 1));
    return (this.policy.isNone() ? null : times.find((by) => this.#quorumWhere((time) => time <= by))) ?? null;
  }

  /** Since when a quorum cosigned, or null. */
  quorumSince() {
    const times = [...this.times.values()].sort((a, b) => (a > b ? -1 : 1));
    return (this.policy.isNone() ? null : times.find((since) => this.#quorumWhere((time) => time >= since))) ?? null;
  }
}
