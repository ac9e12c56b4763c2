/**
 * What a rule is to a verifier: shapes, refusals, what public numbers say about an outcome, and its circuits.
 *
 * docs/src/reference/rules.md and the rule's page; circuits: docs/src/reference/circuits.md.
 */
import { paid, received, isConserved } from '../money.js';
import * as is from '../shape.js';
import { Wrong, badForm, notConserved } from '../wrong.js';

/** @typedef {import('../json.js').Json} Json */
/** @typedef {import('../money.js').Money} Money */
/** @typedef {'public' | 'sealed'} Disclosure */
/** @typedef {'proved' | 'recomputed' | 'asserted'} Evidence */
/** @typedef {{name: string, source: 'sealed' | 'bid' | 'report' | 'either', measure?: string, list?: boolean}} Column */
/** @typedef {{[name: string]: any}} Numbers terms, rows or outcomes with bigints where their texts are numbers */

/**
 * @typedef {object} PublicRound what a settlement publishes, read
 * @property {Numbers} terms
 * @property {Disclosure} disclosure
 * @property {Numbers[]} rows the public numbers of each row
 * @property {Numbers} outcome without what the round withholds
 */

/**
 * @typedef {object} Shard
 * @property {number} index
 * @property {number} count
 */

/**
 * @typedef {object} Circuit a published circuit of a rule
 * @property {string} size
 * @property {number} capacity rows
 * @property {number} limbBits width of the table's limbs
 * @property {number} challenges 2, or 3 with θ
 * @property {number} sealed sealed columns of a proof, used or not
 * @property {number} inputs public inputs
 * @property {string} matrices digest of its matrices
 * @property {(terms: Numbers, rows: number) => boolean} holds
 * @property {(round: PublicRound) => bigint[][]} columns public columns of all rows
 * @property {(round: PublicRound, shard: Shard) => bigint[]} scalars
 */

/**
 * @typedef {object} Own what a member knows of itself
 * @property {Numbers} terms
 * @property {Numbers} outcome
 * @property {number} index
 * @property {Numbers} row
 * @property {bigint[]} results its own numbers of sealed result columns
 */

/**
 * @typedef {object} Rule
 * @property {string} id
 * @property {Column[]} columns
 * @property {Evidence[]} evidences
 * @property {string[]} [results] result columns that a round publishes or seals
 * @property {boolean} [sells]
 * @property {boolean} [leavesDust]
 * @property {is.Shape} terms
 * @property {{[field: string]: is.Shape | is.Missing}} outcome
 * @property {(terms: Numbers, disclosure: Disclosure) => Evidence} [evidence] the only one, unless told
 * @property {(terms: Numbers) => number} [listLength] how many numbers a list column has
 * @property {(terms: Numbers) => string | null} refuseTerms the first refusal that applies
 * @property {(terms: Numbers, rows: number) => string | null} refuseCount
 * @property {(row: Numbers) => string | null} [refuseRow]
 * @property {(terms: Numbers) => number} maxRows
 * @property {(round: PublicRound) => Money} check what public numbers say of an outcome; throws Wrong
 * @property {(outcome: Json) => {[column: string]: any}} published public columns that the outcome implies
 * @property {(outcome: Numbers) => bigint[][]} [numbers] of the result columns, in an outcome that has them
 * @property {(own: Own) => string} ownView in words for the party; throws Wrong
 * @property {(terms: Numbers, rows: Numbers[]) => {[field: string]: Json}} [evaluate] where everything is public
 * @property {Circuit[]} [circuits] smallest first
 * @property {boolean} [sharded]
 */

/**
 * Numbers where the texts of a document are numbers.
 * @param {any} value
 * @returns {any}
 */
export function numbersOf(value) {
  if (typeof value === 'string') return /^(0|[1-9][0-9]*)$/.test(value) ? BigInt(value) : value;
  if (Array.isArray(value)) return value.map(numbersOf);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, numbersOf(item)]));
}

/**
 * Terms as numbers, or null if they are not of the rule's form.
 * @param {Rule} rule
 * @param {Json} terms
 * @returns {Numbers | null}
 */
