/** `revenue-share/v1`: recomputed with public weights, proved with sealed ones. docs/src/rules/revenue-share.md */
import { fee, money, split, WHOLE_BPS } from '../money.js';
import * as is from '../shape.js';
import { badForm, impossible, notConserved, wrongPayment } from '../wrong.js';
import { byRows } from './auctions.js';

/** @typedef {import('./rule.js').Numbers} Numbers */

const MAX_ROWS = 1 << 16;

/** @param {Numbers} terms */
function feeAndPot({ revenue, fee_bps }) {
  const cut = fee(revenue, fee_bps);
  return { cut, pot: revenue - cut };
}

/** @type {import('./rule.js').Rule} */
export const revenueShare = {
  id: 'revenue-share/v1',
  columns: [{ name: 'weight', source: 'either', measure: 'weight' }],
  evidences: ['recomputed', 'proved'],
  results: ['receipts'],
  leavesDust: true,
  terms: is.object({ revenue: is.count, fee_bps: is.count, unallocated_weight: is.count }),
  outcome: { fee: is.count, receipts: is.mayMiss(is.list(is.count)), dust: is.count },
  evidence: (_, disclosure) => (disclosure === 'public' ? 'recomputed' : 'proved'),
  refuseTerms: ({ fee_bps }) => (fee_bps > WHOLE_BPS ? 'fee_above_whole' : null),
  refuseCount: (_, rows) => (rows > MAX_ROWS ? 'too_many_rows' : null),
  maxRows: () => MAX_ROWS,
  check({ terms, disclosure, rows, outcome }) {
    const isPublic = disclosure === 'public';
    if ((outcome.receipts !== undefined) !== isPublic) badForm('receipts stand in public rounds, and only there');
    if (isPublic && outcome.receipts.length !== rows.length) impossible(`the outcome is not about ${rows.length} rows`);
    const { cut, pot } = feeAndPot(terms);
    const shared = pot - outcome.dust;
    if (shared < 0n) impossible('more dust than there is to divide');
    if (terms.unallocated_weight === 0n && outcome.dust > 0n && shared > 0n) impossible('dust beside shares, with nothing unallocated');
    if (outcome.fee !== cut) notConserved('the fee is not the published share');
    const moved = isPublic ? { receipts: outcome.receipts } : { sealedReceipts: shared };
    return money({ ...moved, revenue: terms.revenue, fee: outcome.fee, dust: outcome.dust });
  },
  published: (outcome) => {
    const { receipts } = /** @type {any} */ (outcome);
    return receipts === undefined ? {} : { receipts };
  },
  numbers: (outcome) => [outcome.receipts ?? []],
  ownView({ outcome, index, row, results }) {
    const receipt = outcome.receipts === undefined ? results[0] : outcome.receipts[index];
    const fits = receipt !== undefined && (row.weight > 0n || receipt === 0n);
    return fits ? 'your share by your weight' : wrongPayment('the outcome contradicts your weight');
  },
  evaluate(terms, rows) {
    const { cut, pot } = feeAndPot(terms);
    const { parts, dust } = split(pot, rows.map((row) => row.weight), terms.unallocated_weight);
    return { fee: `${cut}`, receipts: parts.map(String), dust: `${dust}` };
  },
  circuits: byRows(
    [
      '63e4814aedd06a8f75a92beadc376f21b710f37138e8115e452d08390e2114de',
      'd42284ae042d75764d3ef69f52d751c7b93fcb0b0bb433004c6cf9d0611d7b27',
      'b608b5649da64d5115623a0ced2aa684ccf9444b9752dd6deb16a4caa2de8a4f',
    ],
    {
      challenges: 2,
      sealed: 1,
      inputs: 8,
      columns: () => [],
      scalars({ terms, outcome }) {
        const weightless = terms.unallocated_weight === 0n && outcome.dust > 0n;
        return [feeAndPot(terms).pot, terms.unallocated_weight, outcome.dust, weightless ? 1n : 0n];
      },
    },
  ),
};
