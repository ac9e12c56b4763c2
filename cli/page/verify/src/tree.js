/** RFC 6962 trees: inclusion, consistency and range proofs. Hashes are 64 hex digits, as in the files. */
import { concat, hex, sha256, toHex } from './bytes.js';
import { refuse } from './refusal.js';

/** @typedef {{size: bigint, root: string}} TreeHead */

const EMPTY = toHex(sha256(new Uint8Array()));
const MAX_DEPTH = 64;

/**
 * The leaf hash of an entry.
 * @param {Uint8Array} entry
 */
export function leafHash(entry) {
  return toHex(sha256(concat(Uint8Array.of(0), entry)));
}

/** @param {string} left @param {string} right */
function node(left, right) {
  return toHex(sha256(concat(Uint8Array.of(1), hex(left), hex(right))));
}

/**
 * How many leaves the left half of a subtree has: the largest power of two below its width.
 * @param {bigint} width
 */
function leftHalf(width) {
  return 1n << BigInt((width - 1n).toString(2).length - 1);
}

/**
 * Whether a head can be one: the empty tree has one root.
 * @param {TreeHead} head
 */
export function isPossible(head) {
  return head.size > 0n || head.root === EMPTY;
}

/**
 * The leaf stands at the index.
 * @param {string[]} proof audit path
 * @param {string} leaf
 * @param {bigint} index
 * @param {TreeHead} head
 */
export function checkInclusion(proof, leaf, index, head) {
  const wrong = () => refuse('inclusion_invalid', 'the path does not lead from the entry to the root');
  if (proof.length > MAX_DEPTH || index >= head.size) wrong();
  /** @type {(low: bigint, high: bigint, used: number) => string} */
  const run = (low, high, used) => {
    if (high - low === 1n) return used === 0 ? leaf : wrong();
    if (used === 0) wrong();
    const middle = low + leftHalf(high - low);
    const beside = proof[used - 1];
    return index < middle ? node(run(low, middle, used - 1), beside) : node(beside, run(middle, high, used - 1));
  };
  if (run(0n, head.size, proof.length) !== head.root) wrong();
}

/**
 * The first tree is a prefix of the second.
 * @param {string[]} proof
 * @param {TreeHead} old
 * @param {TreeHead} now
 */
export function checkConsistency(proof, old, now) {
  const wrong = () => refuse('log_forked', 'the tree is not shown to begin with the other one');
  if (proof.length > MAX_DEPTH + 1 || !isPossible(old) || !isPossible(now)) wrong();
  if (old.size === 0n) {
    if (proof.length > 0) wrong();
    return;
  }
  if (old.size > now.size) wrong();
  /** @type {(low: bigint, high: bigint, used: number) => [string, string]} */
  const run = (low, high, used) => {
    if (old.size === high) {
      if (low === 0n) return used === 0 ? [old.root, old.root] : wrong();
      return used === 1 ? [proof[0], proof[0]] : wrong();
    }
    if (used === 0) wrong();
    const middle = low + leftHalf(high - low);
    const beside = proof[used - 1];
    if (old.size <= middle) {
      const [before, after] = run(low, middle, used - 1);
      return [before, node(after, beside)];
    }
    const [before, after] = run(middle, high, used - 1);
    return [node(beside, before), node(beside, after)];
  };
  const [before, after] = run(0n, now.size, proof.length);
  if (before !== old.root || after !== now.root) wrong();
}

/**
 * The leaves stand at `first` and on, none left out.
 * @param {string[]} proof hashes of the subtrees beside the range, left to right
 * @param {string[]} leaves
 * @param {bigint} first
 * @param {TreeHead} head
 */
export function checkRange(proof, leaves, first, head) {
  const wrong = () => refuse('range_invalid', 'the entries are not shown to be those of this range');
  const end = first + BigInt(leaves.length);
  if (first < 0n || leaves.length === 0 || end > head.size) wrong();
  let [leaf, beside] = [0, 0];
  /** @type {(low: bigint, high: bigint) => string} */
  const walk = (low, high) => {
    if (high <= first || end <= low) return beside < proof.length ? proof[beside++] : wrong();
    if (high - low === 1n) return leaves[leaf++];
    const middle = low + leftHalf(high - low);
    const left = walk(low, middle);
    return node(left, walk(middle, high));
  };
  if (walk(0n, head.size) !== head.root || beside !== proof.length || leaf !== leaves.length) wrong();
}
