/**
 * Why something is refused: a code of the published list, and a sentence for people.
 *
 * Nothing else is thrown across the rooms of this package: `Checks.run` turns a refusal into a failed check.
 */

/** Codes in the published order of precedence, by stage, with what to do next. docs/src/reference/cli.md "Codes". */
const STAGES = {
  file: {
    file_malformed: 'compare the file with its schema: `quittance schema KIND`',
    file_too_large: 'put long texts into a blob and hand in its digest',
    kind_unknown: 'list the kinds of file with `quittance schema`',
    version_unknown: 'use a newer quittance',
  },
  who: {
    signer_unknown: 'register the member first: `quittance member add`',
    signature_invalid: 'sign the file again with exactly the keys that its kind needs',
    market_mismatch: 'make the file again for this market',
    role_missing: 'ask the operator to register a member with the role',
    key_revoked: 'sign with the key that is in force: `quittance member rotate`',
  },
  round: {
    round_unknown: 'list the rounds with `quittance round list`',
    record_unknown: 'hand in the file that is named first',
    round_open: 'close the round first: `quittance round close`',
    round_not_open: 'the round was aborted; look for another with `quittance round list`',
    round_closed: 'make a new bid for an open round: `quittance round list`',
    round_full: 'make a new bid for another round: `quittance round list`',
    rule_unknown: 'list the rules with `quittance rule list`',
    rule_withdrawn: 'choose a rule that is in force: `quittance rule list`',
    terms_invalid: 'read what the rule asks for: `quittance rule show RULE`',
    source_spent: 'this revenue is divided already; show the round that did with `quittance round show`',
    already_settled: 'nothing is left to do; see `quittance round show`',
    duplicate_entry: 'nothing is left to do; ask for its receipt: `quittance ledger receipt`',
  },
  bid: {
    row_not_expected: 'see who may own a row: `quittance round show`',
    row_invalid: 'read which numbers a row has: `quittance rule show RULE`',
    commitment_not_canonical: 'make the bid again with `quittance bid new`',
    commitment_identity: 'make the bid again with `quittance bid new`',
    duplicate_bid: 'a member has one row in a round and cannot replace it',
    opening_mismatch: 'seal the row again, to this round and under your own name: `quittance bid new`',
    value_out_of_range: 'hand in a number within the stated range',
  },
  log: {
    checkpoint_malformed: 'take the checkpoint from the market again',
    checkpoint_signature_invalid: 'compare `market.vkey` with a source you trust',
    quorum_missing: "collect the witnesses' cosignatures: `quittance ledger checkpoint --cosign`",
    log_forked: 'pack both files into evidence: `quittance dispute exclusion RECEIPT BUNDLE --bid FILE`',
    inclusion_invalid: 'take the receipt from the market again',
    range_invalid: 'take the bundle from the market again',
    log_invalid: 'look at the entry: `quittance ledger entry N`',
    closed_early: "compare the closing checkpoint's cosignatures with the round's `close_at`",
    deadline_missed: "compare the settlement's cosignatures with the round's `abort_at`",
  },
  proof: {
    key_unknown: 'list the circuit keys in force: `quittance circuit-key list`',
    key_mismatch: "compare the key with the round's: `quittance round show`",
    key_unsafe: 'make a new key; nobody can rely on this one',
    statement_mismatch: 'take the bundle from the market again, then replay: `quittance ledger replay`',
    bid_set_mismatch: "compare the round's entries with `quittance ledger show`",
    proof_malformed: 'take the bundle from the market again',
    proof_invalid: 'keep the bundle: the operator signed a false settlement',
  },
  money: {
    conservation_violated: 'keep the bundle: the operator signed a false settlement',
    payment_mismatch: 'keep the bundle: the operator signed a false settlement',
    bid_missing: 'pack them into evidence against the operator: `quittance dispute exclusion RECEIPT BUNDLE --bid FILE`',
  },
};

const NAMES = Object.keys(STAGES);
/** @type {Map<string, {stage: number, hint: string}>} */
const CODES = new Map(
  Object.values(STAGES).flatMap((codes, stage) => Object.entries(codes).map(([code, hint]) => [code, { stage, hint }])),
);

/** Every code that this package gives, in order. */
export const ALL_CODES = [...CODES.keys()];

/** A refusal. */
export class Refusal extends Error {
  /**
   * @param {string} code one of {@link ALL_CODES}
   * @param {string} found what was found and what was expected, in one line
   * @param {string} [hint] what to do next, where that is not what the code says
   */
  constructor(code, found, hint) {
    super(found);
    this.code = code;
    this.hint = hint ?? /** @type {{hint: string}} */ (CODES.get(code)).hint;
  }

  /**
   * Whether the reason shows up in this stage or a later one.
   * @param {'file' | 'who' | 'round' | 'bid' | 'log' | 'proof' | 'money'} stage
   */
  isFrom(stage) {
    return /** @type {{stage: number}} */ (CODES.get(this.code)).stage >= NAMES.indexOf(stage);
  }
}

/**
 * Refuses.
 * @param {string} code
 * @param {string} found
 * @param {string} [hint]
 * @returns {never}
 */
export function refuse(code, found, hint) {
  throw new Refusal(code, found, hint);
}
