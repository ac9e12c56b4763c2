/** A round, as its entries made it. */
import { refuse } from '../refusal.js';
import { evidenceOf, readTerms, reportedAs, sealedWidth } from '../rules/rule.js';
import { ruleOf } from '../rules/index.js';

/** @typedef {import('../json.js').Json} Json */
/** @typedef {import('../payload.js').Payload} Payload */
/** @typedef {import('../bn254.js').PointG1} PointG1 */
/**
 * @typedef {object} Row
 * @property {string} id
 * @property {bigint} index
 * @property {string} member
 * @property {PointG1 | null} commitment
 * @property {{[column: string]: Json}} shown the public columns that stand in the bid
 */
/** @typedef {{id: string, index: bigint, subject: string | null, measure: string, value: string}} Report */
/** @typedef {{index: bigint, first: bigint, last: bigint}} Closed */

/** A round. */
export class Round {
  /** @type {Row[]} in the order of the ledger */
  rows = [];
  /** @type {Map<string, Row>} by member */
  rowOf = new Map();
  /** @type {Report[]} in the order of the ledger */
  reports = [];
  /** @type {Closed | null} */
  closed = null;
  /** @type {{index: bigint, entry: Payload} | null} */
  settled = null;
  /** @type {{index: bigint, excused: boolean} | null} */
  aborted = null;
  /** What a settled round has brought each seller, if that is known. @type {Map<string, bigint> | null} */
  proceeds = null;

  /**
   * @param {string} id
   * @param {bigint} index
   * @param {Payload} entry
   */
  constructor(id, index, entry) {
    this.id = id;
    this.index = index;
    this.entry = entry;
    this.rule = ruleOf(entry.rule) ?? refuse('rule_unknown', `no published rule ${entry.rule}`);
    this.terms = readTerms(this.rule, entry.terms) ?? refuse('file_malformed', 'terms: not of the rule’s form');
    /** @type {import('../rules/rule.js').Disclosure} */
    this.disclosure = entry.disclosure;
    this.evidence = evidenceOf(this.rule, this.terms, this.disclosure);
    this.width = sealedWidth(this.rule, this.terms, this.disclosure);
    this.sealedResults = this.disclosure === 'sealed' ? this.rule.results ?? [] : [];
    /** Whether reports fill what a round may seal: there is an evaluator, and owners sign their rows. */
    this.measured = entry.evaluator !== null && entry.row_signers === 'owner';
    /** Columns that reports fill, with their measures. */
    this.reported = this.rule.columns.flatMap((column) => {
      const measure = reportedAs(column, this.disclosure, this.measured);
      return measure === null ? [] : [{ name: column.name, measure }];
    });
  }

  /** Rows in row order: that of `parties`, whose missing members close up, else that of the ledger. */
  inOrder() {
    if (this.entry.parties === null) return this.rows;
    return this.entry.parties.flatMap((/** @type {string} */ member) => this.rowOf.get(member) ?? []);
  }

  /**
   * The report that fills a column of a row at `index`: the last before the row itself; of a realised gain the last before
   * the close, without one the expected gain.
   * @param {string} member
   * @param {string} measure
   * @param {bigint} index
   * @returns {Report | undefined}
   */
  reportFor(member, measure, index) {
    const last = (/** @type {string} */ measure, /** @type {bigint | null} */ before) =>
      this.reports.findLast((report) => report.subject === member && report.measure === measure && (before === null || report.index < before));
    if (measure !== 'realised_gain') return last(measure, index);
    return last(measure, this.closed?.index ?? null) ?? last('expected_gain', index);
  }

  /**
   * All public columns of a row that stands, or would stand, at `index`.
   * @param {{member: string, index: bigint, shown: {[column: string]: Json}}} row
   * @returns {{[column: string]: Json}}
   */
  shownOf({ member, index, shown }) {
    const columns = { ...shown };
    for (const { name, measure } of this.reported) {
      const report = this.reportFor(member, measure, index);
      if (report !== undefined) columns[name] = report.value;
    }
    return columns;
  }

  /** The reports that fill columns, in row order. @returns {Report[]} */
  reportsUsed() {
    return this.inOrder().flatMap((/** @type {Row} */ row) =>
      this.reported.flatMap(({ measure }) => this.reportFor(row.member, measure, row.index) ?? []),
    );
  }

  /**
   * The key that so many rows are proved with, and in how many shards; null in a round that is not proved, or that its
   * keys cannot hold.
   * @param {number} rows
   */
  fit(rows) {
    return fitOf(this.rule, this.terms, this.entry.circuit_keys, rows);
  }

  /** Whether the round has room for so many rows. @param {number} rows */
  holds(rows) {
    const fits = this.entry.circuit_keys.length === 0 || this.fit(rows) !== null;
    return fits && rows <= this.rule.maxRows(this.terms);
  }

  /** Who signs the row of a member, or null. @param {string} owner @returns {string | null} */
  rowSigner(owner) {
    return this.entry.row_signers === 'owner' ? owner : this.entry.evaluator;
  }

  /** The round is neither aborted nor settled. */
  checkRunning() {
    if (this.aborted !== null) refuse('round_not_open', `round ${this.id} was aborted at entry ${this.aborted.index}`);
    if (this.settled !== null) refuse('already_settled', `round ${this.id} was settled at entry ${this.settled.index}`);
  }

  /** The round takes bids and reports. */
  checkOpen() {
    if (this.aborted !== null) refuse('round_not_open', `round ${this.id} was aborted at entry ${this.aborted.index}`);
    if (this.closed !== null) refuse('round_closed', `round ${this.id} closed at entry ${this.closed.index}`);
  }
}

/**
 * The smallest of these keys whose circuit holds a round, else the largest, sharded, if the rule can be.
 * @param {import('../rules/rule.js').Rule} rule
 * @param {import('../rules/rule.js').Numbers} terms
 * @param {{tier: string, circuit_key: string}[]} keys
 * @param {number} rows
 */
export function fitOf(rule, terms, keys, rows) {
  const known = (rule.circuits ?? []).filter(({ size }) => keys.some(({ tier }) => tier === size));
  const circuit = known.find((circuit) => circuit.holds(terms, rows)) ?? (rule.sharded ? known[known.length - 1] : undefined);
  if (circuit === undefined) return null;
  const key = /** @type {{tier: string, circuit_key: string}} */ (keys.find(({ tier }) => tier === circuit.size));
  return { key, circuit, shards: Math.max(1, Math.ceil(rows / circuit.capacity)) };
}

/**
 * Whether somebody can own no row: evaluator and sellers of a round that sells, and an evaluator who signs the rows.
 * @param {Payload} entry
 * @param {import('../rules/rule.js').Rule} rule
 * @param {string} member
 */
export function isExcluded(entry, rule, member) {
  const evaluates = entry.evaluator === member && (rule.sells || entry.row_signers === 'evaluator');
  return evaluates || (Boolean(rule.sells) && entry.sellers.includes(member));
}
