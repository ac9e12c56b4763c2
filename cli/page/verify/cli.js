#!/usr/bin/env node
/** `quittance-verify BUNDLE… --market FILE`: as `quittance verify`, with the same exit codes. */
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { MarketKey, Opening, Refusal, verdictText, verify } from './src/index.js';
import { SealKey } from './src/seal_key.js';

const USAGE = 'usage: quittance-verify BUNDLE… --market FILE [--bid FILE [--opening FILE] [--key FILE]] [--receipt FILE] [--json]';

/** What could not be decided, and why. */
class NoAnswer extends Error {
  /** @param {string} code @param {string} what */
  constructor(code, what) {
    super(what);
    this.code = code;
  }
}

/** @param {string} path */
function read(path) {
  try {
    return new Uint8Array(readFileSync(path));
  } catch {
    throw new NoAnswer('file_not_found', `cannot read ${path}`);
  }
}

/**
 * Reads a file of the caller's own: what is wrong with it is no answer about a bundle.
 * @template T
 * @param {string | undefined} path
 * @param {(bytes: Uint8Array) => T} parse
 * @returns {T | undefined}
 */
function own(path, parse) {
  if (path === undefined) return undefined;
  try {
    return parse(read(path));
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    throw new NoAnswer(error.code, `${path}: ${error.message}`);
  }
}

/** The secret half of a `seal_key`: 64 hex digits. @param {Uint8Array} bytes */
function secret(bytes) {
  const text = new TextDecoder().decode(bytes).trim();
  if (!/^[0-9a-f]{64}$/.test(text)) throw new NoAnswer('key_malformed', 'expected 64 hex digits');
  return new SealKey(Uint8Array.from(text.match(/../g) ?? [], (digits) => parseInt(digits, 16)));
}

/** @param {import('./src/verdict.js').Verdict} verdict */
function show({ about, checks, not_checked, code, hint, evidence }) {
  const marks = { passed: '✓', failed: '✗', skipped: '–', not_made: '–' };
  const lines = checks.map(({ name, state, compared }) => `  ${marks[state]} ${name.padEnd(14)} ${compared}`);
  const end = code === null ? `verified${evidence === 'asserted' ? ', but the outcome is the operator’s word: nothing proves it' : ''}` : `rejected: ${code}\nhint: ${hint}`;
  return `${about}\n\n${lines.join('\n')}\n\n  not checked    ${not_checked.join(';\n                 ')}\n\n${end}`;
}

function main() {
  const text = /** @type {const} */ ({ type: 'string' });
  const options = { market: text, bid: text, opening: text, key: text, receipt: text, json: /** @type {const} */ ({ type: 'boolean' }) };
  let parsed;
  try {
    parsed = parseArgs({ options, allowPositionals: true });
  } catch {
    throw new NoAnswer('usage', USAGE);
  }
  const { values, positionals } = parsed;
  const alone = values.bid === undefined && (values.opening !== undefined || values.key !== undefined);
  if (positionals.length === 0 || values.market === undefined || alone) throw new NoAnswer('usage', USAGE);
  const key = /** @type {MarketKey} */ (own(values.market, (bytes) => new MarketKey(bytes)));
  const brought = {
    bid: own(values.bid, (bytes) => bytes),
    opening: own(values.opening, Opening.parse),
    seal: own(values.key, secret),
    receipt: own(values.receipt, (bytes) => bytes),
  };
  const verdicts = positionals.map((path) => {
    const verdict = verify(read(path), key, brought);
    if (verdict.code !== 'market_mismatch') return verdict;
    throw new NoAnswer('market_mismatch', verdict.checks.find(({ state }) => state === 'failed')?.compared ?? '');
  });
  for (const verdict of verdicts) console.log(values.json ? verdictText(verdict) : show(verdict));
  return verdicts.every(({ verified }) => verified) ? 0 : 1;
}

try {
  process.exitCode = main();
} catch (error) {
  const [code, what] = error instanceof NoAnswer ? [error.code, error.message] : ['bug', String(error)];
  console.error(`error: ${what} (${code})`);
  process.exitCode = 2;
}
