/** The script of a ledger's site: checks the entries of a page, and searches. Nothing is sent: the site has no server to send to. */
import { MarketKey } from '../verify/src/market_key.js';
import { Refusal } from '../verify/src/refusal.js';
import { fromUtf8, utf8 } from '../verify/src/bytes.js';
import { bytesOf } from '../report/files.js';
import { verdictLines, element } from '../report/show.js';
import { article, pager } from './entries.js';
import { judge } from './judge.js';
import { search } from './search.js';

/** @param {string} id */
const find = (id) => /** @type {any} */ (document.getElementById(id));
/** The key stays in its tab, so that a reader brings it once; some browsers have no such memory for files. */
const KEY = 'quittance market key';
const remembered = {
  get: () => {
    try {
      return sessionStorage.getItem(KEY) ?? '';
    } catch {
      return '';
    }
  },
  /** @param {string} text */
  set: (text) => {
    try {
      sessionStorage.setItem(KEY, text);
    } catch {
      // Then it is brought again.
    }
  },
};

/** What the page says before anything is checked. */
const told = [...document.querySelectorAll('main > *')];

/** @param {string} text the reader's market.vkey */
function check(text) {
  const found = [];
  document.querySelector('main')?.replaceChildren(...told);
  if (text === '') found.push(element('p', 'note', 'Without the market’s key nothing is checked: whoever made this site could have made every signature in it.'));
  else {
    try {
      const started = performance.now();
      found.push(...judged(new MarketKey(utf8(text))));
      find('result').dataset.ms = String(Math.round(performance.now() - started));
    } catch (error) {
      const why = error instanceof Refusal ? `market.vkey: ${error.message}` : 'file_malformed: what this page holds cannot be read';
      found.push(element('p', 'bad', `✗ ${why}`));
    }
    const forget = element('button', null, 'forget the key');
    forget.addEventListener('click', () => take(''));
    found.push(forget);
  }
  find('result').replaceChildren(...found);
  find('result').dataset.state = 'done';
  open();
}

/** The verdict; if entries hold, they stand instead of everything that the page said. @param {MarketKey} key */
function judged(key) {
  const data = JSON.parse(/** @type {string} */ (fromUtf8(bytesOf(find('proof').textContent))));
  const held = [...document.querySelectorAll('script.entry')].map(({ textContent }) => bytesOf(textContent ?? ''));
  const { verdict, size, entries } = judge(key, { ...data, entries: held });
  const lines = verdictLines(verdict);
  lines.querySelector('details')?.setAttribute('open', '');
  const word = /** @type {Element} */ (lines.querySelector('.word'));
  if (verdict.verified && entries.length === 0) {
    word.textContent = `✓ The checkpoint of ${size} entries is signed; nothing else on this page was checked`;
    // The one that was checked.
    document.getElementById('note')?.replaceChildren(data.checkpoint);
  } else if (verdict.verified) {
    word.textContent = '✓ These entries stand on the ledger';
    const words = (/** @type {bigint} */ index) => document.getElementById(`e${index}`)?.querySelector('.what');
    const articles = entries.map(({ index, entry }) => article(index, entry, words(index)));
    const [first, last] = [entries[0].index, entries[entries.length - 1].index];
    const title = element('h1', null, `Entries ${first} to ${last}`);
    document.querySelector('main')?.replaceChildren(title, find('check'), pager(first, size), ...articles, pager(first, size));
  }
  return [lines];
}

/** @param {string} text */
function take(text) {
  remembered.set(text);
  if (text === '') find('key').value = '';
  find('result').dataset.state = 'busy';
  find('result').replaceChildren(element('p', 'note', 'Checking…'));
  // The page shows that work goes on before it is held up.
  setTimeout(() => check(text), 20);
}

/** @param {File | undefined} file */
async function bring(file) {
  if (file === undefined) return;
  // A key is a few lines; what is longer is refused by its length.
  const text = file.size > 1 << 20 ? null : fromUtf8(new Uint8Array(await file.arrayBuffer()));
  take(text ?? 'x');
}

for (const part of document.querySelectorAll('.needs-script')) part.removeAttribute('hidden');
if (find('check') !== null) {
  find('files').addEventListener('change', (/** @type {any} */ event) => {
    bring(event.target.files[0]);
    event.target.value = '';
  });
  find('key').addEventListener('input', (/** @type {any} */ event) => {
    const text = `${event.target.value.replace(/\r/g, '').trimEnd()}\n`;
    take(text === '\n' ? '' : text);
  });
  for (const name of ['dragover', 'drop']) document.addEventListener(name, (event) => event.preventDefault());
  document.addEventListener('drop', (event) => bring(event.dataTransfer?.files[0]));
  check(remembered.get());
}
if (find('found') !== null) search(find('found'), new URLSearchParams(location.search).get('q') ?? '');

/** An entry that a link names is shown open. */
function open() {
  const target = location.hash === '' ? null : document.getElementById(location.hash.slice(1));
  target?.querySelector('details')?.setAttribute('open', '');
  target?.scrollIntoView();
}
addEventListener('hashchange', open);
open();