export function readTerms(rule, terms) {
  return is.fits(rule.terms, terms) ? numbersOf(terms) : null;
}

/** @param {Column} column @param {Disclosure} disclosure */
export function isSealed(column, disclosure) {
  return column.source === 'sealed' || (column.source === 'either' && disclosure === 'sealed');
}

/**
 * The measure of the reports that fill a column, or null.
 * @param {Column} column
 * @param {Disclosure} disclosure
 * @param {boolean} measured whether the round has an evaluator who does not sign the rows
 */
export function reportedAs(column, disclosure, measured) {
  const fills = column.source === 'report' || (column.source === 'either' && measured && disclosure === 'public');
  return fills ? /** @type {string} */ (column.measure) : null;
}

/**
 * How many sealed numbers a row has.
 * @param {Rule} rule
 * @param {Numbers} terms
 * @param {Disclosure} disclosure
 */
export function sealedWidth(rule, terms, disclosure) {
  const sealed = rule.columns.filter((column) => isSealed(column, disclosure));
  return sealed.reduce((width, column) => width + (column.list ? rule.listLength?.(terms) ?? 0 : 1), 0);
}

/**
 * The row that these sealed and public numbers make.
 * @param {Rule} rule
 * @param {Numbers} terms
 * @param {Disclosure} disclosure
 * @param {bigint[]} sealed
 * @param {{[column: string]: Json}} shown
 * @returns {Numbers}
 */
export function rowOf(rule, terms, disclosure, sealed, shown) {
  const left = [...sealed];
  /** @type {Numbers} */
  const row = {};
  for (const column of rule.columns) {
    if (!isSealed(column, disclosure)) row[column.name] = numbersOf(shown[column.name]);
    else if (column.list) row[column.name] = left.splice(0, rule.listLength?.(terms));
    else row[column.name] = left.shift();
  }
  return row;
}

/**
 * How settlements with these terms convince.
 * @param {Rule} rule
 * @param {Numbers} terms
 * @param {Disclosure} disclosure
 * @returns {Evidence}
 */
export function evidenceOf(rule, terms, disclosure) {
  return rule.evidence?.(terms, disclosure) ?? rule.evidences[0];
}

/**
 * Why the rule refuses these terms and rows, whatever is sealed; or null.
 * @param {Rule} rule
 * @param {Numbers} terms
 * @param {Numbers[]} rows
 */
export function refusalOf(rule, terms, rows) {
  const ofRow = () => rows.map((row) => rule.refuseRow?.(row) ?? null).find((refusal) => refusal !== null);
  return rule.refuseTerms(terms) ?? rule.refuseCount(terms, rows.length) ?? ofRow() ?? null;
}

/**
 * Reads what a settlement publishes.
 * @param {Rule} rule
 * @param {{terms: Json, disclosure: Disclosure, rows: number, columns: {[name: string]: Json[]}, outcome: Json}} published
 * @returns {PublicRound}
 */
export function readPublished(rule, { terms, disclosure, rows, columns, outcome }) {
  const names = rule.columns.filter((column) => !isSealed(column, disclosure)).map(({ name }) => name);
  const right = names.every((name) => columns[name]?.length === rows && columns[name].every((x) => is.fits(is.count, x)));
  const read = readTerms(rule, terms);
  if (read === null || !right || !is.fits(is.object(rule.outcome), outcome)) return badForm('not of the rule’s form');
  const row = (/** @type {unknown} */ _, /** @type {number} */ i) =>
    Object.fromEntries(names.map((name) => [name, BigInt(/** @type {string} */ (columns[name][i]))]));
  return { terms: read, disclosure, rows: Array.from({ length: rows }, row), outcome: numbersOf(outcome) };
}

/**
 * Every check of the rule that public numbers decide.
 * @param {Rule} rule
 * @param {PublicRound} round
 * @returns {Money}
 */
export function checkPublished(rule, round) {
  const refusal = refusalOf(rule, round.terms, round.rows);
  if (refusal !== null) throw new Wrong('refused', refusal);
  const money = rule.check(round);
  return isConserved(money) ? money : notConserved(`${paid(money)} is paid, ${received(money)} received`);
}
