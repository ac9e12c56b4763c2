/** The rules' published cases: outcomes that are taken, refusals, own lines, and recomputation where all is public. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { RULES, ruleOf } from '../src/rules/index.js';
import { checkPublished, isSealed, numbersOf, readPublished, readTerms, refusalOf } from '../src/rules/rule.js';
import { Wrong } from '../src/wrong.js';
import { ROOT } from './judges.js';

const json = (name) => JSON.parse(readFileSync(join(ROOT, 'fixtures/rules', name), 'utf8'));

/** What public rounds do not publish of an outcome. */
const WITHHELD = ['baseline_revenues'];

/** The round as a settlement publishes it. */
function published(rule, { terms, rows, outcome }) {
  const names = rule.columns.filter((column) => !isSealed(column, 'public')).map(({ name }) => name);
  const columns = Object.fromEntries(names.map((name) => [name, rows.map((row) => row[name])]));
  const shown = Object.fromEntries(Object.entries(outcome).filter(([name]) => !WITHHELD.includes(name)));
  return readPublished(rule, { terms, disclosure: 'public', rows: rows.length, columns, outcome: shown });
}

for (const rule of RULES) {
  test(`${rule.id}: the published cases`, () => {
    const cases = json(`${rule.id.replace('/', '-')}.json`);
    assert.ok(cases.length >= 12);
    for (const { name, terms, rows, outcome, refusal } of cases) {
      const numbers = readTerms(rule, terms);
      assert.notEqual(numbers, null, name);
      // A list of another length than the terms ask for can be no row of a round.
      if (refusal === 'wrong_width') continue;
      assert.equal(refusalOf(rule, numbers, rows.map(numbersOf)), refusal ?? null, name);
      if (outcome === undefined) continue;
      const round = published(rule, { terms, rows, outcome });
      checkPublished(rule, round);
      const own = { terms: round.terms, outcome: round.outcome, results: [] };
      rows.forEach((row, index) => assert.equal(typeof rule.ownView({ ...own, index, row: numbersOf(row) }), 'string', name));
      if (rule.evaluate) assert.deepEqual(rule.evaluate(numbers, rows.map(numbersOf)), outcome, name);
    }
  });

  test(`${rule.id}: a money column that loses a unit is refused`, () => {
    const { terms, rows, outcome } = json(`${rule.id.replace('/', '-')}.json`).find(({ outcome }) => outcome !== undefined);
    for (const name of ['payments', 'receipts', 'fee', 'proceeds', 'total', 'dust']) {
      if (outcome[name] === undefined || outcome[name].length === 0) continue;
      const more = (text) => `${BigInt(text) + 1n}`;
      const changed = Array.isArray(outcome[name]) ? outcome[name].with(0, more(outcome[name][0])) : more(outcome[name]);
      const round = published(rule, { terms, rows, outcome: { ...outcome, [name]: changed } });
      assert.throws(() => checkPublished(rule, round), Wrong, `${rule.id} ${name}`);
    }
  });
}

test('every refusal by terms, rows or their number', () => {
  for (const { name, rule: id, terms, rows, repeat, refusal } of json('refusals.json')) {
    if (refusal === 'wrong_width') continue;
    const [rule, read] = [ruleOf(id), rows.map(numbersOf)];
    const filled = repeat === undefined ? read : Array(Number(repeat)).fill(read[0]);
    assert.equal(refusalOf(rule, readTerms(rule, terms), filled), refusal, `${id} ${name}`);
  }
});

test('the worked examples of the pages', () => {
  for (const { rule: id, terms, rows, outcome } of json('examples.json')) {
    checkPublished(ruleOf(id), published(ruleOf(id), { terms, rows, outcome }));
  }
});

test('circuits are those of the pins', () => {
  for (const rule of RULES.filter(({ circuits }) => circuits !== undefined)) {
    const pin = readFileSync(join(ROOT, 'circuits/src/rules', rule.id.replace('/v1', '').replaceAll('-', '_'), 'pin.txt'), 'utf8');
    const found = [...pin.matchAll(/^tier (\S+)\n  matrices ([0-9a-f]{64})\n  rows (\d+), limbs of (\d+) bits\n.*\n.*\n  public inputs: (.*)$/gm)];
    assert.equal(found.length, rule.circuits.length);
    found.forEach(([, size, matrices, rows, limbs, inputs], i) => {
      const names = inputs.split(', ');
      const challenges = names.includes('theta') ? 3 : 2;
      const expected = { size, matrices, capacity: Number(rows), limbBits: Number(limbs), inputs: names.length, challenges };
      const { sealed, ...circuit } = rule.circuits[i];
      assert.deepEqual(Object.fromEntries(Object.keys(expected).map((name) => [name, circuit[name]])), expected);
      assert.equal(sealed, names.filter((name) => /^s_\d+$/.test(name)).length, `${rule.id} ${size}`);
    });
  }
});
