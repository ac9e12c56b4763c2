/** Folds the entries of a bundle: those that the round needs, then the whole range of the round. */
import { hash, hex, toHex, utf8 } from './bytes.js';
import { Entry } from './entry.js';
import { Market } from './market/market.js';
import { SignedCheckpoint } from './note.js';
import { Refusal, refuse } from './refusal.js';
import * as is from './shape.js';
import { checkConsistency, checkInclusion, checkRange, leafHash } from './tree.js';

/** @typedef {import('./bundle.js').Bundle} Bundle */
/** @typedef {import('./market_key.js').MarketKey} MarketKey */
/** @typedef {import('./tree.js').TreeHead} TreeHead */
/** @typedef {import('./market/round.js').Round} Round */
/** @typedef {{market: Market, round: Round, closeTree: TreeHead, last: bigint}} Folded */

const invalid = (/** @type {string} */ what) => refuse('range_invalid', what);

/**
 * Does something with an entry; whatever is refused makes the range invalid, but for codes that stand for themselves.
 * @template T
 * @param {bigint} index
 * @param {() => T} act
 * @param {(refusal: Refusal) => boolean} [own]
 * @returns {T}
 */
function at(index, act, own = () => false) {
  try {
    return act();
  } catch (error) {
    if (!(error instanceof Refusal) || own(error)) throw error;
    return invalid(`entry ${index}: ${error.message} (${error.code})`);
  }
}

/**
 * @param {Bundle} bundle
 * @param {MarketKey} key
 * @param {TreeHead} tree the bundle's
 * @returns {Folded}
 */
export function fold(bundle, key, tree) {
  const { range } = bundle;
  const first = BigInt(range.first);
  const market = before(bundle, key, tree, first);
  const entries = range.entries.map(hex);
  checkRange(range.proof, entries.map(leafHash), first, tree);
  return foldRange(bundle, key, tree, market, entries);
}

/** Entry 0 and what else the round needs of the entries before it. @param {Bundle} bundle @param {MarketKey} key @param {TreeHead} tree @param {bigint} first */
function before({ entries }, key, tree, first) {
  const read = (/** @type {Bundle['entries'][0]} */ { index, entry, proof }) => {
    const encoded = hex(entry);
    checkInclusion(proof, leafHash(encoded), BigInt(index), tree);
    return at(BigInt(index), () => Entry.decode(encoded));
  };
  if (entries.length === 0) invalid('entry 0 is missing');
  const entry0 = read(entries[0]);
  const other = (/** @type {string} */ what) => refuse('market_mismatch', what);
  if (entries[0].index !== '0' || leafHash(hex(entries[0].entry)) !== key.entry0) other('entry 0 is not the one that the market’s key names');
  const market = new Market(entry0);
  if (market.log.text !== key.log.text) other('entry 0 names another log key');
  for (const proved of entries.slice(1)) {
    const [entry, index] = [read(proved), BigInt(proved.index)];
    if (index >= first) invalid('an entry that belongs into the range stands before it');
    at(index, () => market.apply(index, entry));
  }
  return market;
}

/**
 * A round that divides proceeds takes them from a round whose settlement is not examined here: what the terms say is
 * believed, and the verdict says so.
 * @param {Market} market
 * @param {any} entry
 */
function believeSource(market, { revenue_from: source, terms }) {
  const round = source === null ? undefined : market.rounds.get(source.round);
  const told = terms?.revenue;
  if (!round?.settled || round.proceeds !== null || !round.entry.sellers.includes(source.seller)) return;
  if (is.fits(is.wide, told)) round.proceeds = new Map([[source.seller, BigInt(told)]]);
}

/**
 * Every leaf parses; those of this round, and those about members and keys, are judged as on the ledger; the first opens
 * the round and the last settles it.
 * @param {Bundle} bundle
 * @param {MarketKey} key
 * @param {TreeHead} tree
 * @param {Market} market
 * @param {Uint8Array[]} entries
 * @returns {Folded}
 */
function foldRange(bundle, key, tree, market, entries) {
  const first = BigInt(bundle.range.first);
  let id = '';
  /** @type {TreeHead | null} */
  let closeTree = null;
  entries.forEach((encoded, i) => {
    const index = first + BigInt(i);
    const { entry, payload } = at(index, () => {
      const entry = Entry.decode(encoded);
      return { entry, payload: entry.payload() };
    });
    if (i === 0) {
      if (payload.kind !== 'round') invalid('the range does not start with a round');
      id = entry.envelope.recordId;
      believeSource(market, payload);
    }
    const isThis = i === 0 || payload.round === id;
    if (!isThis && !concerns(market, payload)) return;
    const isEnd = payload.kind === 'close' || payload.kind === 'settlement';
    at(index, () => market.apply(index, entry, payload), (refusal) => isEnd && refusal.isFrom('proof'));
    if (isThis && payload.kind === 'close') closeTree = closeTreeOf(bundle, key, index, tree);
  });
  const round = /** @type {Round} */ (market.rounds.get(id));
  const last = first + BigInt(entries.length) - 1n;
  if (round.settled?.index !== last) invalid('the range does not end with the round’s settlement');
  const digest = toHex(hash(utf8(bundle.close_checkpoint.note)));
  if (round.settled?.entry.close_checkpoint !== digest) refuse('statement_mismatch', 'the settlement names another closing checkpoint');
  return { market, round, closeTree: closeTree ?? invalid('the round was not closed'), last };
}

/** Whether an entry that is about no round can change how the round's own entries are judged. @param {Market} market @param {any} payload */
function concerns(market, { kind, member }) {
  if (kind === 'member' || kind === 'rule_admit') return true;
  return (kind === 'key_rotate' || kind === 'key_revoke') && market.members.has(member);
}

/** The closing note is the log's, over exactly the entries up to the close, and a prefix of the bundle's tree. @param {Bundle} bundle @param {MarketKey} key @param {bigint} close @param {TreeHead} tree */
function closeTreeOf({ close_checkpoint: { note, proof } }, key, close, tree) {
  const head = key.verify(SignedCheckpoint.parse(utf8(note)));
  if (head.size !== close + 1n) invalid('the closing checkpoint does not end with the close');
  checkConsistency(proof, head, tree);
  return head;
}
