/** What a member brings of its own: its bid, what opens it, its receipt, its seal key. */
import { fromBase64, fromUtf8, hex, leBytes, beNumber, leNumber, parts, toBase64, toHex, utf8 } from './bytes.js';
import { g1Of, scalarOf } from './bn254.js';
import { leafAt } from './bundle.js';
import { Entry, leafOf } from './entry.js';
import { Envelope } from './envelope.js';
import { SignedCheckpoint } from './note.js';
import { Opening, opensResult } from './opening.js';
import { payloadOf } from './payload.js';
import { refuse } from './refusal.js';
import { rowOf } from './rules/rule.js';
import { checkInclusion, leafHash } from './tree.js';
import { Wrong } from './wrong.js';

/** @typedef {import('./bundle.js').Bundle} Bundle */
/** @typedef {import('./market/round.js').Round} Round */
/** @typedef {import('./market/round.js').Row} Row */
/** @typedef {import('./market_key.js').MarketKey} MarketKey */
/**
 * @typedef {object} Own
 * @property {Uint8Array} [bid] the bid's signed file
 * @property {Opening} [opening] what opens its commitment
 * @property {Uint8Array} [receipt] the receipt for it
 * @property {import('./seal_key.js').SealKey} [seal] the secret half of the member's `seal_key`
 */
/** @typedef {{numbers: bigint[], opening: Opening | null}} Opened */

const MAX_RECEIPT = 132 * 1024;
/** Results that are places in a list: 0 is none, and a place is sealed as one more. */
const PLACES = ['actions'];

/**
 * A C2SP tlog-proof whose `extra` is the entry's time.
 * @param {Uint8Array} file
 */
export function parseReceipt(file) {
  const malformed = (/** @type {string} */ what) => refuse('file_malformed', `receipt: ${what}`);
  if (file.length > MAX_RECEIPT) refuse('file_too_large', 'a receipt of more than 132 KiB');
  const text = fromUtf8(file) ?? malformed('not UTF-8');
  const end = text.indexOf('\n\n');
  if (end < 0) malformed('no blank line');
  const [head, extra, index, ...path] = text.slice(0, end).split('\n');
  const time = extra?.startsWith('extra ') ? fromBase64(extra.slice(6)) : null;
  const number = /^index (0|[1-9][0-9]{0,19})$/.exec(index ?? '');
  if (head !== 'c2sp.org/tlog-proof@v1' || time?.length !== 8 || number === null || BigInt(number[1]) >> 64n > 0n) {
    return malformed('expected `c2sp.org/tlog-proof@v1`, `extra` and the entry’s time, `index` and a number');
  }
  const proof = path.map((line) => {
    const hash = fromBase64(line);
    return hash?.length === 32 && toBase64(hash) === line ? toHex(hash) : malformed('a line of the proof is not a hash');
  });
  const checkpoint = SignedCheckpoint.parse(utf8(text.slice(end + 2)));
  return { index: BigInt(number[1]), time: beNumber(time), proof, checkpoint };
}

/**
 * The receipt is the log's, and the entry that it promises stands where it promises.
 * @param {Bundle} bundle
 * @param {MarketKey} key
 * @param {Own} own
 */
export function checkReceipt(bundle, key, own) {
  const receipt = parseReceipt(/** @type {Uint8Array} */ (own.receipt));
  const { index, proof, checkpoint } = receipt;
  const here = leafAt(bundle, index) ?? refuse('inclusion_invalid', `the receipt is for entry ${index}, not of this round`);
  if (own.bid !== undefined) {
    const envelope = Envelope.parse(own.bid);
    if (!Entry.decode(here).envelope.isSame(envelope)) {
      const leaf = leafOf(receipt.time, envelope);
      checkInclusion(proof, leaf, index, key.witnessed(checkpoint).head);
      refuse('log_forked', `entry ${index} is not the one promised for it`);
    }
  }
  const { head } = key.witnessed(checkpoint);
  try {
    checkInclusion(proof, leafHash(here), index, head);
  } catch {
    // The signature is the log's but the path leads elsewhere: the log has shown two trees.
    refuse('log_forked', `the receipt promises another entry ${index}, signed by the same log`);
  }
  return `entry ${index} stands where the receipt for it says`;
}

/**
 * The member's bid stands on the ledger as the member signed it, and the opening fits it.
 * @param {Round} round
 * @param {Bundle} bundle
 * @param {Own} own
 * @returns {[Row, string]}
 */
export function checkBid(round, bundle, own) {
  const envelope = Envelope.parse(/** @type {Uint8Array} */ (own.bid));
  const bid = payloadOf(envelope.kind(), envelope.payload);
  if (bid.kind !== 'bid') refuse('kind_unknown', 'not a bid');
  const row = round.rows.find(({ id, member }) => id === envelope.recordId && member === bid.member);
  if (row === undefined) return refuse('bid_missing', `bid ${short(envelope.recordId)} is not among the rows of this round`);
  const leaf = /** @type {Uint8Array} */ (leafAt(bundle, row.index));
  if (!Entry.decode(leaf).envelope.isSame(envelope)) {
    refuse('signature_invalid', 'your file has another signature than the bid on the ledger', 'take your bid as it stands on the ledger: `quittance ledger entry N`');
  }
  const fits = own.opening === undefined ? null : row.commitment !== null && own.opening.opens(row.commitment);
  if (fits === false) refuse('opening_mismatch', 'your opening does not fit your commitment');
  return [row, `entry ${row.index} carries your commitment${fits ? '; your opening fits it' : ''}`];
}

