/** A page's own script: takes files, verifies, shows. Nothing is kept, nothing is sent: the page's policy forbids a network. */
import { MarketKey, Opening, Refusal, verify } from '../verify/src/index.js';
import { parseBundle } from '../verify/src/bundle.js';
import { hex, fromUtf8, utf8 } from '../verify/src/bytes.js';
import { Entry } from '../verify/src/entry.js';
import { bytesOf, kindOf, readPage } from './files.js';
import { differs } from './numbers.js';
import { element, statementLines, verdictLines } from './show.js';

const MOST = 1 << 30;
const NAMES = { page: 'report page', bundle: 'bundle', market: 'market key', bid: 'your bid', opening: 'your opening', receipt: 'your receipt' };

/** @param {string} id */
const find = (id) => /** @type {any} */ (document.getElementById(id));

const data = find('bundle');
/** What is examined: this page's own bundle, until another is dropped. */
/** @type {{name: string, bundle: Uint8Array, words: Document | null} | null} */
let subject = data === null ? null : { name: 'this page', bundle: bytesOf(data.textContent), words: document };
/** @type {Map<string, {name: string, bytes: Uint8Array}>} what was brought, by kind */
const brought = new Map();
/** @type {string[]} */
let strange = [];

/** @param {string} name @param {Uint8Array} bytes */
function take(name, bytes) {
  const text = fromUtf8(bytes);
  const kind = text === null ? null : kindOf(text);
  if (kind === 'page') {
    const page = readPage(/** @type {string} */ (text));
    if (page === null) strange.push(`${name}: not a report page, it does not hold exactly one bundle`);
    else subject = { name, ...page };
  } else if (kind === 'bundle') subject = { name, bundle: bytes, words: null };
  else if (kind === null) strange.push(`${name}: not a file that this page knows`);
  else brought.set(kind, { name, bytes });
}

/** Reads a file of the reader's own: what is wrong with it says nothing about the bundle. */
function own(/** @type {string} */ kind, /** @type {(bytes: Uint8Array) => any} */ parse) {
  const file = brought.get(kind);
  if (file === undefined) return undefined;
  try {
    return parse(file.bytes);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    strange.push(`${file.name}: ${error.message}`);
    return undefined;
  }
}

/** What the market's first entry says about numbers. @param {any} bundle */
function marketOf(bundle) {
  const { currency, decimals } = JSON.parse(/** @type {string} */ (fromUtf8(Entry.decode(hex(bundle.entries[0].entry)).envelope.payload)));
  return { currency, decimals: Number(decimals) };
}

/** What was found out about the subject. @param {MarketKey} key */
function judge(key) {
  const { bundle, words } = /** @type {NonNullable<typeof subject>} */ (subject);
  const same = (/** @type {Uint8Array} */ bytes) => bytes;
  const files = { bid: own('bid', same), opening: own('opening', Opening.parse), receipt: own('receipt', same) };
  const verdict = verify(bundle, key, files);
  const parts = [];
  if (verdict.code === 'market_mismatch') {
    const failed = verdict.checks.find(({ state }) => state === 'failed');
    return [element('div', 'verdict bad', element('p', 'word', '✗ Not of the market whose key you brought'), element('p', null, failed?.compared ?? ''))];
  }
  if (verdict.verified) {
    const parsed = parseBundle(bundle);
    const other = words === null ? null : differs(words, parsed.statement, marketOf(parsed));
    if (other !== null) {
      verdict.checks.push({ name: 'page', state: 'failed', compared: other });
      Object.assign(verdict, { verified: false, code: 'file_malformed', hint: 'believe the bundle, not the page' });
    } else if (words !== null) verdict.not_checked.push('the words of the page: only its numbers were compared (`quittance verify PAGE` compares every byte)');
    parts.push(statementLines(parsed.statement));
  }
  if (files.bid !== undefined && files.opening === undefined) parts.push(element('p', 'note', 'With your opening this also says whether the outcome agrees with your own numbers.'));
  return [verdictLines(verdict), ...parts];
}

function show() {
  const rows = [...brought].map(([kind, { name }]) => {
    const drop = element('button', null, 'forget');
    drop.addEventListener('click', () => {
      brought.delete(kind);
      if (kind === 'market') find('key').value = '';
      update();
    });
    return element('li', null, `${NAMES[/** @type {keyof NAMES} */ (kind)]}: ${name} `, drop);
  });
  if (subject !== null && subject.words !== document) rows.unshift(element('li', null, `to check: ${subject.name}`));
  find('brought').replaceChildren(...rows);
  const found = [];
  const key = own('market', (bytes) => new MarketKey(bytes));
  if (subject === null) found.push(element('p', 'note', 'Drop the report page or the bundle that is to be checked.'));
  if (key === undefined) found.push(element('p', 'note', 'Without the market’s key nothing is verified: whoever made the bundle could have made every signature in it.'));
  if (subject !== null && key !== undefined) {
    const started = performance.now();
    found.push(...judge(key));
    const result = find('result');
    result.dataset.ms = String(Math.round(performance.now() - started));
  }
  const strangers = strange.map((what) => element('p', 'bad', `✗ ${what}`));
  strange = [];
  find('result').replaceChildren(...strangers, ...found);
  find('result').dataset.state = 'done';
  stamp();
}

const toldByPage = find('verdict')?.className;

/** The verdict at the top of a page about itself is this browser's, once there is one. */
function stamp() {
  const [top, mine] = [find('verdict'), find('result').querySelector('.verdict')];
  document.querySelector('.stamp')?.remove();
  if (top === null) return;
  top.className = toldByPage;
  if (mine === null || subject?.words !== document) return;
  const kind = ['ok', 'fair'].find((name) => mine.classList.contains(name)) ?? 'bad';
  if (kind === 'bad') top.className = 'verdict bad';
  top.append(element('p', `stamp ${kind}`, `In this browser, with your key: ${mine.querySelector('.word')?.textContent ?? ''}`));
}

/** Shows that work goes on before it holds the page up. */
function update() {
  const result = find('result');
  result.dataset.state = 'busy';
  result.replaceChildren(element('p', 'note', 'Checking…'));
  setTimeout(show, 20);
}

/** @param {Iterable<File>} files */
async function bring(files) {
  for (const file of files) {
    if (file.size > MOST) strange.push(`${file.name}: longer than 1 GiB`);
    else {
      try {
        take(file.name, new Uint8Array(await file.arrayBuffer()));
      } catch {
        strange.push(`${file.name}: cannot be read`);
      }
    }
  }
  update();
}

for (const part of document.querySelectorAll('.needs-script')) part.removeAttribute('hidden');
find('files').addEventListener('change', (/** @type {any} */ event) => {
  bring([...event.target.files]);
  event.target.value = '';
});
find('key').addEventListener('input', (/** @type {any} */ event) => {
  const text = `${event.target.value.replace(/\r/g, '').trimEnd()}\n`;
  if (text === '\n') brought.delete('market');
  else brought.set('market', { name: 'typed', bytes: utf8(text) });
  update();
});
for (const name of ['dragover', 'drop']) document.addEventListener(name, (event) => event.preventDefault());
document.addEventListener('drop', (event) => bring([...(event.dataTransfer?.files ?? [])]));
show();
