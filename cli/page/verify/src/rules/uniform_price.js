/** `uniform-price/v1`. docs/src/rules/uniform-price.md */
import { wrongPayment } from '../wrong.js';
import * as auction from './auctions.js';

/** @type {import('./rule.js').Rule} */
export const uniformPrice = {
  ...auction.common,
  id: 'uniform-price/v1',
  columns: [{ name: 'valuation', source: 'sealed' }],
  check: (round) => auction.check(round, (_, price) => price),
  ownView({ outcome, index, row }) {
    const [won, price] = [outcome.won[index], outcome.clearing_price];
    if (won === true && row.valuation >= price) return 'won, not above your valuation';
    if (won === false && row.valuation <= price) return 'did not win, your valuation is not above the price';
    return wrongPayment('the outcome contradicts your valuation');
  },
  circuits: auction.byRows(
    [
      'd1c9a557888a545b5df85e0bd884b5c9b284a86a1703040b4cef22118f688f8e',
      'b0aa65f44ad97cb9dcb8efde3dba763f634ca2893ddafe8dc010315f443d0d7c',
      'ad1576da80042688b4a998be2747320076c51c2909f8805779435997e67b4272',
    ],
    { challenges: 2, sealed: 1, inputs: 10, columns: (round) => [auction.wonColumn(round)], scalars: auction.scalars },
  ),
};
