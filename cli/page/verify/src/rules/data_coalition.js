/** `data-coalition/v1`: asserted. docs/src/rules/data-coalition.md */
import { money } from '../money.js';
import * as is from '../shape.js';
import { impossible } from '../wrong.js';
import { INTERCEPT, LEARNING_BITS, firmOf, learning, refuseMarket } from './firms.js';

const [LEAST_ROWS, MOST_ROWS] = [2, 6];

/** @type {import('./rule.js').Rule} */
export const dataCoalition = {
  id: 'data-coalition/v1',
  columns: ['data_size', 'irreducible_cost_ppm', 'learning_cost_ppm'].map((name) => ({ name, source: 'sealed' })),
  evidences: ['asserted'],
  terms: is.object({ competition: is.text, similarity_ppm: is.count, exponent_numerator: is.count, exponent_denominator: is.count }),
  outcome: { members: is.list(is.flag), rational: is.count, stable: is.count },
  refuseTerms: (terms) => refuseMarket(terms, null),
  refuseCount: (_, rows) => (rows >= LEAST_ROWS && rows <= MOST_ROWS ? null : 'wrong_row_count'),
  maxRows: () => MOST_ROWS,
  check({ rows, outcome }) {
    const { members, rational, stable } = outcome;
    if (members.length !== rows.length) impossible('the outcome is not about these rows');
    const pooling = members.filter(Boolean).length;
    if (pooling === 1) impossible('a firm that pools with nobody');
    const coalitions = (1n << BigInt(rows.length)) - 1n - BigInt(rows.length);
    if (stable > rational || rational > coalitions) impossible('more coalitions than there can be');
    if (pooling > 0 !== stable > 0n) impossible('somebody pools if and only if a coalition is stable');
    return money({});
  },
  published: (outcome) => ({ members: /** @type {any} */ (outcome).members }),
  ownView({ terms, outcome, index, row }) {
    const firm = firmOf(row);
    const cost = firm.learning * learning(firm.size, terms.exponent_numerator, terms.exponent_denominator);
    const sells = ((INTERCEPT - firm.irreducible) << LEARNING_BITS) - cost > 0n;
    if (index >= outcome.members.length) return impossible('the outcome is not about this row');
    if (outcome.rational > 0n && !sells) impossible('coalitions are called rational although you sell nothing');
    return outcome.members[index] ? 'in the pool' : 'not in the pool';
  },
};
