/** Reports and rows of an open round. docs/src/reference/formats.md "Rows". */
import { g1Of } from '../bn254.js';
import { hex } from '../bytes.js';
import { fieldsOf } from '../json.js';
import { WHOLE_PPM } from '../money.js';
import { refuse } from '../refusal.js';
import { isSealed, numbersOf, reportedAs } from '../rules/rule.js';
import * as is from '../shape.js';
import { isExcluded } from './round.js';
import { checkRole, checkWho } from './who.js';

/** @typedef {import('./market.js').Market} Market */
/** @typedef {import('./market.js').Filed} Filed */
/** @typedef {import('../payload.js').Payload} Payload */
/** @typedef {import('./round.js').Round} Round */

/** enc and tag of a sealed opening, and the blinding in it. */
const SEALED_BYTES = 32 + 16 + 32;

/** @param {Market} market @param {Filed} filed @param {Payload} payload */
export function applyReport(market, filed, payload) {
  const round = market.round(payload.round);
  const evaluator = market.members.get(round.entry.evaluator ?? '') ?? refuse('role_missing', `round ${round.id} has no evaluator`);
  checkWho(market, filed, payload.market, [evaluator], () => {
    const seller = payload.model === null ? undefined : market.models.get(payload.model)?.seller;
    if (payload.subject === evaluator.id || seller === evaluator.id) refuse('role_missing', 'nobody reports on itself');
  });
  const unknown = (/** @type {string} */ id) => refuse('record_unknown', `no record ${id} on this ledger`);
  if (payload.subject !== null && !market.members.has(payload.subject)) unknown(payload.subject);
  if (payload.model !== null && !market.models.has(payload.model)) unknown(payload.model);
  round.checkOpen();
  market.checkNew(filed);
  const isGain = payload.measure === 'expected_gain' || payload.measure === 'realised_gain';
  if (payload.subject === null && (isGain || payload.model === null)) refuse('row_invalid', 'a gain is a member’s; anything else is a member’s or a model’s');
  if ([payload.value_ppm, payload.baseline_ppm, payload.score_ppm].some((ppm) => BigInt(ppm) > WHOLE_PPM)) {
    refuse('value_out_of_range', 'a value, baseline or score above 1000000 ppm');
  }
  round.reports.push({ id: filed.id, index: filed.index, subject: payload.subject, measure: payload.measure, value: payload.value_ppm });
}

/** @param {Market} market @param {Filed} filed @param {Payload} payload */
export function applyBid(market, filed, payload) {
  const round = market.round(payload.round);
  const owner = market.members.get(payload.member);
  const signer = round.rowSigner(payload.member);
  checkWho(market, filed, payload.market, [market.signer(signer ?? '')], () => {
    if (round.rule.sells) checkRole(owner, 'bidder');
  });
  if (owner === undefined) refuse('record_unknown', `no member ${payload.member}`);
  round.checkOpen();
  if (!round.holds(round.rows.length + 1)) refuse('round_full', `round ${round.id} has ${round.rows.length} rows`);
  checkExpected(round, payload.member, filed.index);
  checkRow(round, payload, filed.index);
  const commitment = payload.commitment === null ? null : g1Of(hex(payload.commitment)) ?? refuse('commitment_not_canonical', 'not a point’s one encoding');
  if (commitment?.is0()) refuse('commitment_identity', 'the commitment is the identity');
  if (round.rowOf.has(payload.member)) refuse('duplicate_bid', `${payload.member} has a row`);
  const row = { id: filed.id, index: filed.index, member: payload.member, commitment, shown: payload.public };
  round.rows.push(row);
  round.rowOf.set(row.member, row);
}

/** @param {Round} round @param {string} member @param {bigint} index */
function checkExpected(round, member, index) {
  const unexpected = (/** @type {string} */ what) => refuse('row_not_expected', `${member} ${what}`);
  if (isExcluded(round.entry, round.rule, member)) unexpected('evaluates or sells in this round and owns no row');
  if (round.entry.parties !== null && !round.entry.parties.includes(member)) unexpected('is no party of this round');
  const missing = round.reported.find(({ measure }) => round.reportFor(member, measure, index) === undefined);
  if (missing !== undefined) unexpected(`has no report of its ${missing.name}`);
}

/**
 * The row's public form, and that it alone would not make the rule refuse the round.
 * @param {Round} round
 * @param {Payload} bid
 * @param {bigint} index
 */
function checkRow(round, bid, index) {
  const { rule, disclosure, measured, width } = round;
  const invalid = (/** @type {string} */ what) => refuse('row_invalid', what);
  const own = rule.columns.filter((column) => !isSealed(column, disclosure) && reportedAs(column, disclosure, measured) === null);
  const fields = fieldsOf(bid.public) ?? invalid('`public` is an object');
  const right = Object.keys(fields).length === own.length && own.every(({ name }) => name in fields && is.fits(is.count, fields[name]));
  if (!right) invalid('`public` has exactly the public columns that no report fills');
  if (width === 0) {
    if (bid.commitment !== null || bid.sealed_opening !== null) invalid('a row without sealed numbers: commitment and sealed_opening are null');
  } else if (bid.commitment === null || bid.sealed_opening?.length !== 2 * (SEALED_BYTES + 8 * width)) {
    invalid('a row has a commitment and a sealed opening of its length');
  }
  const shown = round.shownOf({ member: bid.member, index, shown: fields });
  const columns = rule.columns.filter((column) => !isSealed(column, disclosure));
  if (columns.some(({ name }) => !is.fits(is.count, shown[name]))) invalid('a public column is missing');
  const refusal = rule.refuseRow?.(numbersOf(shown)) ?? null;
  if (refusal !== null) invalid(`${rule.id} would refuse this row: ${refusal}`);
}
