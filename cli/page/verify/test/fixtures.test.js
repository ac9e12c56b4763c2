/** Both verifiers over every fixture, every round of the demo market and every forgery. */
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { G1, g1Bytes, generators } from '../src/bn254.js';
import { toHex, utf8, leBytes, leNumber } from '../src/bytes.js';
import { bn254 } from '@noble/curves/bn254.js';
import { blake3 } from '@noble/hashes/blake3.js';
import { ALL_CODES } from '../src/refusal.js';
import { verdictText } from '../src/index.js';
import { ROOT, essence, javascript, rust } from './judges.js';

const DEMO = process.env.DEMO;
const FIXTURES = join(ROOT, 'fixtures');
const json = (...path) => JSON.parse(readFileSync(join(...path), 'utf8'));

/** Both verdicts are the same, and give the code that is expected. */
function agree(cases) {
  rust(cases.map(({ files }) => files)).forEach((expected, i) => {
    const { name, files, code } = cases[i];
    const found = javascript(files);
    assert.deepEqual(essence(found), essence(expected), name);
    if (expected.verified) assert.equal(verdictText(found), verdictText(expected), name);
    if (code !== undefined) assert.equal(found.code, code, name);
  });
}

test('every round of the demo market, as a stranger and as each of its members', () => {
  const market = join(DEMO, 'market.vkey');
  const cases = readdirSync(join(DEMO, 'rounds')).flatMap((round) => {
    const bundle = join(DEMO, 'rounds', round, 'bundle.json');
    const members = readdirSync(join(DEMO, 'rounds', round, 'bids')).flatMap((file) => {
      const home = join(DEMO, 'private', file.replace('.json', ''));
      const own = round === '1' ? home : join(home, `round-${round}`);
      const [opening, key] = [join(own, 'opening.json'), join(home, 'seal.key')];
      const brought = { market, bundle, bid: join(own, 'bid.json'), receipt: join(own, 'receipt.tlog-proof') };
      const opened = { ...brought, ...(existsSync(opening) && { opening }) };
      return [brought, opened, { ...opened, key }].map((files) => ({ name: `${round} ${file}`, files, code: null }));
    });
    return [{ name: `round ${round}`, files: { market, bundle }, code: null }, ...members];
  });
  assert.ok(cases.length > 100, `${cases.length} cases`);
  agree(cases);
});

test('what a member brings to the wrong round, and another member’s', () => {
  const at = (...path) => join(DEMO, ...path);
  const [acme, birch] = ['acme-meters', 'birch-bank'].map((name) => (file) => at('private', name, file));
  const [market, first, ninth] = [at('market.vkey'), at('rounds/1/bundle.json'), at('rounds/9/bundle.json')];
  const ways = [
    [{ bundle: ninth, bid: acme('bid.json') }, 'bid_missing'],
    [{ bundle: first, bid: acme('bid.json'), opening: birch('opening.json') }, 'opening_mismatch'],
    [{ bundle: ninth, receipt: acme('receipt.tlog-proof') }, 'inclusion_invalid'],
    [{ bundle: first, bid: acme('bid.json'), receipt: birch('receipt.tlog-proof') }, undefined],
    [{ bundle: ninth, bid: acme('round-9/bid.json'), key: birch('seal.key') }, null],
    [{ bundle: first, bid: at('rounds/1/round.json') }, 'kind_unknown'],
    [{ bundle: first, bid: first }, undefined],
    [{ bundle: first, receipt: first }, undefined],
  ];
  agree(ways.map(([files, code], i) => ({ name: `way ${i}`, files: { market, ...files }, code })));
});

test('every forged bundle of the demo', () => {
  const market = join(DEMO, 'market.vkey');
  const cases = Object.entries(json(DEMO, 'forged/expected.json')).map(([name, { args, code }]) => ({
    name,
    files: { market, bundle: join(DEMO, 'forged', name), ...(args.length > 0 && { [args[0].slice(2)]: join(DEMO, args[1]) }) },
    code,
  }));
  assert.ok(cases.length >= 8, `${cases.length} cases`);
  agree(cases);
});

test('fixtures/reject/verify', () => {
  const at = (name) => join(FIXTURES, 'reject/verify', name);
  const cases = json(at('expected.json')).map(({ about, bundle, code, market, bid, receipt }) => ({
    name: about,
    files: { market: at(market), bundle: at(bundle), ...(bid && { bid: at(bid) }), ...(receipt && { receipt: at(receipt) }) },
    code,
  }));
  const honest = [['honest', 'market'], ['witnessed', 'witnessed']].map(([name, key]) => ({
    name,
    files: { market: at(`${key}.vkey`), bundle: at(`${name}.bundle.json`) },
    code: null,
  }));
  const crossed = { name: 'another market’s key', files: { ...honest[0].files, market: at('witnessed.vkey') } };
  agree([...cases, ...honest, crossed]);
});

test('the golden bundles of version 1', () => {
  const at = (...path) => join(FIXTURES, 'golden/v1', ...path);
  const cases = ['market', 'shop'].flatMap((market) =>
    readdirSync(at(market, 'rounds')).map((round) => ({
      name: `${market} ${round}`,
      files: { market: at(market, 'market.vkey'), bundle: at(market, 'rounds', round, 'bundle.json') },
      code: null,
    })),
  );
  assert.equal(cases.length, 12);
  agree(cases);
});

test('a key for a round without a proof', () => {
  const at = (...path) => join(FIXTURES, 'golden/v1/shop', ...path);
  const folder = mkdtempSync(join(tmpdir(), 'quittance-'));
  const bundle = join(folder, 'bundle.json');
  writeFileSync(bundle, readFileSync(at('rounds/1/bundle.json'), 'utf8').replace('"verifying_key":null', '"verifying_key":""'));
  agree([{ name: 'an empty key', files: { market: at('market.vkey'), bundle }, code: 'key_mismatch' }]);
  rmSync(folder, { recursive: true });
});

test('the codes and their order are the published ones', () => {
  const table = readFileSync(join(FIXTURES, 'reject/README.md'), 'utf8');
  const published = [...table.matchAll(/^\| `([a-z_]+)` \| (\w+) \|/gm)].map(([, code]) => code);
  assert.deepEqual(ALL_CODES, published.filter((code) => code !== 'evidence_refuted'));
});

test('the generators are hashed to the curve', () => {
  const { H, G } = json(FIXTURES, 'vectors/generators.json');
  const { h, g } = generators();
  assert.deepEqual([h, ...g].map((point) => toHex(g1Bytes(point))), [H, ...G]);
  const { Fp } = bn254.fields;
  const hashed = (label) => {
    for (let counter = 0; ; counter += 1) {
      const input = Buffer.concat([utf8(label), leBytes(counter, 4)]);
      const x = Fp.create(leNumber(blake3(input, { dkLen: 64 })));
      let y;
      try {
        y = Fp.sqrt(Fp.create(x * x * x + 3n));
      } catch {
        continue;
      }
      return new G1(x, y % 2n === 0n ? y : Fp.neg(y), 1n);
    }
  };
  ['H', ...g.map((_, k) => k + 1)].forEach((name, i) => assert.ok(hashed(`quittance/v1/generator/${name}`).equals([h, ...g][i]), `${name}`));
});
