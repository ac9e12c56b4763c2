/** What entries say, by kind: docs/src/reference/formats.md "Kinds" and fixtures/schema. */
import { parseCanonical } from './json.js';
import { refuse } from './refusal.js';
import * as is from './shape.js';

/** @typedef {any} Payload a payload that has its kind's shape, with `kind` beside its fields */

const provenance = (/** @type {import('./json.js').Json | undefined} */ value, /** @type {string} */ at) =>
  typeof value === 'string' ? is.word('single_party')(value, at) : is.object({ ceremony: is.id })(value, at);

const admitted = {
  rule: is.label,
  tier: is.orNull(is.tier),
  circuit_key: is.orNull(is.id),
  provenance: is.orNull(provenance),
};

const ROLES = ['auditor', 'bidder', 'evaluator', 'seller'];
/** Some of the roles, in their order. @type {is.Shape} */
const roles = (value, at) => {
  is.list(is.word(...ROLES))(value, at);
  const places = /** @type {string[]} */ (value).map((role) => ROLES.indexOf(role));
  if (places.some((place, i) => i > 0 && places[i - 1] >= place)) refuse('file_malformed', `${at}: not in order`);
};

/** The fields of each kind beside `market`, in the order of the kind bytes. @type {{[kind: string]: {[name: string]: is.Shape}}} */
const KINDS = {
  market: {
    currency: is.label,
    decimals: is.count,
    log_key: is.text,
    operator_key: is.id,
    rules: is.list(is.object(admitted)),
    witness_policy: is.orNull(is.text),
  },
  member: { name: is.id, key: is.id, seal_key: is.id, roles },
  key_rotate: { member: is.id, key: is.id, seal_key: is.id },
  key_revoke: { member: is.id, key: is.id, from_index: is.count },
  rule_admit: admitted,
  rule_withdraw: { rule: is.label, tier: is.orNull(is.tier), circuit_key: is.orNull(is.id) },
  model: { artifact: is.id, size: is.count, task: is.label, parent: is.orNull(is.id), notes: is.orNull(is.id) },
  report: {
    round: is.id,
    model: is.orNull(is.id),
    subject: is.orNull(is.id),
    measure: is.word('expected_gain', 'realised_gain', 'quality', 'weight'),
    value_ppm: is.count,
    test_set: is.id,
    metric: is.label,
    baseline_ppm: is.count,
    score_ppm: is.count,
  },
  round: {
    rule: is.label,
    terms: is.any,
    disclosure: is.word('public', 'sealed'),
    circuit_keys: is.list(is.object({ tier: is.tier, circuit_key: is.id })),
    items: is.list(is.id),
    sellers: is.list(is.id),
    evaluator: is.orNull(is.id),
    row_signers: is.word('owner', 'evaluator'),
    parties: is.orNull(is.list(is.id)),
    revenue_from: is.orNull(is.object({ round: is.id, seller: is.id })),
    reopens: is.orNull(is.id),
    dust_to: is.orNull(is.word('operator', 'seller')),
    close_at: is.time,
    abort_at: is.time,
    hpke_key: is.orNull(is.id),
  },
  bid: {
    round: is.id,
    member: is.id,
    public: is.any,
    commitment: is.orNull(is.id),
    sealed_opening: is.orNull(is.bytes),
    nonce: is.id,
  },
  close: { round: is.id, first: is.count, last: is.count, rows: is.count },
  settlement: {
    round: is.id,
    close_checkpoint: is.id,
    statement: is.id,
    proof: is.orNull(is.object({ shards: is.list(is.bytes), carries: is.list(is.id) })),
    circuit_key: is.orNull(is.id),
  },
  abort: { round: is.id, code: is.label },
  erasure: { blob: is.id },
};

const WORDS = Object.keys(KINDS);

/**
 * The kind byte of a kind.
 * @param {string} kind
 */
export function kindByte(kind) {
  const byte = WORDS.indexOf(kind);
  return byte < 0 ? refuse('kind_unknown', `no entry is of kind ${kind}`) : byte;
}

/**
 * Reads a payload in its one spelling.
 * @param {string} kind
 * @param {Uint8Array} bytes
 * @returns {Payload}
 */
export function payloadOf(kind, bytes) {
  kindByte(kind);
  const payload = parseCanonical(bytes);
  is.object({ market: is.market, ...KINDS[kind] })(payload, kind);
  return { kind, .../** @type {object} */ (payload) };
}
