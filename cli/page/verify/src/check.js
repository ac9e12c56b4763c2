/** The checks of a settlement: statement, proof, money. */
import { derive, hex, toHex, utf8 } from './bytes.js';
import { canonical, same } from './json.js';
import { parseCircuitKey } from './circuit_key.js';
import { verifyShards } from './groth16.js';
import { parseCarries, parseProof } from './proof.js';
import { refuse } from './refusal.js';
import { checkBalance, resultCommitments } from './results.js';
import { checkPublished, isSealed, numbersOf, readPublished } from './rules/rule.js';
import * as is from './shape.js';
import { Wrong } from './wrong.js';

/** @typedef {import('./json.js').Json} Json */
/** @typedef {import('./bundle.js').Statement} Statement */
/** @typedef {import('./market/round.js').Round} Round */
/** @typedef {import('./market/market.js').Market} Market */
/** @typedef {import('./rules/rule.js').PublicRound} PublicRound */

const mismatch = (/** @type {string} */ what) => refuse('statement_mismatch', what);

/** What a settlement publishes for its rule to judge. @param {Round} round @param {Statement} statement */
function published({ disclosure, rows }, { terms, public: columns, outcome }) {
  return { terms, disclosure, rows: rows.length, columns, outcome };
}

/**
 * Judges the outcome by public numbers; what is wrong with it, and the money if nothing is.
 * @param {Round} round
 * @param {Statement} statement
 * @returns {{wrong: Wrong} | {wrong: null, money: import('./money.js').Money}}
 */
function judge(round, statement) {
  try {
    return { wrong: null, money: checkPublished(round.rule, readPublished(round.rule, published(round, statement))) };
  } catch (error) {
    if (error instanceof Wrong) return { wrong: error };
    throw error;
  }
}

/**
 * The public columns that rows and outcome give.
 * @param {Round} round
 * @param {Json} outcome
 */
function publicColumns(round, outcome) {
  const { rule, disclosure } = round;
  if (!is.fits(is.object(rule.outcome), outcome)) mismatch('the outcome is not of the rule’s form');
  /** @type {{[column: string]: Json[]}} */
  const columns = Object.fromEntries(rule.columns.filter((column) => !isSealed(column, disclosure)).map(({ name }) => [name, []]));
  for (const row of round.inOrder()) {
    for (const [name, value] of Object.entries(round.shownOf(row))) (columns[name] ??= []).push(value);
  }
  for (const [name, column] of Object.entries(rule.published(outcome))) columns[name] = /** @type {Json[]} */ (column);
  return columns;
}

/**
 * The statement is the one that the settlement names, and all of it that follows from the ledger does.
 * @param {Market} market
 * @param {Round} round
 * @param {Statement} statement
 * @param {import('./tree.js').TreeHead} closeTree
 */
export function checkStatement(market, round, statement, closeTree) {
  const digest = toHex(derive('quittance v1 statement', utf8(canonical(/** @type {any} */ (statement)))));
  const { entry } = /** @type {{entry: any}} */ (round.settled);
  if (entry.statement !== digest) mismatch(`the settlement names statement ${entry.statement}, this one is ${digest}`);
  const differs = (/** @type {string} */ what) => refuse('bid_set_mismatch', what);
  if (BigInt(statement.rows) !== BigInt(round.rows.length)) {
    differs(`the ledger has ${round.rows.length} bids in this round, the settlement is about ${statement.rows}`);
  }
  const columns = publicColumns(round, statement.outcome);
  const { first, last } = /** @type {import('./market/round.js').Closed} */ (round.closed);
  if (statement.first !== `${first}` || statement.last !== `${last}`) differs('the settlement is about other entries than the round’s');
  const fit = round.fit(round.rows.length);
  /** @type {{[field: string]: any}} */
  const expected = {
    rule: round.rule.id,
    market: market.id,
    checkpoint: { size: `${closeTree.size}`, root: closeTree.root },
    round: round.id,
    tier: fit?.key.tier ?? null,
    shards: `${fit?.shards ?? 0}`,
    circuit_key: fit?.key.circuit_key ?? null,
    terms: round.entry.terms,
    public: columns,
    sources: { round: round.entry.revenue_from?.round ?? null, reports: round.reportsUsed().map(({ id }) => id) },
  };
  const other = Object.keys(expected).sort().find((name) => !same(expected[name], /** @type {any} */ (statement)[name]));
  if (other !== undefined) mismatch(`\`${other}\` of the statement is not what the ledger says`);
  resultCommitments(round, statement);
}

/**
 * The outcome is the rule's: by recomputation where all is public, by proof where a circuit proves it.
 * @param {Round} round
 * @param {Statement} statement
 * @param {string | null} verifyingKey hex
 */
