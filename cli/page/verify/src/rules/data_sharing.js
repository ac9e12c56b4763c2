/** `data-sharing/v1`. docs/src/rules/data-sharing.md */
import { money } from '../money.js';
import * as is from '../shape.js';
import { badForm, impossible } from '../wrong.js';
import { INTERCEPT, MAX_SIZE, firmOf, refuseMarket } from './firms.js';

/** @typedef {import('./rule.js').Numbers} Numbers */

const ROWS = 2;

/** @type {import('./rule.js').Rule} */
export const dataSharing = {
  id: 'data-sharing/v1',
  columns: ['data_size', 'irreducible_cost_ppm', 'learning_cost_ppm'].map((name) => ({ name, source: 'sealed' })),
  evidences: ['proved', 'asserted'],
  results: ['gives'],
  terms: is.object({
    competition: is.text,
    similarity_ppm: is.count,
    bargaining: is.text,
    exponent_numerator: is.count,
    exponent_denominator: is.count,
  }),
  outcome: { share: is.flag, gives: is.mayMiss(is.list(is.count, ROWS)) },
  evidence: ({ bargaining }) => (bargaining === 'nash' ? 'asserted' : 'proved'),
  refuseTerms(terms) {
    const { bargaining, exponent_numerator: p, exponent_denominator: q } = terms;
    const knows = bargaining === 'all-or-nothing' || bargaining === 'nash';
    const refusal = refuseMarket(terms, knows ? null : 'unknown_bargaining');
    return refusal ?? (bargaining === 'nash' && p !== q ? 'nash_needs_exponent_one' : null);
  },
  refuseCount: (_, rows) => (rows === ROWS ? null : 'wrong_row_count'),
  maxRows: () => ROWS,
  check({ disclosure, outcome }) {
    const { share, gives } = outcome;
    if ((gives !== undefined) !== (disclosure === 'public')) badForm('what firms give stands in public rounds, and only there');
    const possible = (/** @type {bigint} */ given) => (share ? given >= 1n && given <= MAX_SIZE : given === 0n);
    if (!(gives ?? []).every(possible)) impossible('firms give records if and only if they share');
    return money({});
  },
  published: (outcome) => {
    const { gives } = /** @type {any} */ (outcome);
    return gives === undefined ? {} : { gives };
  },
  numbers: (outcome) => [outcome.gives ?? []],
  ownView({ terms, outcome, index, row, results }) {
    const given = outcome.gives === undefined ? results[0] : outcome.gives[index];
    const { size } = firmOf(row);
    if (given === 0n && !outcome.share) return 'gives nothing: the firms do not share';
    if (outcome.share && given === size) return 'gives everything';
    if (outcome.share && terms.bargaining === 'nash' && given >= 1n && given < size) return 'gives a part';
    return impossible('what you give contradicts your data size');
  },
  circuits: [
    {
      size: '2',
      capacity: ROWS,
      limbBits: 8,
      challenges: 2,
      sealed: 3,
      inputs: 16,
      matrices: 'fc50456edb87dae5fb19f8990c622b595585b5933e52ece642d2061564d0f79e',
      holds: ({ bargaining }, rows) => rows <= ROWS && bargaining !== 'nash',
      columns: () => [],
      scalars({ terms, outcome }) {
        const [similarity, p, q] = [terms.similarity_ppm, terms.exponent_numerator, terms.exponent_denominator];
        const own = 2n * INTERCEPT ** 2n - (terms.competition === 'bertrand' ? similarity ** 2n : 0n);
        const is = (/** @type {bigint} */ a, /** @type {bigint} */ b) => (a === b ? 1n : 0n);
        const flags = [...[1n, 2n, 3n].map((n) => is(n, p)), ...[1n, 2n, 3n, 4n].map((n) => is(n, q))];
        return [own, similarity * INTERCEPT, outcome.share ? 1n : 0n, ...flags];
      },
    },
  ],
};
