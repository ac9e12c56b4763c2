/** A ledger in the hands of its operator, who has every key: entries may be changed, and all is signed again. */
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { ed25519 } from '@noble/curves/ed25519.js';
import { beNumber, concat, derive, fromBase64, hash, hex, sha256, toBase64, toHex, utf8 } from '../src/bytes.js';
import { Entry } from '../src/entry.js';
import { Envelope } from '../src/envelope.js';
import { canonical } from '../src/json.js';
import { kindByte } from '../src/payload.js';
import { leafHash } from '../src/tree.js';

const node = (left, right) => toHex(sha256(concat(Uint8Array.of(1), hex(left), hex(right))));
const half = (width) => 2 ** Math.floor(Math.log2(width - 1));

/** The root of leaves [low, high). */
function root(leaves, low, high) {
  if (high === low) return toHex(sha256(new Uint8Array()));
  if (high - low === 1) return leaves[low];
  const middle = low + half(high - low);
  return node(root(leaves, low, middle), root(leaves, middle, high));
}

function inclusion(leaves, index, low, high) {
  if (high - low === 1) return [];
  const middle = low + half(high - low);
  if (index < middle) return [...inclusion(leaves, index, low, middle), root(leaves, middle, high)];
  return [...inclusion(leaves, index, middle, high), root(leaves, low, middle)];
}

function consistency(leaves, old, low, high) {
  if (old === high) return low === 0 ? [] : [root(leaves, low, high)];
  const middle = low + half(high - low);
  if (old <= middle) return [...consistency(leaves, old, low, middle), root(leaves, middle, high)];
  return [...consistency(leaves, old, middle, high), root(leaves, low, middle)];
}

function beside(leaves, first, end, low, high) {
  if (high <= first || end <= low) return [root(leaves, low, high)];
  if (high - low === 1) return [];
  const middle = low + half(high - low);
  return [...beside(leaves, first, end, low, middle), ...beside(leaves, first, end, middle, high)];
}

/** Secret keys, by key id. */
export function keysOf(demo) {
  const keys = new Map();
  for (const name of readdirSync(join(demo, 'private'))) {
    const secret = hex(readFileSync(join(demo, 'private', name, 'signing.key'), 'utf8').trim());
    keys.set(toHex(derive('quittance v1 key-id', ed25519.getPublicKey(secret))), secret);
  }
  return keys;
}

/** The entries of an exported ledger of less than 256: each after its length. */
export function exported(folder) {
  const tiles = join(folder, 'tile/entries/000.p');
  const bytes = new Uint8Array(readFileSync(join(tiles, readdirSync(tiles)[0])));
  const entries = [];
  for (let at = 0; at < bytes.length; ) {
    const length = Number(beNumber(bytes.subarray(at, at + 2)));
    entries.push(Entry.decode(bytes.slice(at + 2, at + 2 + length)));
    at += 2 + length;
  }
  return entries.map(draft);
}

/** An entry that can be changed: its payload as a document. `keep` are signatures that still hold. */
function draft(entry) {
  const { payload, signatures, type } = entry.envelope;
  return {
    kind: entry.envelope.kind(),
    type,
    time: entry.time,
    payload: JSON.parse(new TextDecoder().decode(payload)),
    signers: signatures.map(({ keyId }) => keyId),
    id: entry.envelope.recordId,
    encoded: entry.encode(),
  };
}

/** Signs a draft with its signers' keys. */
function sign({ kind, type, time, payload, signers, byte }, keys) {
  const bytes = utf8(canonical(payload));
  const { pae } = new Envelope(type, bytes, []);
  const signed = [...new Set(signers)].sort().map((keyId) => ({ keyId, bytes: ed25519.sign(pae, keys.get(keyId)) }));
  const entry = new Entry(byte ?? kindByte(kind), time, new Envelope(type, bytes, signed));
  return { id: entry.envelope.recordId, encoded: entry.encode() };
}

/** A checkpoint of the first entries, signed with the log's key. */
function checkpoint(leaves, size, { origin, line, secret }) {
  const text = `${origin}\n${size}\n${toBase64(hex(root(leaves, 0, size)))}\n`;
  return `${text}\n— ${origin} ${toBase64(concat(line, ed25519.sign(utf8(text), secret)))}\n`;
}

/** What signs a market's log: from its key file, and its secret key. */
export function logKey(vkey, keys) {
  const [origin, id, data] = vkey.split('\n')[0].split('+').reduce((words, word, i) => (i < 3 ? [...words, word] : [...words.slice(0, 2), `${words[2]}+${word}`]), []);
  const keyId = toHex(derive('quittance v1 key-id', fromBase64(data).slice(1)));
  return { origin, line: hex(id), secret: keys.get(keyId) };
}

/**
 * A bundle of changed drafts, signed again wherever it must be. References to entries whose ids change follow them, if
 * `follow` says so.
 * @param {any} bundle the honest bundle, whose needed entries and statement are taken
 * @param {any[]} drafts of the ledger up to the settlement
 * @param {{keys: Map<string, Uint8Array>, log: any, follow: boolean, statement: any, amend: (draft: any, statement: any) => void}} how
 */
export function republish(bundle, drafts, { keys, log, follow, statement, amend }) {
  const moved = new Map();
  const rename = (value) => {
    if (typeof value === 'string') return moved.get(value) ?? value;
    if (Array.isArray(value)) return value.map(rename);
    return value && typeof value === 'object' ? Object.fromEntries(Object.entries(value).map(([k, v]) => [k, rename(v)])) : value;
  };
  const leaves = [];
  const encoded = [];
  let told = statement;
  let close = -1;
  const note = () => checkpoint(leaves, close + 1, log);
  const first = drafts.findIndex((draft) => draft.isRound);
  drafts.forEach((draft, index) => {
    const before = canonical(draft.payload);
    let payload = follow ? rename(draft.payload) : draft.payload;
    if (draft.isClose) close = index;
    if (draft.isClose && draft.mend) payload = { ...payload, first: `${first + 1}`, last: `${index - 1}`, rows: `${draft.rows()}` };
    if (draft.isSettlement) {
      told = follow ? rename(told) : told;
      if (draft.mend && close >= 0) {
        told = { ...told, checkpoint: { root: root(leaves, 0, close + 1), size: `${close + 1}` }, first: `${first + 1}`, last: `${close - 1}` };
        payload = { ...payload, close_checkpoint: toHex(hash(utf8(note()))) };
      }
      amend(draft, told);
      payload = { ...payload, statement: toHex(derive('quittance v1 statement', utf8(canonical(told)))), ...draft.over };
    }
    const same = !draft.changed && canonical(payload) === before;
    const made = same ? draft : sign({ ...draft, payload }, keys);
    if (made.id !== draft.id && draft.id !== undefined) moved.set(draft.id, made.id);
    encoded.push(made.encoded);
    leaves.push(leafHash(made.encoded));
  });
  const size = leaves.length;
  const proved = bundle.entries.map(({ index }) => Number(index)).filter((index) => index < Math.max(first, 1));
  return {
    ...bundle,
    checkpoint: checkpoint(leaves, size, log),
    entries: proved.map((index) => ({ index: `${index}`, entry: toHex(encoded[index]), proof: inclusion(leaves, index, 0, size) })),
    range: { first: `${first}`, entries: encoded.slice(first).map((entry) => toHex(entry)), proof: beside(leaves, first, size, 0, size) },
    close_checkpoint: { note: close < 0 ? bundle.close_checkpoint.note : note(), proof: close < 0 ? [] : consistency(leaves, close + 1, 0, size) },
    statement: told,
  };
}