export function checkProof(round, statement, verifyingKey) {
  const { entry } = /** @type {{entry: any}} */ (round.settled);
  if (entry.circuit_key === null && verifyingKey !== null) refuse('key_mismatch', 'the settlement names no circuit key');
  if (round.evidence === 'asserted') return;
  if (round.evidence === 'recomputed') {
    checkByRecomputation(round, statement);
    return;
  }
  const invalid = (/** @type {string} */ what) => refuse('proof_invalid', what);
  const fit = round.fit(round.rows.length) ?? refuse('key_unknown', 'no circuit key of the round holds it');
  const key = parseCircuitKey(hex(verifyingKey ?? refuse('key_unknown', 'the verifying key is missing')));
  if (key.id !== entry.circuit_key) refuse('key_mismatch', `the key is ${key.id}, the round's is ${entry.circuit_key}`);
  const proofs = entry.proof.shards.map((/** @type {string} */ shard) => parseProof(shard, fit.circuit.sealed, round.sealedResults.length));
  const carries = parseCarries(entry.proof.carries);
  const { wrong } = judge(round, statement);
  if (wrong?.kind === 'impossible') invalid(wrong.message);
  const sealed = resultCommitments(round, statement);
  const circuit = (round.rule.circuits ?? []).find(({ size }) => size === key.size) ?? refuse('key_unsafe', 'the rule has no tier of this size');
  if (key.matrices !== circuit.matrices || key.inputs.length !== circuit.inputs + 1) refuse('key_unsafe', 'the key is of another circuit');
  if (wrong !== null && wrong.kind !== 'payment' && wrong.kind !== 'conservation') invalid(wrong.message);
  // Payments that are wrong are the money check's to refuse: they are no part of the relation.
  const read = readPublished(round.rule, published(round, statement));
  const claims = claimsOf(round, circuit, read, carries, sealed, hex(entry.statement));
  if (claims.length !== proofs.length) invalid('one proof per shard');
  if (key.rule !== round.rule.id) refuse('key_unsafe', 'the key is of another rule');
  if (proofs.some((/** @type {import('./proof.js').ShardProof} */ proof) => proof.s.length !== circuit.sealed)) invalid('one sum per sealed column');
  verifyShards(key, circuit, claims.map((claim, i) => ({ claim, proof: proofs[i] })));
}

/**
 * What each shard's proof is about.
 * @param {Round} round
 * @param {import('./rules/rule.js').Circuit} circuit
 * @param {PublicRound} read
 * @param {import('./bn254.js').PointG1[]} carries
 * @param {import('./bn254.js').PointG1[][]} sealed
 * @param {Uint8Array} statement
 * @returns {import('./groth16.js').Claim[]}
 */
function claimsOf(round, circuit, read, carries, sealed, statement) {
  const invalid = (/** @type {string} */ what) => refuse('proof_invalid', what);
  const { capacity } = circuit;
  const rows = round.inOrder();
  const count = Math.max(1, Math.ceil(rows.length / capacity));
  if (!round.rule.sharded && !circuit.holds(read.terms, rows.length)) invalid('the round is too large for the circuit');
  if (carries.length + 1 !== count) invalid('one carry between each two shards');
  const open = sealed.length > 0 ? [] : round.rule.numbers?.(read.outcome) ?? [];
  const columns = circuit.columns(read);
  if ([...open, ...columns].some((column) => column.length !== rows.length)) invalid('a column has not one entry per row');
  return Array.from({ length: count }, (_, index) => {
    /** @type {<T>(column: T[]) => T[]} */
    const cut = (column) => column.slice(index * capacity, (index + 1) * capacity);
    return {
      statement,
      index,
      count,
      rows: rows.length,
      commitments: cut(rows).map((/** @type {import('./market/round.js').Row} */ row) => row.commitment ?? invalid('a row without a commitment')),
      taken: carries[index - 1] ?? null,
      given: carries[index] ?? null,
      sealed: sealed.map(cut),
      open: open.map(cut),
      columns: columns.map(cut),
      scalars: circuit.scalars(read, { index, count }),
    };
  });
}

/** A round whose numbers are all public is computed again. @param {Round} round @param {Statement} statement */
function checkByRecomputation(round, statement) {
  const rows = round.inOrder().map((/** @type {import('./market/round.js').Row} */ row) => numbersOf(round.shownOf(row)));
  const expected = round.rule.evaluate?.(round.terms, rows) ?? {};
  if (same(expected, statement.outcome)) return;
  // Money that does not add up has codes of its own, and a check of its own.
  const { wrong } = judge(round, statement);
  if (wrong?.kind === 'payment' || wrong?.kind === 'conservation') return;
  refuse('payment_mismatch', 'the outcome is not what the rule gives for the public rows');
}

/** @type {{[kind: string]: string}} */
const MONEY_CODES = {
  payment: 'payment_mismatch',
  conservation: 'conservation_violated',
  malformed: 'statement_mismatch',
  refused: 'terms_invalid',
  impossible: 'proof_invalid',
};

/**
 * Payments are what price and winners make them, and money in equals money out.
 * @param {Round} round
 * @param {Statement} statement
 */
export function checkMoney(round, statement) {
  const judged = judge(round, statement);
  if (judged.wrong !== null) return refuse(MONEY_CODES[judged.wrong.kind], judged.wrong.message);
  checkBalance(round, statement, judged.money);
  const { sellers } = round.entry;
  if (sellers.length !== 1 && judged.money.proceeds.length > sellers.length) refuse('conservation_violated', 'proceeds for an item that has no seller');
  return judged.money;
}
