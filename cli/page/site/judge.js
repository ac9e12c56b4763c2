/** Whether the entries that a page holds stand below the signed checkpoint where it says. What they say is shown from their bytes. */
import { utf8 } from '../verify/src/bytes.js';
import { Entry } from '../verify/src/entry.js';
import { SignedCheckpoint } from '../verify/src/note.js';
import { Refusal, refuse } from '../verify/src/refusal.js';
import { checkRange, leafHash } from '../verify/src/tree.js';

/**
 * @typedef {{checkpoint: string, first: string, proof: string[], entries: Uint8Array[]}} Page
 * @typedef {import('../verify/src/verdict.js').Verdict} Verdict
 */

const COUNT = /^(0|[1-9][0-9]{0,19})$/;
const HASH = /^[0-9a-f]{64}$/;

/**
 * @param {import('../verify/src/market_key.js').MarketKey} key
 * @param {Page} page
 * @returns {{verdict: Verdict, size: bigint, entries: {index: bigint, entry: Entry}[]}} the entries only if all of it holds
 */
export function judge(key, { checkpoint, first, proof, entries }) {
  /** @type {Verdict['checks']} */
  const checks = [];
  /** @type {{code: string | null, hint: string | null}} */
  let failed = { code: null, hint: null };
  /** @type {<T>(name: string, work: () => [string, T]) => T | undefined} */
  const step = (name, work) => {
    if (failed.code !== null) {
      checks.push({ name, state: 'skipped', compared: 'skipped' });
      return undefined;
    }
    try {
      const [compared, value] = work();
      checks.push({ name, state: 'passed', compared });
      return value;
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      checks.push({ name, state: 'failed', compared: error.message });
      failed = { code: error.code, hint: error.hint };
      return undefined;
    }
  };
  const head = step('checkpoint', () => {
    const head = key.verify(SignedCheckpoint.parse(utf8(checkpoint)));
    return [`signed by ${key.log.shortName()}, ${head.size} entries, root ${head.root}`, head];
  });
  const shown = entries.length === 0 ? [] : step('entries', () => {
    if (!COUNT.test(first) || !proof.every((hash) => HASH.test(hash))) refuse('file_malformed', 'the page’s proof is not of its form');
    const [start, leaves] = [BigInt(first), entries.map(leafHash)];
    if (start === 0n && leaves[0] !== key.entry0) refuse('market_mismatch', 'entry 0 is not the one that the market’s key names');
    checkRange(proof, leaves, start, /** @type {any} */ (head));
    const found = entries.map((bytes, i) => ({ index: start + BigInt(i), entry: Entry.decode(bytes) }));
    return [`${start} to ${start + BigInt(entries.length) - 1n} stand in these places below the checkpoint, none left out`, found];
  });
  const not_checked = ['whether others see the same ledger (`quittance ledger watch`)'];
  if (entries.length === 0) not_checked.unshift('everything else on this page');
  else not_checked.unshift('who the signing keys belong to, the signatures of the entries, and whether the market’s rules allow them (`quittance ledger replay`)', 'what the site says beside each entry, in its words');
  const about = key.log.shortName();
  return { verdict: /** @type {any} */ ({ about, checks, not_checked, verified: failed.code === null, evidence: null, ...failed }), size: head?.size ?? 0n, entries: shown ?? [] };
}
