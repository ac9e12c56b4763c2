/** Report pages in a real Chromium: from `file://`, offline, clicked and typed into. `DEMO` is a demo market. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Browser, found } from './chromium.js';

const ROOT = join(import.meta.dirname, '../../../..');
const QUITTANCE = process.env.QUITTANCE ?? join(process.env.CARGO_TARGET_DIR ?? join(ROOT, 'target'), 'debug/quittance');
const GOLDEN = join(ROOT, 'fixtures/golden/v1/market');
const DEMO = process.env.DEMO ?? GOLDEN;
const folder = mkdtempSync(join(tmpdir(), 'quittance-pages-'));
const at = (name) => join(folder, name);
const read = (path) => readFileSync(path, 'utf8');

/** @type {Browser} */
let browser;
before(() => (browser = new Browser(/** @type {string} */ (found()))));
after(async () => {
  await browser.close();
  rmSync(folder, { recursive: true });
});

/** Writes a page; how the command ended. */
function report(name, ...words) {
  const done = spawnSync(QUITTANCE, ['report', ...words, '-o', at(name), '--yes', '--quiet']);
  assert.ok(done.status !== null && done.status < 2, `${words}: ${done.stderr}`);
  return done.status;
}

const bundle = (market, round) => join(market, 'rounds', String(round), 'bundle.json');
const key = (market) => join(market, 'market.vkey');

test('every rule has a page that verifies itself, offline and without an error', async () => {
  for (let round = 1; round <= 11; round += 1) {
    assert.equal(report('page.html', bundle(GOLDEN, round), '--market', key(GOLDEN)), 0);
    const tab = await browser.open(at('page.html'));
    const before = await tab.value("document.getElementById('result').innerText");
    assert.match(before, /Without the market’s key nothing is verified/);
    const { word, checks } = await tab.bring(key(GOLDEN));
    assert.match(word, /^✓ Verified in this browser|^! Checked, but not proved/, `round ${round}`);
    assert.ok(checks.length >= 6);
    assert.equal(await tab.value("document.querySelectorAll('.stamp').length"), 1);
    assert.deepEqual(tab.wrong, [], `round ${round}`);
    assert.ok(!(await tab.overflows(390)), `round ${round} is wider than a phone`);
    await tab.close();
  }
});

test('a member types the key and drops bid, opening and receipt', async () => {
  report('page.html', bundle(GOLDEN, 1), '--market', key(GOLDEN));
  const own = (name) => join(GOLDEN, 'private/acme-meters', name);
  const tab = await browser.open(at('page.html'));
  assert.match((await tab.type('#key', read(key(GOLDEN)))).word, /^✓ Verified/);
  const { word, checks } = await tab.bring(own('bid.json'), own('opening.json'), own('receipt.tlog-proof'));
  assert.match(word, /^✓ Verified/);
  const said = Object.fromEntries(checks.map(([kind, name, compared]) => [name, `${kind} ${compared}`]));
  assert.match(said['your bid'], /^ok entry \d+ carries your commitment; your opening fits it$/);
  assert.match(said['your payment'], /^ok /);
  assert.match(said.receipt, /^ok /);
  // Somebody else's opening.
  const other = await tab.bring(join(ROOT, 'fixtures/golden/v1/bid.opening.json'));
  assert.match(other.word, /^✗ Rejected: opening_mismatch/);
  assert.match(await tab.value("document.querySelector('.stamp').innerText"), /opening_mismatch/);
  await tab.value("document.getElementById('result').dataset.state = 'asked'");
  await tab.click('#brought button');
  assert.match((await tab.answer()).text, /Without the market’s key/);
  assert.equal(await tab.value("document.querySelectorAll('.stamp').length"), 0);
  assert.deepEqual(tab.wrong, []);
  await tab.close();
});