/** The first 8 digits of an id, for people. @param {string} id */
export function short(id) {
  return `${id.slice(0, 8)}…`;
}

/** @param {Round} round @param {Row} row */
const placeOf = (round, row) => round.inOrder().findIndex((/** @type {Row} */ { id }) => id === row.id);

/** Whether somebody else signed the row, so that its member learns its numbers with the results. @param {Round} round @param {Row} row */
const isNew = (round, row) => round.width > 0 && round.rowSigner(row.member) !== row.member;

/**
 * Opens the member's sealed results, and compares them with the statement's commitments.
 * @param {Round} round
 * @param {Bundle} bundle
 * @param {Row} row
 * @param {string} sealKey the member's, on the ledger
 * @param {Own} own
 * @returns {{opened: Opened | null, said: string}}
 */
export function openResults(round, bundle, row, sealKey, own) {
  if (own.seal === undefined) return { opened: null, said: 'sealed to you: your `seal_key` opens them (`--key`)' };
  if (own.seal.publicKey !== sealKey) return { opened: null, said: 'sealed to another key than the one that you brought' };
  const mismatch = (/** @type {string} */ what) => refuse('opening_mismatch', `your sealed result ${what}`);
  const [place, names] = [placeOf(round, row), round.sealedResults];
  const commitments = names.map((name) => hex(bundle.statement.results[name][place]));
  const info = parts(utf8('quittance/v1/result'), utf8(round.entry.market), hex(round.id));
  const aad = parts(hex(row.member), leBytes(place, 8), ...commitments);
  const plain = own.seal.open(info, aad, hex(bundle.sealed_results[place] ?? ''));
  if (plain === null) return mismatch('does not open with this key under this round, row and commitments');
  if (plain.length < 48 * names.length) mismatch('has another length');
  const numbers = names.map((_, i) => {
    const [number, blinding] = [leNumber(plain.subarray(48 * i, 48 * i + 16)), scalarOf(plain.subarray(48 * i + 16, 48 * i + 48))];
    const commitment = g1Of(commitments[i]);
    if (blinding === null || commitment === null) return mismatch('is malformed');
    return opensResult(number, blinding, commitment) ? number : mismatch('opens another commitment');
  });
  const rest = plain.subarray(48 * names.length);
  const isOwn = !isNew(round, row);
  if (isOwn && rest.length > 0) mismatch('has another length');
  const opening = isOwn ? null : Opening.ofPlaintext(rest, round.width) ?? mismatch('is malformed');
  const shown = Object.entries(byName(round, numbers)).sort(([a], [b]) => (a < b ? -1 : 1));
  const said = shown.map(([name, number]) => `${name} ${number ?? 'none'}`).join(', ');
  return { opened: { numbers, opening }, said: `${said}; they open your commitments` };
}

/**
 * Opened results by name, as an outcome that publishes them says them.
 * @param {Round} round
 * @param {bigint[]} numbers
 * @returns {{[column: string]: string | null}}
 */
export function byName(round, numbers) {
  const said = (/** @type {string} */ name, /** @type {bigint} */ number) => {
    if (!PLACES.includes(name)) return `${number}`;
    return number === 0n ? null : `${number - 1n}`;
  };
  return Object.fromEntries(round.sealedResults.map((name, i) => [name, said(name, numbers[i])]));
}

/** A row of these sealed numbers, with the names of its columns. @param {Round} round @param {Row} row @param {bigint[]} sealed */
export function ownRow(round, row, sealed) {
  if (sealed.length !== round.width) refuse('file_malformed', 'the row has another number of sealed numbers');
  return rowOf(round.rule, round.terms, round.disclosure, sealed, round.shownOf(row));
}

/**
 * What the round decided about the member agrees with its own numbers; what moved, and that in words.
 * @param {Round} round
 * @param {Row} row
 * @param {Own} own
 * @param {Opened | null} opened
 * @param {{outcome: any, money: import('./money.js').Money, show: (amount: bigint) => string}} decided
 * @returns {{made: boolean, said: string}}
 */
export function checkPayment(round, row, own, opened, { outcome, money, show }) {
  const [place, columns] = [placeOf(round, row), round.sealedResults];
  if (columns.length > 0 && opened === null) return { made: false, said: 'sealed to you, and not opened' };
  const results = opened?.numbers ?? [];
  const opening = opened?.opening ?? own.opening ?? null;
  /** @type {string | null} */
  let words = null;
  if (opening !== null || round.width === 0) {
    const known = ownRow(round, row, opening?.row ?? []);
    try {
      words = round.rule.ownView({ terms: round.terms, outcome, index: place, row: known, results });
    } catch (error) {
      if (!(error instanceof Wrong)) throw error;
      refuse(error.kind === 'payment' ? 'payment_mismatch' : 'proof_invalid', error.message);
    }
  }
  const sealed = columns.findIndex((name) => name === 'payments' || name === 'receipts');
  const moved = sealed >= 0 ? results[sealed] : money.receipts.length > 0 ? money.receipts[place] : money.payments[place];
  const amount = moved === undefined ? '' : `${show(moved)}, `;
  if (words !== null) return { made: true, said: `${amount}${words}` };
  return { made: false, said: `${amount}your opening would compare it with your numbers (\`--opening\`)` };
}

