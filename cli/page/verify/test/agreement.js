/**
 * Both verifiers over seeded mutations: `node agreement.js COUNT [SEED]`, with the demo's folder in DEMO.
 *
 * A third are changes of the file alone, the others are made by an operator who signs everything again. Prints how many
 * agree and with which codes; a disagreement is kept as a file, and is exit code 1.
 */
import { isDeepStrictEqual } from 'node:util';
import { mkdtempSync, readFileSync, readdirSync, writeFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { QUITTANCE, ROOT, essence, javascript, run, rust } from './judges.js';
import { exported, keysOf, logKey } from './ledger.js';
import { ofFile, ofOperator, random } from './mutations.js';

const [count, seed] = [Number(process.argv[2] ?? 100), Number(process.argv[3] ?? 1)];
const DEMO = process.env.DEMO;
const folder = mkdtempSync(join(tmpdir(), 'quittance-agreement-'));
const json = (file) => JSON.parse(readFileSync(file, 'utf8'));

const market = join(DEMO, 'market.vkey');
run(QUITTANCE, ['ledger', 'export', join(folder, 'export'), '--ledger', join(DEMO, 'ledger'), '--market', market]);
const drafts = exported(join(folder, 'export'));
const keys = keysOf(DEMO);
const log = logKey(readFileSync(market, 'utf8'), keys);
const bundles = readdirSync(join(DEMO, 'rounds')).map((round) => json(join(DEMO, 'rounds', round, 'bundle.json')));
const fixture = (name) => join(ROOT, 'fixtures/reject/verify', name);
const witnessed = { market: fixture('witnessed.vkey'), bundle: json(fixture('witnessed.bundle.json')) };

const cases = Array.from({ length: count }, (_, i) => {
  const dice = random(seed * 1_000_003 + i);
  const [file, kind] = [join(folder, `${i}.json`), dice.below(12)];
  const from = kind === 0 ? witnessed : { market, bundle: bundles[dice.below(bundles.length)] };
  const made = kind < 4 ? { way: 'file', text: ofFile(from.bundle, dice) } : ofOperator(from.bundle, drafts, keys, log, dice);
  writeFileSync(file, made.text);
  return { way: made.way, market: from.market, bundle: file };
});

const expected = rust(cases.map(({ market, bundle }) => ({ market, bundle })));
const codes = new Map();
let differ = 0;
cases.forEach(({ way, market, bundle }, i) => {
  let found;
  try {
    found = javascript({ market, bundle });
  } catch (error) {
    found = { about: `${error.stack}`, checks: [], code: 'thrown' };
  }
  const inner = /\((\w+)\)$/.exec(expected[i].checks.find(({ state }) => state === 'failed')?.compared ?? '')?.[1];
  const label = `${way}: ${expected[i].code ?? 'verified'}${inner ? ` (${inner})` : ''}`;
  codes.set(label, (codes.get(label) ?? 0) + 1);
  if (isDeepStrictEqual(essence(found), essence(expected[i]))) return;
  differ += 1;
  const failed = (verdict) => `${verdict.code} ${verdict.checks.find(({ state }) => state === 'failed')?.compared ?? verdict.about}`;
  console.log(`DIFFERENT ${bundle} (${way})\n  rust       ${failed(expected[i])}\n  javascript ${failed(found)}`);
});
for (const [label, number] of [...codes].sort()) console.log(`${`${number}`.padStart(6)}  ${label}`);
console.log(`${count - differ} of ${count} mutations judged alike (seed ${seed})`);
if (differ === 0) rmSync(folder, { recursive: true });
process.exitCode = differ === 0 ? 0 : 1;
