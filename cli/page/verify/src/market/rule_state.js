/** Which rules rounds may use, and with which circuit keys. */
import { refuse } from '../refusal.js';
import { ruleOf } from '../rules/index.js';
import { tierSize } from '../shape.js';
import { checkWho } from './who.js';

/** @typedef {import('./market.js').Market} Market */
/** @typedef {import('./market.js').Filed} Filed */
/** @typedef {import('../payload.js').Payload} Payload */

/** What of a rule is in force. A rule that was admitted and is not in force is withdrawn. */
export class RuleState {
  #native = false;
  /** @type {Map<string, {key: string, provenance: any}>} by tier */
  #keys = new Map();
  /** @type {Set<string>} */
  #withdrawn = new Set();

  /**
   * Puts in force what is admissible.
   * @param {Market} market
   * @param {Payload} admitted
   */
  static admit(market, { rule: id, tier, circuit_key: key, provenance }) {
    const state = market.rules.get(id) ?? new RuleState();
    const rule = ruleOf(id) ?? refuse('rule_unknown', `no published rule ${id}`);
    if (state.#withdrawn.has(`${tier} ${key}`)) refuse('rule_withdrawn', `${id}: what was withdrawn does not come back`);
    const given = [tier, key, provenance].filter((part) => part !== null).length;
    const provable = given === 3 && rule.evidences.includes('proved');
    const native = given === 0 && rule.evidences.some((evidence) => evidence !== 'proved');
    if (!provable && !native) refuse('terms_invalid', `${id}: admitted with tier, circuit_key and provenance to be proved, with none of them to be native`);
    if (native ? state.#native : state.#keys.has(tier)) refuse('duplicate_entry', `${id} has a key of this tier; withdraw it first`);
    if (native) state.#native = true;
    else state.#keys.set(tier, { key, provenance });
    market.rules.set(id, state);
  }

  /** @param {Payload} payload */
  withdraw({ rule: id, tier, circuit_key: key }) {
    const holds = tier === null ? this.#native && key === null : key !== null && this.#keys.get(tier)?.key === key;
    if (!holds) refuse('rule_withdrawn', `no such key of ${id} is in force`);
    this.#withdrawn.add(`${tier} ${key}`);
    if (tier === null) this.#native = false;
    else this.#keys.delete(tier);
  }

  isInForce() {
    return this.#native || this.#keys.size > 0;
  }

  isNative() {
    return this.#native;
  }

  /** The circuit keys in force, smallest tier first. @returns {{tier: string, circuit_key: string}[]} */
  keys() {
    const size = (/** @type {string} */ tier) => /** @type {[bigint, bigint]} */ (tierSize(tier));
    const compare = (/** @type {bigint} */ a, /** @type {bigint} */ b) => (a < b ? -1 : a > b ? 1 : 0);
    const tiers = [...this.#keys.keys()].sort((a, b) => compare(size(a)[0], size(b)[0]) || compare(size(a)[1], size(b)[1]));
    return tiers.map((tier) => ({ tier, circuit_key: /** @type {{key: string}} */ (this.#keys.get(tier)).key }));
  }

  /** How a key in force came to be, as the operator claims. @param {string} circuitKey */
  provenance(circuitKey) {
    return [...this.#keys.values()].find(({ key }) => key === circuitKey)?.provenance ?? null;
  }
}

/** @param {Market} market @param {Filed} filed @param {Payload} payload */
export function applyAdmit(market, filed, payload) {
  checkWho(market, filed, payload.market, [market.operator]);
  RuleState.admit(market, payload);
}

/** @param {Market} market @param {Filed} filed @param {Payload} payload */
export function applyWithdraw(market, filed, payload) {
  checkWho(market, filed, payload.market, [market.operator]);
  const state = market.rules.get(payload.rule) ?? refuse('rule_unknown', `${payload.rule} was never admitted`);
  state.withdraw(payload);
}
