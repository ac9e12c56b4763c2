/** Range proofs: every range of every small tree, and what is none. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkRange, leafHash } from '../src/tree.js';
import { concat, hex, sha256, toHex } from '../src/bytes.js';

const node = (left, right) => toHex(sha256(concat(Uint8Array.of(1), hex(left), hex(right))));

/** The root of leaves, and the proof of those from `first` to `end`. */
function tree(leaves, low, high, first, end, beside) {
  if (high <= first || end <= low) {
    const root = tree(leaves, low, high, low, high, []);
    beside.push(root);
    return root;
  }
  if (high - low === 1) return leaves[low];
  const middle = low + 2 ** Math.floor(Math.log2(high - low - 1));
  const left = tree(leaves, low, middle, first, end, beside);
  return node(left, tree(leaves, middle, high, first, end, beside));
}

test('a range stands where it stands, and nowhere else', () => {
  for (let size = 1; size <= 17; size += 1) {
    const leaves = Array.from({ length: size }, (_, i) => leafHash(Uint8Array.of(i)));
    for (let first = 0; first < size; first += 1) {
      for (let end = first + 1; end <= size; end += 1) {
        const proof = [];
        const head = { size: BigInt(size), root: tree(leaves, 0, size, first, end, proof) };
        const range = leaves.slice(first, end);
        checkRange(proof, range, BigInt(first), head);
        const wrong = [
          [range, first - 1], [range, first + 1], [range, first - size], [[...range, range[0]], first], [[range[0], ...range], first - 1],
          [[...leaves.slice(0, 1), ...range], -1], [range.slice(1), first], [[], first],
        ];
        for (const [other, place] of wrong) assert.throws(() => checkRange(proof, other, BigInt(place), head), { code: 'range_invalid' }, `${size} ${first} ${end} ${place}`);
      }
    }
  }
});
