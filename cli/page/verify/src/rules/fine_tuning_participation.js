/** `fine-tuning-participation/v1`: asserted. docs/src/rules/fine-tuning-participation.md */
import { money } from '../money.js';
import * as is from '../shape.js';
import { impossible } from '../wrong.js';

/** @typedef {import('./rule.js').Numbers} Numbers */

const WHOLE = 1n << 32n;
const MAX_DOMAINS = 16;
const MAX_NUMBER = (1n << 32n) - 1n;

const min = (/** @type {bigint} */ a, /** @type {bigint} */ b) => (a < b ? a : b);

/**
 * A specialist's investment and from which performance on it takes part, as fractions: with d = share/2^32 of the revenue
 * rate r going to the generalist it keeps (1 − d)·r a unit; its margin m is that less its linear cost, its effort
 * m/(2·cost), and entering must make good for its entry cost less m²/(4·cost).
 * @param {Numbers} terms
 * @param {Numbers} domain
 * @param {Numbers} row
 * @returns {{invests: boolean, threshold: [bigint, bigint] | null}} the threshold as numerator and denominator; never, if null
 */
function specialist({ share_q32: share }, { revenue_rate: rate }, row) {
  const [linear, entry] = [min(row.linear_cost, MAX_NUMBER), min(row.entry_cost, MAX_NUMBER)];
  const cost = min(row.cost === 0n ? 1n : row.cost, MAX_NUMBER);
  // All in parts of 2^32.
  const keep = (WHOLE - share) * rate;
  const margin = keep > linear * WHOLE ? keep - linear * WHOLE : 0n;
  // need = entry − m²/(4c), in parts of 4c·2^64.
  const [need, parts] = [entry * 4n * cost * WHOLE * WHOLE - margin * margin, 4n * cost * WHOLE * WHOLE];
  if (need <= 0n) return { invests: margin > 0n, threshold: [0n, 1n] };
  return { invests: margin > 0n, threshold: keep === 0n ? null : [need * WHOLE, parts * keep] };
}

/** @type {import('./rule.js').Rule} */
export const fineTuningParticipation = {
  id: 'fine-tuning-participation/v1',
  columns: ['cost', 'linear_cost', 'entry_cost'].map((name) => ({ name, source: 'sealed' })),
  evidences: ['asserted'],
  terms: is.object({ share_q32: is.count, domains: is.list(is.object({ revenue_rate: is.count })) }),
  outcome: { base_performance_q32: is.wide, roles: is.list(is.word('contributor', 'free-rider', 'abstainer')) },
  refuseTerms({ share_q32: share, domains }) {
    if (share > WHOLE) return 'share_above_whole';
    if (domains.length === 0) return 'no_domains';
    if (domains.length > MAX_DOMAINS) return 'too_many_domains';
    const bad = domains.some((/** @type {Numbers} */ { revenue_rate: rate }) => rate < 1n || rate > MAX_NUMBER);
    return bad ? 'revenue_rate_out_of_range' : null;
  },
  refuseCount: ({ domains }, rows) => (rows === domains.length + 1 ? null : 'wrong_row_count'),
  maxRows: ({ domains }) => domains.length + 1,
  check({ terms, outcome }) {
    const { roles, base_performance_q32: performance } = outcome;
    if (roles.length !== terms.domains.length) impossible('the outcome has not one role for each domain');
    const nobody = roles.every((/** @type {string} */ role) => role === 'abstainer');
    if (performance > 0n && (terms.share_q32 === 0n || nobody)) impossible('the generalist invests and gets nothing for it');
    if (terms.share_q32 === WHOLE && roles.includes('contributor')) impossible('a specialist who keeps nothing invests');
    return money({});
  },
  published: () => ({}),
  ownView({ terms, outcome, index, row }) {
    if (index === 0) return 'the performance rests on all costs together';
    const [domain, role] = [terms.domains[index - 1], outcome.roles[index - 1]];
    const wrong = () => impossible('the role contradicts your costs');
    if (domain === undefined || role === undefined) return wrong();
    const { invests, threshold } = specialist(terms, domain, row);
    // The exact performance lies from the published one to below the next.
    const published = outcome.base_performance_q32;
    const isBelow = (/** @type {bigint} */ performance) => threshold !== null && threshold[0] * WHOLE < performance * threshold[1];
    const isAtMost = (/** @type {bigint} */ performance) => threshold !== null && threshold[0] * WHOLE <= performance * threshold[1];
    if (role === 'abstainer') return isAtMost(published) ? wrong() : 'stays out: entering does not pay at this performance';
    if (!isBelow(published + 1n) || (role === 'contributor') !== invests) wrong();
    return role === 'contributor' ? 'invests: it pays at this performance' : 'takes the model as it is: investing does not pay';
  },
};
