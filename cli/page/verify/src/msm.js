/** Sums of multiples of points of G1: Pippenger's buckets, with additions that share an inversion. */
import { normalizeZ } from '@noble/curves/abstract/curve.js';
import { bn254 } from '@noble/curves/bn254.js';
import { G1 } from './bn254.js';

const { Fp, Fr } = bn254.fields;
const P = Fp.ORDER;
const BITS = 254;

/** @typedef {import('./bn254.js').PointG1} PointG1 */
/** @typedef {{x: bigint, y: bigint}} Affine */

/** @param {bigint} number */
const reduce = (number) => {
  const rest = number % P;
  return rest < 0n ? rest + P : rest;
};

/**
 * Sums of lists of points, all lists at once: each round adds the points of a list in pairs, and all additions of a
 * round share one inversion.
 * @param {Affine[][]} lists
 * @returns {(Affine | null)[]} null for the identity
 */
function sums(lists) {
  let left = lists.map((list) => list.slice());
  while (left.some((list) => list.length > 1)) {
    /** @type {{a: Affine, b: Affine, top: bigint, bottom: bigint, into: Affine[]}[]} */
    const additions = [];
    const next = left.map((list) => {
      /** @type {Affine[]} */
      const into = [];
      if (list.length % 2 === 1) into.push(list[list.length - 1]);
      for (let i = 0; i + 1 < list.length; i += 2) {
        const [a, b] = [list[i], list[i + 1]];
        if (a.x !== b.x) additions.push({ a, b, top: b.y - a.y, bottom: b.x - a.x, into });
        else if (a.y === b.y && a.y !== 0n) additions.push({ a, b, top: 3n * a.x * a.x, bottom: 2n * a.y, into });
        // Else they cancel.
      }
      return into;
    });
    // One inversion for all: products up to each, then back.
    let product = 1n;
    const before = additions.map(({ bottom }) => {
      const here = product;
      product = reduce(product * bottom);
      return here;
    });
    let inverse = additions.length === 0 ? 1n : Fp.inv(product);
    for (let i = additions.length - 1; i >= 0; i -= 1) {
      const { a, b, top, bottom, into } = additions[i];
      const slope = reduce(top * reduce(inverse * before[i]));
      inverse = reduce(inverse * bottom);
      const x = reduce(slope * slope - a.x - b.x);
      into.push({ x, y: reduce(slope * (a.x - x) - a.y) });
    }
    left = next;
  }
  return left.map((list) => list[0] ?? null);
}

/**
 * Σ scalar·point.
 * @param {PointG1[]} points
 * @param {bigint[]} scalars
 * @returns {PointG1}
 */
export function msm(points, scalars) {
  const affine = normalizeZ(G1, points);
  const terms = affine.map((point, i) => ({ point, scalar: Fr.create(scalars[i]) })).filter(({ point, scalar }) => !point.is0() && scalar !== 0n);
  const window = terms.length < 16 ? 3 : terms.length < 600 ? 5 : terms.length < 3000 ? 6 : 8;
  const [mask, count] = [(1 << window) - 1, Math.ceil(BITS / window)];
  /** @type {Affine[][]} */
  const buckets = Array.from({ length: count * mask }, () => []);
  for (const { point, scalar } of terms) {
    const entry = { x: point.X, y: point.Y };
    let rest = scalar;
    for (let i = 0; i < count; i += 1) {
      const digit = Number(rest & BigInt(mask));
      rest >>= BigInt(window);
      if (digit !== 0) buckets[i * mask + digit - 1].push(entry);
    }
  }
  const filled = sums(buckets);
  // Σ digit·bucket of each window, by running sums from the largest digit down.
  let total = G1.ZERO;
  for (let i = count - 1; i >= 0; i -= 1) {
    for (let k = 0; k < window; k += 1) total = total.double();
    let [running, sum] = [G1.ZERO, G1.ZERO];
    for (let digit = mask; digit >= 1; digit -= 1) {
      const bucket = filled[i * mask + digit - 1];
      if (bucket !== null) running = running.add(new G1(bucket.x, bucket.y, 1n));
      sum = sum.add(running);
    }
    total = total.add(sum);
  }
  return total;
}
