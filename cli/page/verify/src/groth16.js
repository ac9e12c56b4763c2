/**
 * Commit-and-prove Groth16: challenges, public inputs, and the three equations of each shard, folded.
 *
 * docs/src/reference/circuits.md has the equations, docs/src/concepts/proof.md says why each is there.
 */
import { blake3 } from '@noble/hashes/blake3.js';
import { G1, G2, R, generators, mod, productIsOne } from './bn254.js';
import { concat, derive, leBytes, leNumber, utf8 } from './bytes.js';
import { msm } from './msm.js';
import { refuse } from './refusal.js';
import { Transcript } from './transcript.js';

/** @typedef {import('./bn254.js').PointG1} PointG1 */
/** @typedef {import('./proof.js').ShardProof} ShardProof */
/** @typedef {import('./circuit_key.js').CircuitKey} CircuitKey */
/** @typedef {import('./rules/rule.js').Circuit} Circuit */

/**
 * @typedef {object} Claim everything public that one proof is about
 * @property {Uint8Array} statement digest
 * @property {number} index of the shard
 * @property {number} count of shards
 * @property {number} rows of the round
 * @property {PointG1[]} commitments of the shard's rows
 * @property {PointG1 | null} taken
 * @property {PointG1 | null} given
 * @property {PointG1[][]} sealed commitments of sealed result columns
 * @property {bigint[][]} open numbers of published result columns
 * @property {bigint[][]} columns public columns
 * @property {bigint[]} scalars
 */
/** @typedef {{claim: Claim, proof: ShardProof, rho: bigint, digest: Uint8Array, inputs: bigint[], powers: bigint[]}} Prepared */

const invalid = (/** @type {string} */ what) => refuse('proof_invalid', what);

/**
 * Challenges and public inputs of one proof.
 * @param {CircuitKey} key
 * @param {Circuit} circuit
 * @param {Claim} claim
 * @param {ShardProof} proof
 * @returns {Prepared}
 */
function prepare(key, circuit, claim, proof) {
  const { capacity } = circuit;
  const transcript = new Transcript();
  transcript.append(Uint8Array.from(key.id.match(/../g) ?? [], (digits) => parseInt(digits, 16)));
  transcript.append(claim.statement);
  [claim.index, claim.count, capacity, claim.rows].forEach((number) => transcript.appendNumber(number));
  const points = [...claim.commitments, ...claim.sealed.flat()];
  if (claim.taken !== null) points.push(claim.taken);
  if (claim.given !== null) points.push(claim.given);
  points.push(proof.mask, ...proof.results.map(({ mask }) => mask), proof.d, proof.dSigma);
  points.forEach((point) => transcript.appendPoint(point));
  const { rho, x, theta, digest } = transcript.finish();
  if (rho === 0n || mod(-x) < 1n << BigInt(circuit.limbBits)) invalid('a challenge is unusable');
  /** ρ^0 … ρ^(N+2) */
  const powers = [1n];
  while (powers.length < capacity + 3) powers.push(mod(powers[powers.length - 1] * rho));
  const sum = (/** @type {bigint[]} */ column) => column.reduce((all, number, i) => mod(all + number * powers[capacity - 1 - i]), 0n);
  const results = [...claim.open.map(sum), ...proof.results.map(({ s }) => s)];
  const challenges = [rho, x, theta].slice(0, circuit.challenges);
  const inputs = [...challenges, ...proof.s, ...results, ...claim.columns.map(sum), ...claim.scalars.map(mod)];
  return { claim, proof, rho, digest, inputs, powers };
}

/**
 * The weights of the folded equations: 128 bits each, hashed from everything that they contain.
 * @param {Prepared[]} prepared
 */
function weightsOf(prepared) {
  const item = (/** @type {Uint8Array} */ bytes) => concat(leBytes(bytes.length, 8), bytes);
  const items = [utf8('fold'), ...prepared.flatMap(({ digest, proof }) => [digest, proof.bytes])];
  const seed = derive('quittance v1 transcript', concat(...items.map(item)));
  const drawn = prepared.reduce((all, { proof }, i) => all + (i === 0 ? 1 : 3) + proof.results.length, 0);
  const output = blake3(seed, { context: utf8('quittance v1 fold-weights'), dkLen: 16 * drawn });
  let at = 0;
  const draw = () => leNumber(output.subarray(at, (at += 16))) || 1n;
  return prepared.map(({ proof }, i) => ({
    span: draw(),
    groth16: i === 0 ? 1n : draw(),
    link: i === 0 ? 1n : draw(),
    results: proof.results.map(draw),
  }));
}

