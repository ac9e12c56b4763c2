/** What a verification found: named checks, then what was not checked. Schema `verdict/v1`. */
import { canonical } from './json.js';
import { Refusal } from './refusal.js';

/** @typedef {'passed' | 'failed' | 'skipped' | 'not_made'} State */
/** @typedef {{name: string, state: State, compared: string}} Check */
/**
 * @typedef {object} Verdict
 * @property {'verdict/v1'} schema
 * @property {string} about
 * @property {boolean} verified
 * @property {string | null} evidence
 * @property {string | null} code
 * @property {string | null} hint
 * @property {Check[]} checks
 * @property {{[column: string]: string | null}} own_results
 * @property {{[column: string]: string | string[]} | null} own_row
 * @property {string[]} not_checked
 */

/** A verdict in the making: the first check that fails skips the rest. */
export class Checks {
  /** @param {string} about */
  constructor(about) {
    /** @type {Verdict} */
    this.verdict = {
      schema: 'verdict/v1',
      about,
      verified: false,
      evidence: null,
      code: null,
      hint: null,
      checks: [],
      own_results: {},
      own_row: null,
      not_checked: [],
    };
  }

  /**
   * Runs a check unless an earlier one failed.
   * @template T
   * @param {string} name
   * @param {() => {value?: T, made?: boolean, said: string}} check what it compared, or why it was not made
   * @returns {T | undefined}
   */
  run(name, check) {
    const { verdict } = this;
    const add = (/** @type {State} */ state, /** @type {string} */ compared) => verdict.checks.push({ name, state, compared });
    if (verdict.code !== null) {
      add('skipped', 'an earlier check failed');
      return undefined;
    }
    try {
      const { value, made, said } = check();
      add(made === false ? 'not_made' : 'passed', said);
      return value;
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      [verdict.code, verdict.hint] = [error.code, error.hint];
      add('failed', error.message);
      return undefined;
    }
  }

  /** @param {string} what */
  notChecked(what) {
    this.verdict.not_checked.push(what);
  }

  finish() {
    this.verdict.verified = this.verdict.code === null && this.verdict.checks.length > 0;
    return this.verdict;
  }
}

/** The one spelling of a verdict. @param {Verdict} verdict */
export function verdictText(verdict) {
  return canonical(/** @type {any} */ (verdict));
}
