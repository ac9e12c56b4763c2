/** What opens a row's commitment: a member's own file, which never leaves this program. formats.md "Opening file". */
import { G1, generators, scalarOf } from './bn254.js';
import { hex, leNumber } from './bytes.js';
import { parseCanonical } from './json.js';
import { refuse } from './refusal.js';
import * as is from './shape.js';

const MOST_COLUMNS = 16;
const file = is.object({ blinding: is.id, row: is.list(is.count) });

/** The sealed numbers of a row, and their blinding. */
export class Opening {
  /**
   * @param {bigint[]} row
   * @param {bigint} blinding
   */
  constructor(row, blinding) {
    this.row = row;
    this.blinding = blinding;
  }

  /** @param {Uint8Array} bytes the file @returns {Opening} */
  static parse(bytes) {
    const parsed = /** @type {any} */ (parseCanonical(bytes));
    file(parsed, 'opening');
    const blinding = scalarOf(hex(parsed.blinding));
    const row = parsed.row.map(BigInt);
    const right = blinding !== null && row.length >= 1 && row.length <= MOST_COLUMNS;
    return right ? new Opening(row, blinding) : refuse('file_malformed', 'not an opening: 1 to 16 numbers and a scalar');
  }

  /** A row of so many numbers and a blinding, as it is sealed; null if it is not. @param {Uint8Array} bytes @param {number} columns */
  static ofPlaintext(bytes, columns) {
    if (bytes.length !== 8 * columns + 32) return null;
    const blinding = scalarOf(bytes.subarray(8 * columns));
    const row = Array.from({ length: columns }, (_, i) => leNumber(bytes.subarray(8 * i, 8 * i + 8)));
    return blinding === null ? null : new Opening(row, blinding);
  }

  /** Whether it opens a commitment. @param {import('./bn254.js').PointG1} commitment */
  opens(commitment) {
    const { h, g } = generators();
    const terms = this.row.map((number, k) => g[k].multiplyUnsafe(number));
    return terms.reduce((sum, term) => sum.add(term), h.multiplyUnsafe(this.blinding)).equals(commitment);
  }
}

/** Whether a number and a blinding open a commitment to a result. @param {bigint} number @param {bigint} blinding @param {import('./bn254.js').PointG1} commitment */
export function opensResult(number, blinding, commitment) {
  const { h, g } = generators();
  return (number === 0n ? G1.ZERO : g[0].multiplyUnsafe(number)).add(h.multiplyUnsafe(blinding)).equals(commitment);
}