/**
 * Verifies the proofs of a round's shards under one key.
 * @param {CircuitKey} key
 * @param {Circuit} circuit
 * @param {{claim: Claim, proof: ShardProof}[]} shards
 */
export function verifyShards(key, circuit, shards) {
  const prepared = shards.map(({ claim, proof }) => prepare(key, circuit, claim, proof));
  const weights = weightsOf(prepared);
  if (!pairingsHold(key, prepared, weights)) invalid('the pairing equations do not hold');
  if (!linksHold(circuit, prepared, weights)) invalid('the proof is not linked to these commitments');
}

/** @typedef {ReturnType<typeof weightsOf>} Weights */

/**
 * Span and Groth16 of all shards, as one product of pairings.
 * @param {CircuitKey} key
 * @param {Prepared[]} prepared
 * @param {Weights} weights
 */
function pairingsHold(key, prepared, weights) {
  const term = (/** @type {(shard: Prepared, i: number) => [PointG1, bigint][]} */ of) => {
    const terms = prepared.flatMap(of);
    return msm(terms.map(([point]) => point), terms.map(([, scalar]) => mod(scalar)));
  };
  const left = prepared.map(({ proof }, i) => ({ g1: weights[i].groth16 === 1n ? proof.a : proof.a.multiplyUnsafe(weights[i].groth16), g2: proof.b }));
  const all = mod(weights.reduce((sum, { groth16 }) => sum + groth16, 0n));
  return productIsOne([
    ...left,
    { g1: key.alpha.multiplyUnsafe(mod(-all)), g2: key.beta },
    // L: the public inputs' sum and D.
    {
      g1: term(({ inputs, proof }, i) => {
        const weight = R - weights[i].groth16;
        return [[key.inputs[0], weight], [proof.d, weight], ...inputs.map((x, k) => /** @type {[PointG1, bigint]} */ ([key.inputs[k + 1], x * weight]))];
      }),
      g2: key.gamma,
    },
    { g1: term(({ proof }, i) => [[proof.c, R - weights[i].groth16]]), g2: key.delta },
    { g1: term(({ proof }, i) => [[proof.d, weights[i].span]]), g2: key.sigma },
    { g1: term(({ proof }, i) => [[proof.dSigma, R - weights[i].span]]), g2: G2.BASE },
  ]);
}

/**
 * The link of every proof to its commitments, and of every sealed result column, as one sum that must be the identity.
 * @param {Circuit} circuit
 * @param {Prepared[]} prepared
 * @param {Weights} weights
 */
function linksHold({ capacity }, prepared, weights) {
  const { h, g } = generators();
  /** @type {PointG1[]} */
  const points = [];
  /** @type {bigint[]} */
  const scalars = [];
  let blinding = 0n;
  const onGenerators = g.map(() => 0n);
  const add = (/** @type {PointG1} */ point, /** @type {bigint} */ scalar) => {
    points.push(point);
    scalars.push(mod(scalar));
  };
  prepared.forEach(({ claim, proof, powers }, i) => {
    const { link, results } = weights[i];
    claim.commitments.forEach((point, row) => add(point, powers[capacity - 1 - row] * link));
    [proof.mask, claim.taken, claim.given].forEach((point, above) => {
      if (point !== null) add(point, powers[capacity + above] * link);
    });
    proof.s.forEach((s, k) => (onGenerators[k] -= s * link));
    blinding -= proof.t * link;
    claim.sealed.forEach((column, k) => {
      const weight = results[k];
      column.forEach((point, row) => add(point, powers[capacity - 1 - row] * weight));
      add(proof.results[k].mask, powers[capacity] * weight);
      onGenerators[0] -= proof.results[k].s * weight;
      blinding -= proof.results[k].t * weight;
    });
  });
  onGenerators.forEach((scalar, k) => add(g[k], scalar));
  add(h, blinding);
  return msm(points, scalars).equals(G1.ZERO);
}
