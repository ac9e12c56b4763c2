/** Opening a round: everything about it is judged here. docs/src/reference/formats.md "Rounds". */
import { refuse } from '../refusal.js';
import { reportedAs } from '../rules/rule.js';
import { seconds } from '../shape.js';
import { Round, fitOf, isExcluded } from './round.js';
import { checkRole, checkSealKey, checkWho } from './who.js';

/** @typedef {import('./market.js').Market} Market */
/** @typedef {import('./market.js').Filed} Filed */
/** @typedef {import('../payload.js').Payload} Payload */

const invalid = (/** @type {string} */ what) => refuse('terms_invalid', what);
const isUnique = (/** @type {unknown[]} */ list) => new Set(list).size === list.length;

/** @param {Market} market @param {Filed} filed @param {Payload} entry */
export function openRound(market, filed, entry) {
  const round = new Round(filed.id, filed.index, entry);
  const sellers = entry.sellers.map((/** @type {string} */ id) => market.signer(id));
  const { rule } = round;
  checkWho(market, filed, entry.market, [market.operator, ...sellers], () => {
    sellers.forEach((/** @type {import('./market.js').Member} */ seller) => checkRole(seller, 'seller'));
    if (entry.evaluator !== null) checkRole(market.members.get(entry.evaluator), 'evaluator');
    if (rule.sells) (entry.parties ?? []).forEach((/** @type {string} */ id) => checkRole(market.members.get(id), 'bidder'));
  });
  checkNames(market, entry);
  const state = market.rules.get(rule.id) ?? refuse('rule_unknown', `${rule.id} is not admitted here`);
  if (!state.isInForce()) refuse('rule_withdrawn', `${rule.id} is withdrawn`);
  const refusal = rule.refuseTerms(round.terms);
  if (refusal !== null) invalid(`${rule.id} refuses: ${refusal}`);
  checkForm(round);
  checkParties(round);
  checkItems(market, round);
  checkRevenue(market, entry);
  checkReopens(market, entry);
  const spent = [...market.rounds.values()].find((other) => divides(other, entry) && other.aborted === null);
  if (spent !== undefined) refuse('source_spent', `round ${spent.id} divides these proceeds`);
  market.checkNew(filed);
  checkKeys(round, state);
  market.rounds.set(round.id, round);
}

/** Whether a round divides the proceeds that another one would. @param {Round} round @param {Payload} entry */
function divides(round, entry) {
  const [a, b] = [round.entry.revenue_from, entry.revenue_from];
  return a !== null && b !== null && a.round === b.round && a.seller === b.seller;
}

/** Everything that the round names stands on the ledger. @param {Market} market @param {Payload} entry */
function checkNames(market, entry) {
  const rounds = [entry.revenue_from?.round ?? null, entry.reopens].filter((id) => id !== null);
  rounds.forEach((id) => market.round(id));
  const unknown = (/** @type {string} */ id) => refuse('record_unknown', `no record ${id} on this ledger`);
  const members = [...(entry.evaluator === null ? [] : [entry.evaluator]), ...(entry.parties ?? [])];
  members.forEach((id) => market.members.has(id) || unknown(id));
  entry.items.forEach((/** @type {string} */ id) => market.models.has(id) || unknown(id));
}

/** Fields that have a meaning for the rule are there, and no others. @param {Round} round */
function checkForm({ entry, rule, disclosure, width }) {
  const [from, to] = [seconds(entry.close_at), seconds(entry.abort_at)];
  if (/** @type {bigint} */ (from) >= /** @type {bigint} */ (to)) invalid('close_at is not before abort_at');
  if (disclosure === 'sealed' && !rule.results?.length) invalid('this rule has nothing that a round may seal');
  if (rule.sells && entry.sellers.length === 0) invalid('nobody sells: no sellers');
  const several = rule.id === 'assignment/v1' && entry.sellers.length === entry.items.length;
  if (entry.sellers.length > 1 && !several) invalid('this rule has one seller');
  if (rule.sells && entry.revenue_from !== null) invalid('this rule divides no revenue: revenue_from is null');
  if ((entry.dust_to !== null) !== Boolean(rule.leavesDust)) invalid('dust_to stands in rounds that may leave dust, and only there');
  if (entry.dust_to === 'seller' && entry.sellers.length === 0) invalid('dust_to: no seller');
  const reports = rule.columns.some((column) => reportedAs(column, disclosure, false) !== null);
  if (entry.evaluator === null && (reports || entry.row_signers === 'evaluator')) invalid('this round needs an evaluator');
  if ((entry.hpke_key !== null) !== width > 0) invalid('hpke_key stands in rounds with sealed numbers, and only there');
}

