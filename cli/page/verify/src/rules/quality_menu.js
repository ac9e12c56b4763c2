/** `quality-menu/v1`. docs/src/rules/quality-menu.md */
import { fee, money, sum, WHOLE_BPS, WHOLE_PPM } from '../money.js';
import * as is from '../shape.js';
import { badForm, impossible, notConserved, wrongPayment } from '../wrong.js';
import { byRows } from './auctions.js';

/** @typedef {import('./rule.js').Numbers} Numbers */

const MAX_ROWS = 1 << 16;
const MAX_TIERS = 64;
const HIGHEST_THRESHOLD = (1n << 44n) - 1n;
const NO_VALUATION = 1n << 64n;
const RESULTS = ['levels', 'gains_ppm', 'payments'];

/** @param {bigint[]} list */
const rises = (list) => list.every((next, i) => next > (i === 0 ? 0n : list[i - 1]));

/**
 * Gain and payment of each level; level 0 is nothing.
 * @param {Numbers} terms
 * @returns {{threshold: bigint, gain: bigint, payment: bigint}[]}
 */
function levelsOf({ tiers }) {
  const levels = [{ threshold: 0n, gain: 0n, payment: 0n }];
  for (const { threshold_per_ppm: threshold, gain_ppm: gain } of tiers) {
    const below = levels[levels.length - 1];
    levels.push({ threshold, gain, payment: below.payment + threshold * (gain - below.gain) });
  }
  return levels;
}

/** @param {Numbers} outcome */
const hasAll = (outcome) => RESULTS.filter((name) => outcome[name] !== undefined).length;

/** @type {import('./rule.js').Rule} */
export const qualityMenu = {
  id: 'quality-menu/v1',
  columns: [{ name: 'valuation_per_ppm', source: 'sealed' }],
  evidences: ['proved'],
  results: RESULTS,
  sells: true,
  terms: is.object({ tiers: is.list(is.object({ threshold_per_ppm: is.count, gain_ppm: is.count })), fee_bps: is.count }),
  outcome: {
    levels: is.mayMiss(is.list(is.count)),
    gains_ppm: is.mayMiss(is.list(is.count)),
    payments: is.mayMiss(is.list(is.count)),
    total: is.wide,
    fee: is.wide,
    proceeds: is.wide,
  },
  refuseTerms({ tiers, fee_bps }) {
    if (tiers.length === 0) return 'menu_empty';
    const [thresholds, gains] = [tiers.map((/** @type {Numbers} */ t) => t.threshold_per_ppm), tiers.map((/** @type {Numbers} */ t) => t.gain_ppm)];
    if (tiers.length > MAX_TIERS) return 'menu_too_long';
    if (!rises(thresholds)) return 'thresholds_not_increasing';
    if (thresholds.at(-1) > HIGHEST_THRESHOLD) return 'threshold_too_large';
    if (!rises(gains)) return 'gains_not_increasing';
    if (gains.at(-1) > WHOLE_PPM) return 'gain_above_whole';
    return fee_bps > WHOLE_BPS ? 'fee_above_whole' : null;
  },
  refuseCount: (_, rows) => (rows > MAX_ROWS ? 'too_many_rows' : null),
  maxRows: () => MAX_ROWS,
  check({ terms, disclosure, rows, outcome }) {
    const { levels, gains_ppm: gains, payments, total } = outcome;
    if (hasAll(outcome) !== (disclosure === 'public' ? RESULTS.length : 0)) {
      badForm('levels, gains and payments stand in public rounds, and only there');
    }
    const menu = levelsOf(terms);
    if (disclosure === 'public') {
      if ([levels, gains, payments].some((list) => list.length !== rows.length)) impossible('the outcome is not about these rows');
      if (levels.some((/** @type {bigint} */ level) => level >= BigInt(menu.length))) impossible('a level is not on the menu');
      const of = levels.map((/** @type {bigint} */ level) => menu[Number(level)]);
      if (gains.some((/** @type {bigint} */ gain, /** @type {number} */ i) => gain !== of[i].gain)) impossible('a gain is not its level’s');
      if (payments.some((/** @type {bigint} */ payment, /** @type {number} */ i) => payment !== of[i].payment)) wrongPayment('a payment is not its level’s');
      if (total !== sum(payments)) notConserved('total is not the sum of the payments');
    } else if (total > menu[menu.length - 1].payment * BigInt(rows.length)) impossible('a total above what all rows could pay');
    const cut = fee(total, terms.fee_bps);
    if (outcome.fee !== cut || outcome.proceeds !== total - cut) notConserved('total is not proceeds plus the published fee');
    const moved = disclosure === 'public' ? { payments } : { sealedPayments: total };
    return money({ ...moved, proceeds: [outcome.proceeds], fee: outcome.fee });
  },
  published: (outcome) => Object.fromEntries(Object.entries(/** @type {any} */ (outcome)).filter(([name]) => RESULTS.includes(name))),
  numbers: (outcome) => RESULTS.map((name) => outcome[name] ?? []),
  ownView({ terms, outcome, index, row, results }) {
    const own = outcome.levels === undefined ? results : RESULTS.map((name) => outcome[name]?.[index]);
    const number = terms.tiers.filter((/** @type {Numbers} */ tier) => tier.threshold_per_ppm <= row.valuation_per_ppm).length;
    const { gain, payment } = levelsOf(terms)[number];
    const right = [BigInt(number), gain, payment];
    if (own.length !== 3 || right.some((x, i) => x !== own[i])) wrongPayment('the outcome contradicts your valuation');
    return number === 0 ? 'no tier, your valuation is below every threshold' : 'the best tier that your valuation reaches, at its price';
  },
  circuits: byRows(
    [
      'f0089b58ebba6fdda719e6fba7b59eec5808f972afb5dee91e84f232e6c906d6',
      '36709a9c39b28dc7360d5e65e1bcf15e8ab373aa214838e74ee823050c9a7762',
      '1c20eb6505cf8bcf295c3aff3042f8cdfef4dc9e8fbd23059f48fcc40c3d2486',
    ],
    {
      challenges: 3,
      sealed: 1,
      inputs: 3 + 1 + 3 + 3 * MAX_TIERS,
      columns: () => [],
      scalars({ terms }) {
        const slots = levelsOf(terms).slice(1).flatMap(({ threshold, gain, payment }) => [threshold, gain, payment]);
        while (slots.length < 3 * MAX_TIERS) slots.push(NO_VALUATION, 0n, 0n);
        return slots;
      },
    },
  ),
};
