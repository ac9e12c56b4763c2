/** The two verifiers, side by side: files go in, both verdicts come out. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { MarketKey, Opening, Refusal, verify } from '../src/index.js';
import { SealKey } from '../src/seal_key.js';

/** The repository, and where the Rust programs are. */
export const ROOT = join(import.meta.dirname, '../../../..');
const TARGET = process.env.CARGO_TARGET_DIR ?? join(ROOT, 'target');
export const QUITTANCE = process.env.QUITTANCE ?? join(TARGET, 'debug/quittance');
const VERDICTS = join(TARGET, 'debug/examples/verdicts');

/** @typedef {{market: string, bundle: string, bid?: string, opening?: string, receipt?: string, key?: string}} Case files */

export const read = (/** @type {string} */ file) => new Uint8Array(readFileSync(file));

/** Runs a program; its standard output. @param {string} program @param {string[]} words @param {string} [input] */
export function run(program, words, input) {
  const done = spawnSync(program, words, { input, maxBuffer: 1 << 30 });
  if (done.status !== 0) throw new Error(`${program} ${words.join(' ')}: ${done.error ?? done.stderr}`);
  return done.stdout.toString();
}

/** The Rust verifier's verdicts. @param {Case[]} cases */
export function rust(cases) {
  const none = { bid: null, opening: null, receipt: null, key: null };
  const lines = cases.map((files) => JSON.stringify({ ...none, ...files }));
  return run(VERDICTS, [], `${lines.join('\n')}\n`).trimEnd().split('\n').map((line) => JSON.parse(line));
}

/** The JavaScript verifier's verdict. @param {Case} files */
export function javascript({ market, bundle, bid, opening, receipt, key }) {
  try {
    const own = {
      bid: bid === undefined ? undefined : read(bid),
      opening: opening === undefined ? undefined : Opening.parse(read(opening)),
      receipt: receipt === undefined ? undefined : read(receipt),
      seal: key === undefined ? undefined : new SealKey(Uint8Array.from(Buffer.from(readFileSync(key, 'utf8').trim(), 'hex'))),
    };
    return verify(read(bundle), new MarketKey(read(market)), own);
  } catch (error) {
    if (error instanceof Refusal) return { error: error.message };
    throw error;
  }
}

/**
 * What two verdicts must have alike: all, but for the sentence of the check that failed, which may have other words. Of an
 * entry that the market refuses, which one it is and why.
 * @param {any} verdict
 */
export function essence(verdict) {
  if (verdict.error !== undefined) return { error: true };
  const said = ({ state, compared }) => (state === 'failed' ? (/^(entry \d+): [^]*(\(\w+\))$/.exec(compared) ?? []).slice(1).join(' ') : compared);
  const checks = verdict.checks.map((check) => `${check.state} ${check.name}: ${said(check)}`);
  const { about, code, evidence, hint, verified, own_results, own_row, not_checked } = verdict;
  return { about, code, evidence, hint, verified, checks, own_results, own_row: sorted(own_row), not_checked };
}

const sorted = (fields) => fields && Object.fromEntries(Object.entries(fields).sort());
