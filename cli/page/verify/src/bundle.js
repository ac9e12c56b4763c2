/** The bundle and its statement. docs/src/reference/formats.md "Bundle", "Statement". */
import { hex } from './bytes.js';
import { parseCanonical } from './json.js';
import * as is from './shape.js';

const MAX_BUNDLE = 1 << 30;

const note = is.object({ note: is.text, proof: is.list(is.id) });

const statement = is.object({
  rule: is.label,
  market: is.market,
  checkpoint: is.object({ size: is.count, root: is.id }),
  round: is.id,
  first: is.count,
  last: is.count,
  rows: is.count,
  tier: is.orNull(is.tier),
  shards: is.count,
  circuit_key: is.orNull(is.id),
  terms: is.any,
  public: is.map(is.list(is.any)),
  outcome: is.any,
  results: is.map(is.list(is.id)),
  sealed_results: is.list(is.id),
  z: is.orNull(is.id),
  sources: is.object({ round: is.orNull(is.id), reports: is.list(is.id) }),
});

const bundle = is.object({
  schema: is.word('bundle/v1'),
  checkpoint: is.text,
  entries: is.list(is.object({ index: is.count, entry: is.bytes, proof: is.list(is.id) })),
  range: is.object({ first: is.count, entries: is.list(is.bytes), proof: is.list(is.id) }),
  before_close: is.orNull(note),
  close_checkpoint: note,
  statement,
  sealed_results: is.list(is.bytes),
  verifying_key: is.orNull(is.bytes),
});

/** @typedef {{[column: string]: import('./json.js').Json[]}} Columns */
/** @typedef {{note: string, proof: string[]}} ProvedNote */
/**
 * @typedef {object} Statement
 * @property {string} rule
 * @property {string} market
 * @property {{size: string, root: string}} checkpoint
 * @property {string} round
 * @property {string} first
 * @property {string} last
 * @property {string} rows
 * @property {string | null} tier
 * @property {string} shards
 * @property {string | null} circuit_key
 * @property {any} terms
 * @property {Columns} public
 * @property {any} outcome
 * @property {{[column: string]: string[]}} results
 * @property {string[]} sealed_results
 * @property {string | null} z
 * @property {{round: string | null, reports: string[]}} sources
 */
/**
 * @typedef {object} Bundle
 * @property {string} checkpoint
 * @property {{index: string, entry: string, proof: string[]}[]} entries
 * @property {{first: string, entries: string[], proof: string[]}} range
 * @property {ProvedNote | null} before_close
 * @property {ProvedNote} close_checkpoint
 * @property {Statement} statement
 * @property {string[]} sealed_results
 * @property {string | null} verifying_key
 */

/**
 * Reads a bundle; verifies nothing.
 * @param {Uint8Array} bytes
 * @returns {Bundle}
 */
export function parseBundle(bytes) {
  if (bytes.length > MAX_BUNDLE) is.word()('', 'a bundle of more than 1 GiB');
  const parsed = parseCanonical(bytes);
  bundle(parsed, 'bundle');
  return /** @type {any} */ (parsed);
}

/**
 * The leaf at an index of the ledger, if it stands in the round's range.
 * @param {Bundle} bundle
 * @param {bigint} index
 * @returns {Uint8Array | null}
 */
export function leafAt(bundle, index) {
  const place = index - BigInt(bundle.range.first);
  const entry = place >= 0n && place < BigInt(bundle.range.entries.length) ? bundle.range.entries[Number(place)] : null;
  return entry === null ? null : hex(entry);
}
