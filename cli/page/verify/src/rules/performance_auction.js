/** `performance-auction/v1`. docs/src/rules/performance-auction.md */
import { WHOLE_PPM } from '../money.js';
import { impossible, wrongPayment } from '../wrong.js';
import * as auction from './auctions.js';

const MOST_PER_PPM = (1n << 44n) - 1n;
const U64 = (1n << 64n) - 1n;
const min = (/** @type {bigint} */ a, /** @type {bigint} */ b) => (a < b ? a : b);

/** @type {import('./rule.js').Rule} */
export const performanceAuction = {
  ...auction.common,
  id: 'performance-auction/v1',
  columns: [
    { name: 'valuation_per_ppm', source: 'sealed' },
    { name: 'expected_gain_ppm', source: 'report', measure: 'expected_gain' },
    { name: 'realised_gain_ppm', source: 'report', measure: 'realised_gain' },
  ],
  refuseRow: (row) => (row.expected_gain_ppm > WHOLE_PPM || row.realised_gain_ppm > WHOLE_PPM ? 'gain_above_whole' : null),
  check: (round) =>
    auction.check(round, (row, price) => {
      const { expected_gain_ppm: expected, realised_gain_ppm: realised } = round.rows[row];
      if (expected === 0n) impossible(`row ${row} won without an expected gain`);
      const payment = (price * realised) / expected;
      return payment > U64 ? impossible(`the price is above every score that row ${row} can have`) : payment;
    }),
  ownView({ outcome, index, row }) {
    const score = min(min(row.valuation_per_ppm, MOST_PER_PPM) * row.expected_gain_ppm, U64);
    const [won, price] = [outcome.won[index], outcome.clearing_price];
    if (won === true && score >= price) return 'won, not above your bid for the gain you got';
    if (won === false && score <= price) return 'did not win, your score is not above the price';
    return wrongPayment('the outcome contradicts your valuation');
  },
  circuits: auction.byRows(
    [
      '85e8e7ee82ffe7498da19e94cbc08db5cdef4a091029e8916cff88adf889cd5e',
      '04cf264e90d67a5f3b2f1ab528bd39e6e3d3c93e44069fcf76c4fff61a70132d',
      '00b52b0f5a471115a002a2f26585a74aa12b70814066d690332289cd467717c1',
    ],
    {
      challenges: 2,
      sealed: 1,
      inputs: 11,
      columns: (round) => [auction.wonColumn(round), round.rows.map((row) => row.expected_gain_ppm)],
      scalars: auction.scalars,
    },
  ),
};