test('forged pages turn red in the verifier that the reader keeps', async () => {
  assert.equal(spawnSync(QUITTANCE, ['report', '--verifier', '-o', at('verifier.html')]).status, 0);
  const tab = await browser.open(at('verifier.html'));
  await tab.type('#key', read(key(DEMO)));
  const good = bundle(DEMO, 1);
  assert.equal(report('good.html', good, '--market', key(DEMO)), 0);
  const honest = await tab.bring(at('good.html'));
  assert.match(honest.word, /^✓ Verified/);

  // A page whose own words and script say that all is well, around a forged bundle.
  const held = /(<script id="bundle" type="text\/plain">)[^<]*/;
  const forgeries = DEMO === GOLDEN ? [] : JSON.parse(read(join(DEMO, 'forged/expected.json')));
  for (const name of forgeries.length ? readdirSync(join(DEMO, 'forged')).filter((name) => name.endsWith('.bundle.json')) : []) {
    const forged = read(at('good.html')).replace(held, `$1${readFileSync(join(DEMO, 'forged', name)).toString('base64')}`);
    writeFileSync(at('forged.html'), forged.replace(/<\/main>/, '<script>document.title = "trust me"</script></main>'));
    const files = [at('forged.html')];
    if (name.startsWith('entry-edited')) files.push(join(DEMO, 'private/acme-meters/receipt.tlog-proof'));
    const { kind, word } = await tab.bring(...files);
    assert.equal(kind, 'verdict bad', `${name}: ${word}`);
    if (files.length > 1) await tab.value('[...document.querySelectorAll("#brought li")].find((line) => line.innerText.startsWith("your receipt"))?.querySelector("button").click()');
  }

  // An honest bundle with a number changed in what the page shows.
  const changed = read(at('good.html')).replace(/(data-is="outcome\.payments\.\d+">)[1-9][^<]*/, '$11.00');
  assert.notEqual(changed, read(at('good.html')));
  writeFileSync(at('changed.html'), changed);
  const shown = await tab.bring(at('changed.html'));
  assert.equal(shown.kind, 'verdict bad');
  assert.match(shown.text, /the page shows 1\.00, the bundle says/);
  // The same with the marks taken off.
  writeFileSync(at('changed.html'), changed.replaceAll(/ data-is="[^"]*"/g, ''));
  assert.equal((await tab.bring(at('changed.html'))).kind, 'verdict bad');
  // Two bundles, or none.
  writeFileSync(at('two.html'), read(at('good.html')).replace('</main>', '</main><script id="bundle" type="text/plain">AAAA</script>'));
  assert.match((await tab.bring(at('two.html'))).text, /does not hold exactly one bundle/);
  // A market of somebody else's making: its own key fits it, the reader's does not.
  const shop = join(ROOT, 'fixtures/golden/v1/shop');
  report('shop.html', bundle(shop, 1), '--market', key(shop));
  assert.equal((await tab.bring(at('shop.html'))).kind, 'verdict bad');
  assert.deepEqual(tab.wrong, []);
  await tab.close();
});

test('a rejected settlement gets a red page, and exit code 1', async () => {
  const bytes = JSON.parse(read(bundle(GOLDEN, 1)));
  bytes.statement.outcome.fee = '1';
  writeFileSync(at('wrong.json'), JSON.stringify(bytes));
  assert.equal(report('wrong.html', at('wrong.json'), '--market', key(GOLDEN)), 1);
  const tab = await browser.open(at('wrong.html'));
  assert.equal(await tab.value("document.getElementById('verdict').className"), 'verdict bad');
  assert.match(await tab.value('document.body.innerText'), /Rejected: statement_mismatch[^]*claims[^]*Money in and money out differ/);
  assert.match((await tab.bring(key(GOLDEN))).word, /Rejected: statement_mismatch/);
  await tab.close();
});

test('hostile words stay words', async () => {
  // Field names are ASCII in every file.
  const field = '<img src=x onerror=alert(2)></script>"\'&';
  const evil = '<img src=x onerror=alert(1)></script><script>document.title="owned"</script>\u202e"\'&';
  const bytes = JSON.parse(read(bundle(GOLDEN, 7)));
  bytes.statement.outcome = { ...bytes.statement.outcome, payments: [evil, evil, evil, evil, evil], [field]: evil };
  bytes.statement.terms = { ...bytes.statement.terms, fee_bps: evil, [field]: [{ [field]: evil }] };
  bytes.statement.public[field] = [evil, evil, evil, evil, evil];
  const sorted = (value) => (value && typeof value === 'object' && !Array.isArray(value) ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, part]) => [name, sorted(part)])) : Array.isArray(value) ? value.map(sorted) : value);
  writeFileSync(at('evil.json'), JSON.stringify(sorted(bytes)));
  assert.equal(report('evil.html', at('evil.json'), '--market', key(GOLDEN)), 1);
  const tab = await browser.open(at('evil.html'));
  await tab.bring(key(GOLDEN));
  assert.equal(await tab.value('document.images.length'), 0);
  assert.notEqual(await tab.value('document.title'), 'owned');
  assert.equal(await tab.value("document.querySelectorAll('script').length"), 2);
  assert.match(await tab.value('document.body.innerText'), /<img src=x onerror=alert\(1\)>/);
  assert.deepEqual(tab.wrong, []);
  await tab.close();
});

test('without JavaScript the page reads, and it prints', async () => {
  report('page.html', bundle(GOLDEN, 1), '--market', key(GOLDEN));
  const tab = await browser.open(at('page.html'), { script: false });
  const { root } = await tab.ask('DOM.getDocument', { depth: -1 });
  const { outerHTML } = await tab.ask('DOM.getOuterHTML', { nodeId: root.nodeId });
  assert.match(outerHTML, /5 of 12 bidders won a copy/);
  await tab.print(at('page.pdf'));
  assert.ok(readFileSync(at('page.pdf')).length > 10_000);
  assert.deepEqual(tab.wrong, []);
  await tab.close();
});