/** Nobody is listed twice, and nobody who owns no row. @param {Round} round */
function checkParties({ entry, rule, terms }) {
  const { parties } = entry;
  // A rule that takes a fixed number of rows must know whose they are.
  if (rule.refuseCount(terms, parties === null ? 0 : parties.length) !== null) invalid(`${rule.id} takes another number of rows`);
  if (parties === null) return;
  if (!isUnique(parties)) invalid('a party is listed twice');
  if (parties.some((/** @type {string} */ member) => isExcluded(entry, rule, member))) invalid('a party evaluates or sells here and owns no row');
}

/** Each item was signed by the seller that the round names for it. @param {Market} market @param {Round} round */
function checkItems(market, { entry: { items, sellers, terms }, rule }) {
  if (!isUnique(items)) invalid('an item is listed twice');
  if (!rule.sells !== (items.length === 0)) invalid('a rule that sells has items, and no other');
  if (!rule.sells) return;
  if (Array.isArray(terms.items) && terms.items.length !== items.length) invalid('the terms are for another number of items');
  items.forEach((/** @type {string} */ item, /** @type {number} */ i) => {
    const seller = sellers.length === 1 ? sellers[0] : sellers[i];
    if (market.models.get(item)?.seller !== seller) invalid(`item ${item} is not its seller's model`);
  });
}

/** A split of proceeds divides exactly what a settled round brought the seller. @param {Market} market @param {Payload} entry */
function checkRevenue(market, { revenue_from: source, sellers, terms }) {
  if (source === null) return;
  if (sellers.length !== 1 || sellers[0] !== source.seller) invalid('the seller whose proceeds are divided is the round’s seller');
  const settled = market.round(source.round);
  if (settled.settled === null) invalid(`round ${source.round} is not settled`);
  const proceeds = settled.proceeds?.get(source.seller) ?? invalid(`the proceeds of round ${source.round} are not known`);
  const revenue = terms.revenue;
  const told = typeof revenue === 'string' && /^(0|[1-9][0-9]{0,19})$/.test(revenue) ? BigInt(revenue) : null;
  if (told !== proceeds) invalid(`terms.revenue is not the seller’s proceeds, ${proceeds}`);
}

/** A round over what an operator has aborted without excuse says so. @param {Market} market @param {Payload} entry */
function checkReopens(market, entry) {
  const over = (/** @type {Round} */ other) => entry.items.some((/** @type {string} */ item) => other.entry.items.includes(item)) || divides(other, entry);
  const aborted = [...market.rounds.values()].filter((other) => other.aborted !== null && over(other));
  const at = (/** @type {Round} */ round) => /** @type {{index: bigint}} */ (round.aborted).index;
  const faults = aborted.filter((other) => other.aborted?.excused === false).sort((a, b) => (at(a) < at(b) ? -1 : 1));
  const latest = faults[faults.length - 1]?.id;
  if (latest !== undefined && entry.reopens !== latest) invalid(`round ${latest} over the same was aborted without excuse: name it in \`reopens\``);
  if (entry.reopens !== null && !aborted.some(({ id }) => id === entry.reopens)) invalid('`reopens` names no aborted round over the same');
}

/** The round settles under the circuit keys in force, if it needs any, and seals to a key that is safe. */
function checkKeys(/** @type {Round} */ { entry, rule, terms, evidence }, /** @type {import('./rule_state.js').RuleState} */ state) {
  const keys = state.keys();
  if (evidence !== 'proved') {
    if (!state.isNative()) refuse('key_unknown', `${rule.id} is admitted here for rounds that are proved only`);
    if (entry.circuit_keys.length > 0) refuse('key_mismatch', 'this round needs no proof: no circuit keys');
  } else {
    if (fitOf(rule, terms, keys, entry.parties?.length ?? 0) === null) refuse('key_unknown', `no circuit key of ${rule.id} in force holds such a round`);
    const listed = entry.circuit_keys.map((/** @type {any} */ { tier, circuit_key }) => `${tier} ${circuit_key}`);
    const inForce = keys.map(({ tier, circuit_key }) => `${tier} ${circuit_key}`);
    if (listed.some((/** @type {string} */ key) => !inForce.includes(key))) refuse('key_unknown', 'a circuit key that is not in force');
    if (listed.join() !== inForce.join()) refuse('key_mismatch', 'a round lists every key in force once, smallest tier first');
  }
  if (entry.hpke_key !== null) checkSealKey(entry.hpke_key);
}
