/** fixtures/vectors, compared as somebody would who writes a verifier: from the page on them, and step by step. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { bn254 } from '@noble/curves/bn254.js';
import { G1, G2, R, g1Bytes, g1Of, g2Of, mod, productIsOne, scalarOf } from '../src/bn254.js';
import { concat, derive, hex, leBytes, leNumber, parts, toHex, utf8 } from '../src/bytes.js';
import { parseCircuitKey } from '../src/circuit_key.js';
import { Entry } from '../src/entry.js';
import { Envelope } from '../src/envelope.js';
import { Opening } from '../src/opening.js';
import { parseProof } from '../src/proof.js';
import { leafHash } from '../src/tree.js';
import { ROOT } from './judges.js';

const FIXTURES = join(ROOT, 'fixtures');
const json = (file) => JSON.parse(readFileSync(join(FIXTURES, file), 'utf8'));
const scalar = (text) => leNumber(hex(text));
const spelled = (number) => toHex(leBytes(number, 32));
const multiple = (point, number) => (number === 0n ? G1.ZERO : point.multiplyUnsafe(number));
const sum = (points) => points.reduce((all, point) => all.add(point), G1.ZERO);

test('points and scalars have one encoding', () => {
  const { g1, g2, scalars } = json('vectors/encodings.json');
  const readers = [[g1, 32, g1Of], [g2, 64, g2Of], [scalars, 32, scalarOf]];
  for (const [vectors, length, read] of readers) {
    for (const { bytes, valid, what } of vectors) {
      const found = bytes.length === 2 * length ? read(hex(bytes)) : null;
      assert.equal(found !== null, valid, what);
    }
  }
});

test('openings and what they commit to', () => {
  const { G, H } = json('vectors/generators.json');
  const point = (text) => g1Of(hex(text));
  const { commitments, never_admitted } = json('vectors/commitments.json');
  for (const { row, blinding, commitment } of commitments) {
    const terms = row.map((number, k) => multiple(point(G[k]), BigInt(number)));
    const found = sum([...terms, multiple(point(H), scalar(blinding))]);
    assert.equal(toHex(g1Bytes(found)), commitment);
    assert.ok(new Opening(row.map(BigInt), scalar(blinding)).opens(found));
  }
  assert.equal(never_admitted, toHex(g1Bytes(G1.ZERO)));
});

test('what is hashed how', () => {
  const { circuit_key, entries, statement } = json('vectors/digests.json');
  assert.equal(toHex(derive('quittance v1 statement', utf8(statement.bytes))), statement.digest);
  for (const { entry, envelope, leaf, record } of entries) {
    assert.equal(leafHash(hex(entry)), leaf);
    const { type, payload } = Envelope.parse(utf8(envelope));
    const pae = concat(utf8(`DSSEv1 ${type.length} ${type} ${payload.length} `), payload);
    const keys = JSON.parse(envelope).signatures.map(({ keyid }) => hex(keyid));
    assert.equal(toHex(derive('quittance v1 record-id', parts(pae, ...keys))), record);
  }
  const { bases_digest, bytes, id, matrices_digest, rule, tier } = circuit_key;
  const points = hex(bytes).subarray(8 + 1 + rule.length + 1 + tier.length + 64);
  const digest = derive('quittance v1 circuit-key', parts(points, hex(bases_digest), utf8(rule), utf8(tier), hex(matrices_digest)));
  assert.equal(toHex(digest), id);
  assert.equal(parseCircuitKey(hex(bytes)).id, id);
});

/** The one proof of a round that is not sharded, its key, and its settlement. */
function proofOf(bundle) {
  const settlement = Entry.decode(hex(bundle.range.entries.at(-1))).payload();
  const sealed = Object.keys(bundle.statement.results).length;
  const [text] = settlement.proof.shards;
  // 224 bytes, and 32 for t and each s, and 96 for each sealed result column.
  const columns = (text.length / 2 - 224 - 96 * sealed) / 32 - 1;
  return { proof: parseProof(text, columns, sealed), key: parseCircuitKey(hex(bundle.verifying_key)) };
}

test('every step from a proof to its equations', () => {
  const { G, H } = json('vectors/generators.json');
  const { rounds } = json('vectors/proofs.json');
  const rules = new Set();
  for (const { bundle: file, rule, shards } of rounds) {
    const { proof, key } = proofOf(json(file));
    const [{ capacity, challenges, input_sum, inputs, link, transcript, weights }] = shards;
    rules.add(rule);
    // The transcript and the challenges.
    const items = parts(...transcript.map(hex));
    const output = derive('quittance v1 transcript', items, 192);
    const drawn = [0, 1, 2].map((i) => leNumber(output.subarray(64 * i, 64 * i + 64)) % R);
    assert.deepEqual(drawn.map(spelled), challenges, rule);
    const [rho] = drawn;
    assert.equal(transcript[0], key.id);
    // What is paired with γ.
    const values = inputs.map(scalar);
    assert.equal(key.inputs.length, values.length + 1);
    const l = sum([key.inputs[0], ...values.map((value, i) => multiple(key.inputs[i + 1], value)), proof.d]);
    assert.equal(toHex(g1Bytes(l)), input_sum, rule);
    // The links: rows first, then each sealed result column; after them masks, D and D'.
    const [n, N] = [Number(leNumber(hex(transcript[5]))), BigInt(capacity)];
    const points = transcript.slice(6).map((text) => g1Of(hex(text)));
    const power = (exponent) => bn254.fields.Fr.pow(rho, exponent);
    const side = (column, mask) =>
      sum([...column.map((point, i) => multiple(point, power(N - 1n - BigInt(i)))), multiple(mask, power(N))]);
    const [h, ...g] = [H, ...G].map((text) => g1Of(hex(text)));
    const right = (s, t) => sum([...s.map((number, k) => multiple(g[k], number)), multiple(h, t)]);
    const columns = [{ mask: proof.mask, s: proof.s, t: proof.t }, ...proof.results.map(({ mask, s, t }) => ({ mask, s: [s], t }))];
    columns.forEach(({ mask, s, t }, nth) => {
      const found = [side(points.slice(nth * n, nth * n + n), mask), right(s, t)].map((point) => toHex(g1Bytes(point)));
      assert.deepEqual(found, link[nth], rule);
      assert.equal(found[0], found[1], rule);
    });
    // The pairing equations, without folding.
    assert.ok(productIsOne([{ g1: proof.d, g2: key.sigma }, { g1: proof.dSigma.negate(), g2: G2.BASE }]), rule);
    const groth16 = [[proof.a, proof.b], [key.alpha.negate(), key.beta], [l.negate(), key.gamma], [proof.c.negate(), key.delta]];
    assert.ok(productIsOne(groth16.map(([g1, g2]) => ({ g1, g2 }))), rule);
    // The weights, for those who fold.
    const seed = derive('quittance v1 transcript', parts(utf8('fold'), output.subarray(0, 32), proof.bytes));
    const random = derive('quittance v1 fold-weights', seed, 16 * (1 + proof.results.length));
    const next = Array.from({ length: 1 + proof.results.length }, (_, i) => leNumber(random.subarray(16 * i, 16 * i + 16)));
    assert.deepEqual([next[0], 1n, 1n, ...next.slice(1)].map((weight) => spelled(mod(weight))), weights, rule);
  }
  assert.ok(rules.size >= 7, [...rules].join());
});
