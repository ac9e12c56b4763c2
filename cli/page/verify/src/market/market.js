/** The market: state folded from entries. A refused entry changes nothing. */
import { PublicKey } from '../ed25519.js';
import { VerifierKey } from '../note.js';
import { Policy } from '../policy.js';
import { refuse } from '../refusal.js';
import { applyAbort, applyClose, applySettlement } from './ending.js';
import { applyBid, applyReport } from './rows.js';
import { applyMember, applyModel, applyErasure, applyRevoke, applyRotate } from './members.js';
import { RuleState, applyAdmit, applyWithdraw } from './rule_state.js';
import { openRound } from './opening.js';

/** @typedef {import('../entry.js').Entry} Entry */
/** @typedef {import('../envelope.js').Envelope} Envelope */
/** @typedef {import('../payload.js').Payload} Payload */
/** @typedef {{index: bigint, id: string, envelope: Envelope}} Filed a signed file, and where it stands */
/** @typedef {{key: PublicKey, sealKey: string, since: bigint, inForce: boolean, revoked: boolean}} MemberKey */
/** @typedef {{id: string, name: string, roles: string[], keys: MemberKey[]}} Member */
/** @typedef {'log' | 'operator' | {member: string}} KeyOwner */

/** @type {{[kind: string]: (market: Market, filed: Filed, payload: Payload) => void}} */
const APPLY = {
  market: () => refuse('duplicate_entry', 'entry 0 has described the market already'),
  member: applyMember,
  key_rotate: applyRotate,
  key_revoke: applyRevoke,
  rule_admit: applyAdmit,
  rule_withdraw: applyWithdraw,
  model: applyModel,
  report: applyReport,
  round: openRound,
  bid: applyBid,
  close: applyClose,
  settlement: applySettlement,
  abort: applyAbort,
  erasure: applyErasure,
};

/** A market, as its entries made it. */
export class Market {
  /**
   * The market that entry 0 describes.
   * @param {Entry} entry
   */
  constructor(entry) {
    const payload = entry.payload();
    if (payload.kind !== 'market') refuse('file_malformed', 'entry 0 is not of kind market');
    if (payload.witness_policy !== null) Policy.parse(payload.witness_policy);
    this.log = VerifierKey.ofLog(payload.log_key);
    entry.envelope.verify([this.log.key]);
    this.operator = PublicKey.parse(payload.operator_key);
    if (this.log.name !== payload.market) refuse('market_mismatch', `the log key is of ${this.log.name}, the market is ${payload.market}`);
    /** @type {string} */
    this.id = payload.market;
    /** @type {Map<string, RuleState>} */
    this.rules = new Map();
    for (const admitted of payload.rules) RuleState.admit(this, admitted);
    this.decimals = BigInt(payload.decimals);
    if (this.decimals > 18n) refuse('value_out_of_range', 'a currency has at most 18 decimals');
    this.nextIndex = 1n;
    this.records = new Set([entry.envelope.recordId]);
    /** @type {Map<string, KeyOwner>} by key id */
    this.keys = new Map();
    this.keys.set(this.log.key.id, 'log').set(this.operator.id, 'operator');
    /** @type {Map<string, Member>} */
    this.members = new Map();
    /** @type {Map<string, {seller: string, notes: string | null}>} */
    this.models = new Map();
    /** @type {Map<string, import('./round.js').Round>} */
    this.rounds = new Map();
  }

  /**
   * Takes the entry at this index in. Indices grow; they may jump.
   * @param {bigint} index
   * @param {Entry} entry
   * @param {Payload} [payload] what it says, if that is known
   */
  apply(index, entry, payload = entry.payload()) {
    if (index < this.nextIndex) refuse('log_invalid', `index ${index}, but the next entry has ${this.nextIndex} or more`);
    const id = entry.envelope.recordId;
    APPLY[payload.kind](this, { index, id, envelope: entry.envelope }, payload);
    this.nextIndex = index + 1n;
    this.records.add(id);
  }

  /** No record stands on the ledger twice. @param {Filed} filed */
  checkNew({ id }) {
    if (this.records.has(id)) refuse('duplicate_entry', `record ${id} stands on the ledger`);
  }

  /** @param {string} id */
  round(id) {
    return this.rounds.get(id) ?? refuse('round_unknown', `no round ${id} on this ledger`);
  }

  /** A member, as somebody who must sign. @param {string} id */
  signer(id) {
    return this.members.get(id) ?? refuse('signer_unknown', `no member ${id} in this market`);
  }
}
