/** How a round ends: close, settlement, abort. */
import { refuse } from '../refusal.js';
import { numbersOf, refusalOf } from '../rules/rule.js';
import { checkWho } from './who.js';

/** @typedef {import('./market.js').Market} Market */
/** @typedef {import('./market.js').Filed} Filed */
/** @typedef {import('../payload.js').Payload} Payload */
/** @typedef {import('./round.js').Round} Round */

/** @param {Market} market @param {Filed} filed @param {Payload} payload */
export function applyClose(market, filed, payload) {
  checkWho(market, filed, payload.market, [market.operator]);
  const round = market.round(payload.round);
  round.checkRunning();
  if (round.closed !== null) refuse('round_closed', `round ${round.id} closed at entry ${round.closed.index}`);
  const [first, last] = [round.index + 1n, filed.index - 1n];
  const right = BigInt(payload.first) === first && BigInt(payload.last) === last && BigInt(payload.rows) === BigInt(round.rows.length);
  if (!right) refuse('bid_set_mismatch', `the round's ${round.rows.length} bids stand from entry ${first} to ${last}; the close says otherwise`);
  round.closed = { index: filed.index, first, last };
}

/** @param {Market} market @param {Filed} filed @param {Payload} payload */
export function applySettlement(market, filed, payload) {
  checkWho(market, filed, payload.market, [market.operator]);
  const round = market.round(payload.round);
  round.checkRunning();
  if (round.closed === null) refuse('round_open', `round ${round.id} is not closed`);
  const fit = round.fit(round.rows.length);
  if (payload.circuit_key !== (fit?.key.circuit_key ?? null)) refuse('key_mismatch', `${round.rows.length} rows are settled with another circuit key`);
  const { proof } = payload;
  const right = fit === null ? proof === null : proof !== null && proof.shards.length === fit.shards && proof.carries.length + 1 === fit.shards;
  if (!right) refuse('proof_malformed', 'a proof for each shard and a carry between two; nothing where nothing is proved');
  round.settled = { index: filed.index, entry: payload };
}

/** @param {Market} market @param {Filed} filed @param {Payload} payload */
export function applyAbort(market, filed, payload) {
  checkWho(market, filed, payload.market, [market.operator]);
  const round = market.round(payload.round);
  round.checkRunning();
  round.aborted = { index: filed.index, excused: isExcused(round, payload.code) };
}

/**
 * Whether public numbers excuse an abort: nobody had bid, or the rule refuses the closed round with this code.
 * @param {Round} round
 * @param {string} code
 */
function isExcused(round, code) {
  if (round.rows.length === 0) return true;
  if (round.closed === null) return false;
  const rows = round.inOrder().map((/** @type {import('./round.js').Row} */ row) => numbersOf(round.shownOf(row)));
  return refusalOf(round.rule, round.terms, rows) === code;
}
