/** Whether a page's entries stand below the signed checkpoint where it says, and whether it says what they say. */
import { fromUtf8, utf8 } from '../verify/src/bytes.js';
import { Entry } from '../verify/src/entry.js';
import { SignedCheckpoint } from '../verify/src/note.js';
import { Refusal, refuse } from '../verify/src/refusal.js';
import { checkRange, leafHash } from '../verify/src/tree.js';
import { visible } from '../report/show.js';

/**
 * @typedef {{checkpoint: string, first: string, proof: string[], entries: Uint8Array[], articles: Element[]}} Page
 * @typedef {import('../verify/src/verdict.js').Verdict} Verdict
 */

/**
 * @param {import('../verify/src/market_key.js').MarketKey} key
 * @param {Page} page
 * @returns {{verdict: Verdict, wrong: Map<string, string>}} the verdict, and what is wrong at which article
 */
export function judge(key, { checkpoint, first, proof, entries, articles }) {
  /** @type {Verdict['checks']} */
  const checks = [];
  const wrong = new Map();
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
  if (articles.length > 0 || entries.length > 0) {
    const last = BigInt(first) + BigInt(entries.length) - 1n;
    step('entries', () => {
      const leaves = entries.map(leafHash);
      if (first === '0' && leaves[0] !== key.entry0) refuse('market_mismatch', 'entry 0 is not the one that the market’s key names');
      checkRange(proof, leaves, BigInt(first), /** @type {any} */ (head));
      return [`${first} to ${last} stand in these places below the checkpoint, none left out`, null];
    });
    step('words', () => {
      if (articles.length !== entries.length) refuse('file_malformed', `the page shows ${articles.length} entries and holds ${entries.length}`);
      articles.forEach((article, i) => {
        const said = differs(article, BigInt(first) + BigInt(i), entries[i]);
        if (said !== null) wrong.set(article.id, said);
      });
      if (wrong.size > 0) refuse('file_malformed', `of ${wrong.size} entries the page says something else than they say`, 'believe the entries, not the page');
      return ['kind, fields, record id and time of every entry are what its bytes say', null];
    });
  }
  const about = `${key.log.shortName()} · ${checkpoint.split('\n')[1]} entries`;
  const not_checked = ['the signatures of the entries themselves, and whether the market’s rules allow them (`quittance ledger replay`)', 'sentences and names beside the fields', 'whether others see the same ledger (`quittance ledger watch`)'];
  return { verdict: /** @type {any} */ ({ about, checks, not_checked, verified: failed.code === null, evidence: null, ...failed }), wrong };
}

/**
 * What an article says otherwise than its entry; null if nothing.
 * @param {Element} article
 * @param {bigint} index
 * @param {Uint8Array} bytes
 * @returns {string | null}
 */
function differs(article, index, bytes) {
  const { envelope, time } = Entry.decode(bytes);
  const said = (/** @type {string} */ selector) => article.querySelector(selector)?.textContent ?? null;
  if (article.id !== `e${index}` || said('.place') !== String(index)) return 'it stands at another place';
  if (said('.kind') !== envelope.kind()) return `it is of kind ${envelope.kind()}`;
  if (said('code.record') !== envelope.recordId) return 'it has another record id';
  const when = new Date(Number(time - (time % 1000n))).toISOString();
  if (said('time') !== `${when.slice(0, 10)} ${when.slice(11, 19)} UTC`) return 'it was taken at another time';
  const fields = Object.entries(JSON.parse(/** @type {string} */ (fromUtf8(envelope.payload))));
  const cells = [...article.querySelectorAll('[data-field]')];
  if (cells.length !== fields.length) return `it has ${fields.length} fields`;
  const other = fields.find(([name, value], i) => cells[i].getAttribute('data-field') !== name || cells[i].textContent !== visible(typeof value === 'string' ? value : JSON.stringify(value)));
  if (other !== undefined) return `its ${other[0]} is another`;
  const signers = [...article.querySelectorAll('dd .id[title]')].map((id) => id.getAttribute('title'));
  if (signers.join() !== envelope.signatures.map(({ keyId }) => keyId).join()) return 'others signed it';
  return null;
}

