/** A ledger's site in a real Chromium: from `file://`, offline, every page, checked, forged, searched. `DEMO` is a demo market. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Browser, found } from '../../report/test/chromium.js';

const ROOT = join(import.meta.dirname, '../../../..');
const QUITTANCE = process.env.QUITTANCE ?? join(process.env.CARGO_TARGET_DIR ?? join(ROOT, 'target'), 'debug/quittance');
const DEMO = /** @type {string} */ (process.env.DEMO);
const KEY = join(DEMO, 'market.vkey');
const OTHER = join(ROOT, 'fixtures/golden/v1/market/market.vkey');
const folder = mkdtempSync(join(tmpdir(), 'quittance-site-'));
const site = join(folder, 'pages');
const ENTRIES = 'entries/0.html';

/** @type {Browser} */
let browser;
before(() => {
  const words = ['ledger', 'export', '--site', site, '--ledger', join(DEMO, 'ledger'), '--market', KEY];
  const done = spawnSync(QUITTANCE, words);
  assert.equal(done.status, 0, String(done.stderr));
  browser = new Browser(/** @type {string} */ (found()));
});
after(async () => {
  await browser.close();
  rmSync(folder, { recursive: true });
});

/** Every page of the site but its reports, which have tests of their own. */
const pages = () => readdirSync(site, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.html') && !/report\.html$|^verifier/.test(path));

test('every page opens from a disk, offline and without an error, on a phone too', async () => {
  assert.ok(pages().length > 30);
  for (const path of pages()) {
    const tab = await browser.open(join(site, path));
    assert.equal(await tab.value("getComputedStyle(document.querySelector('.masthead')).display"), 'flex', `${path} has no style`);
    assert.ok(!(await tab.overflows(390)), `${path} is wider than a phone`);
    assert.deepEqual(tab.wrong, [], path);
    await tab.close();
  }
});

test('entries are checked with the key that a reader brings, once for all pages', async () => {
  const tab = await browser.open(join(site, 'index.html'));
  assert.match(await tab.value("document.getElementById('result').innerText"), /Without the market’s key nothing is checked/);
  const home = await tab.bring(KEY);
  assert.match(home.word, /^✓ The checkpoint of \d+ entries is signed; nothing else on this page was checked$/);
  assert.deepEqual(home.checks.map(([kind, name]) => `${kind} ${name}`), ['ok checkpoint']);
  assert.equal(await tab.value("document.getElementById('note').textContent"), readFileSync(join(site, 'log/checkpoint'), 'utf8'));
  const loaded = new Promise((done) => (tab.loaded = done));
  await tab.click(`nav a[href="${ENTRIES}"]`);
  await loaded;
  const { word, checks } = await tab.answer();
  assert.equal(word, '✓ These entries stand on the ledger');
  assert.deepEqual(checks.map(([kind, name]) => `${kind} ${name}`), ['ok checkpoint', 'ok entries']);
  assert.equal(await tab.value("document.querySelectorAll('.entry .mark.ok').length === document.querySelectorAll('article.entry').length"), true);
  // What the site showed is what the bytes say: fields, kinds, record ids, times.
  const shown = "JSON.stringify([...document.querySelectorAll('article.entry')].map((entry) => [entry.id, entry.querySelector('.kind').textContent, ...[...entry.querySelectorAll('td')].map((cell) => cell.textContent), entry.querySelector('dl').textContent.match(/[0-9a-f]{64}taken.*/)[0]]))";
  const anew = await tab.value(shown);
  await tab.value("document.getElementById('result').dataset.state = 'asked'");
  await tab.click('#result button');
  assert.match((await tab.answer()).text, /Without the market’s key/);
  assert.equal(await tab.value("document.querySelectorAll('.entry .mark').length"), 0);
  assert.equal(await tab.value(shown), anew);
  // A typed key, and one of another market.
  assert.match((await tab.type('#key', readFileSync(KEY, 'utf8'))).word, /^✓ These entries/);
  assert.match((await tab.bring(OTHER)).word, /^✗ Rejected: (checkpoint_signature_invalid|market_mismatch)/);
  assert.match((await tab.bring(join(ROOT, 'README.md'))).text, /market\.vkey: /);
  assert.deepEqual(tab.wrong, []);
  await tab.close();
});

/** A page with something changed. @param {(page: string) => string} change */
function forged(change) {
  const page = readFileSync(join(site, ENTRIES), 'utf8');
  const other = change(page);
  assert.notEqual(page, other);
  const copy = join(folder, 'forged');
  cpSync(site, copy, { recursive: true });
  writeFileSync(join(copy, ENTRIES), other);
  return join(copy, ENTRIES);
}

/** Changes what a page holds for the script. @param {string} page @param {(data: any) => any} change */
const held = (page, change) =>
  page.replace(/(<script id="proof" type="text\/plain">)([^<]*)/, (_, mark, data) => mark + Buffer.from(JSON.stringify(change(JSON.parse(Buffer.from(data, 'base64').toString())))).toString('base64'));
/** Changes the bytes of an entry. @param {string} page @param {number} index @param {(bytes: Buffer) => Buffer} change */
function bytesOf(page, index, change) {
  let at = 0;
  return page.replace(/(<script class="entry" type="text\/plain">)([^<]*)/g, (whole, mark, data) => (at++ === index ? mark + change(Buffer.from(data, 'base64')).toString('base64') : whole));
}
const article = (/** @type {string} */ page, /** @type {number} */ index) => {
  const start = page.indexOf(`<article class="entry" id="e${index}"`);
  return page.slice(start, page.indexOf('</article>', start) + 10);
};

const first = (/** @type {any} */ value) => (/** @type {string} */ page) => held(page, (data) => ({ ...data, first: value }));
const FORGED = /** @type {[string, RegExp, (page: string) => string][]} */ ([
  ['an entry with other bytes', /range_invalid/, (page) => bytesOf(page, 40, (bytes) => Buffer.concat([bytes.subarray(0, -1), Buffer.from([bytes[bytes.length - 1] ^ 1])]))],
  ['another first entry', /market_mismatch/, (page) => bytesOf(page, 0, (bytes) => Buffer.concat([bytes, Buffer.from([0])]))],
  ['an entry left out', /range_invalid/, (page) => page.replace(/<script class="entry" type="text\/plain">[^<]*<\/script>(?=[^]{0,40}<\/main>)/, '')],
  ['an entry twice', /range_invalid/, (page) => page.replace(/(<script class="entry" type="text\/plain">[^<]*<\/script>)(?=[^]{0,40}<\/main>)/, '$1$1')],
  ['entries from another place', /range_invalid/, first('1')],
  ['a place behind the tree', /range_invalid/, first(String(2 ** 40))],
  ['a place before the tree, and the entries twice', /file_malformed/, (page) => first('-128')(page.replace('<script class="entry"', `${(page.match(/<script class="entry" type="text\/plain">[^<]*<\/script>/g) ?? []).join('')}<script class="entry"`))],
  ['one place before the tree', /file_malformed/, first('-1')],
  ['no place', /file_malformed/, first('')],
  ['a place in other digits', /file_malformed/, first('0x0')],
  ['a place that is no text', /file_malformed/, first(null)],
  ['a proof with a hash too many', /range_invalid/, (page) => held(page, (data) => ({ ...data, proof: ['00'.repeat(32)] }))],
  ['no proof', /file_malformed/, (page) => held(page, (data) => ({ ...data, proof: null }))],
  ['a proof of no hashes', /file_malformed/, (page) => held(page, (data) => ({ ...data, proof: ['x'] }))],
  ['no data', /file_malformed/, (page) => page.replace('<script id="proof"', '<script id="other"')],
  ['data that is none', /file_malformed/, (page) => page.replace(/(<script id="proof" type="text\/plain">)[^<]*/, '$1!')],
  ['an entry that is none', /file_malformed/, (page) => page.replace(/(<script class="entry" type="text\/plain">)[^<]*/, '$1!')],
  ['a checkpoint of another tree', /checkpoint_signature_invalid/, (page) => held(page, (data) => ({ ...data, checkpoint: data.checkpoint.replace(/^\d+$/m, '9999') }))],
  ['no checkpoint', /checkpoint_malformed/, (page) => held(page, (data) => ({ ...data, checkpoint: 'x' }))],
]);

test('forged pages turn red', async () => {
  for (const [what, code, change] of FORGED) {
    const tab = await browser.open(forged(change));
    const { text, word } = await tab.bring(KEY);
    assert.match(text, code, what);
    assert.ok(word === null || word.startsWith('✗'), what);
    assert.equal(await tab.value("document.querySelectorAll('.mark.ok').length"), 0, what);
    assert.deepEqual(tab.wrong, [], what);
    await tab.close();
  }
});

test('of a page’s own contents nothing is left but sentences, as the site’s', async () => {
  const lies = (/** @type {string} */ page) => {
    const [honest, other] = [article(page, 40), article(page, 41)];
    const lie = honest.replace(/<th scope="row">nonce<\/th>\s*<td>/, '<th scope="row">price</th><td>9999</td><td hidden>').replace('<p class="what">', '<p class="what">PAID 9999. ');
    return page.replace(honest, lie).replace(other, other.replace('<article ', '<article hidden ')).replace('</main>', '<article class="entry" id="e999"><h2>999 bid <span class="mark ok">✓ stands here</span></h2></article></main>');
  };
  const tab = await browser.open(forged(lies));
  assert.equal((await tab.bring(KEY)).word, '✓ These entries stand on the ledger');
  const [text, hidden, sentence] = await tab.value("[document.querySelector('main').textContent, document.querySelectorAll('article[hidden]').length, document.querySelector('#e40 .what').textContent]");
  assert.ok(!text.includes('999 bid') && !text.includes('price9999'));
  assert.equal(hidden, 0);
  assert.match(sentence, /^The site says: PAID 9999\. /);
  await tab.close();
  // Without the bytes, nothing is said of entries.
  const bare = await browser.open(forged((page) => page.replace(/<script class="entry"[^<]*<\/script>/g, '').replace(/<script class="entry"[^]*?<\/script>/g, '')));
  assert.match((await bare.bring(KEY)).word, /nothing else on this page was checked$/);
  await bare.close();
});

/** What a search finds, as links and their words. @param {string} asked */
async function search(asked) {
  const tab = await browser.open(join(site, 'search.html'), { at: `?q=${encodeURIComponent(asked)}` });
  await tab.value("new Promise((done) => { const look = () => (document.getElementById('found').dataset.state === 'done' ? done() : setTimeout(look, 10)); look(); })");
  const rows = await tab.value("[...document.querySelectorAll('#found a')].map((link) => [link.getAttribute('href'), link.textContent])");
  const text = await tab.value("document.getElementById('found').innerText");
  assert.deepEqual(tab.wrong, [], asked);
  await tab.close();
  return { rows, text };
}

test('the search finds names, numbers, rules and ids without a server', async () => {
  const [[path, name], ...more] = (await search('ACME')).rows;
  assert.match(`${path} ${name}`, /^members\/[0-9a-f]{64}\.html acme-meters, member$/);
  assert.deepEqual(more, []);
  const id = path.slice(8, 72);
  for (const asked of [id, ` ${id.slice(0, 8)} `, `${id.slice(0, 8)}…`, 'acme meters']) assert.deepEqual((await search(asked)).rows, [[path, name]], asked);
  assert.deepEqual((await search('3')).rows.slice(0, 2), [[`${ENTRIES}#e3`, 'entry 3'], ['rounds/3.html', 'round 3']]);
  for (const asked of ['#3', 'entry 3', 'e3']) assert.deepEqual((await search(asked)).rows[0], [`${ENTRIES}#e3`, 'entry 3'], asked);
  assert.match((await search(id.slice(0, 3))).text, /type at least 4 digits/);
  assert.match((await search('uniform-price')).rows[0].join(' '), /^rounds\/1\.html round 1: uniform-price\/v1, settled, proved$/);
  for (const asked of ['nobody here', 'ffffffffffffffffffff', '<img src=x onerror=alert(1)>', '99999999999999999999999']) {
    const { rows, text } = await search(asked);
    assert.deepEqual(rows, [], asked);
    assert.equal(text, `Nothing of this ledger is called “${asked}”.`);
  }
  // Typed into a page somewhere else, with keys.
  const tab = await browser.open(join(site, 'rounds/1.html'));
  await tab.value("document.querySelector('input[name=q]').focus()");
  await tab.ask('Input.insertText', { text: 'birch' });
  const loaded = new Promise((done) => (tab.loaded = done));
  await tab.ask('Input.dispatchKeyEvent', { type: 'keyDown', key: 'Enter', code: 'Enter', windowsVirtualKeyCode: 13, text: '\r' });
  await loaded;
  assert.match(await tab.value('location.href'), /search\.html\?q=birch$/);
  await tab.close();
});

test('a link to an entry shows it open, and without JavaScript every word is there', async () => {
  const tab = await browser.open(join(site, ENTRIES), { at: '#e20' });
  assert.equal(await tab.value("document.querySelector('#e20 details').open && !document.querySelector('#e21 details').open"), true);
  await tab.close();
  const plain = await browser.open(join(site, ENTRIES), { script: false });
  const { root } = await plain.ask('DOM.getDocument', { depth: -1 });
  assert.ok(JSON.stringify(root).includes('quittance ledger import'));
  await plain.close();
});
