/** The published rules, in the order of docs/src/reference/rules.md. */
import { assignment } from './assignment.js';
import { competitionAwareAllocation } from './competition_aware_allocation.js';
import { dataCoalition } from './data_coalition.js';
import { dataSharing } from './data_sharing.js';
import { fineTuningBargain } from './fine_tuning_bargain.js';
import { fineTuningParticipation } from './fine_tuning_participation.js';
import { performanceAuction } from './performance_auction.js';
import { qualityMenu } from './quality_menu.js';
import { resourceStackelberg } from './resource_stackelberg.js';
import { resourceStackelbergCapped } from './resource_stackelberg_capped.js';
import { revenueShare } from './revenue_share.js';
import { uniformPrice } from './uniform_price.js';

/** @type {import('./rule.js').Rule[]} */
export const RULES = [
  uniformPrice,
  performanceAuction,
  qualityMenu,
  assignment,
  competitionAwareAllocation,
  revenueShare,
  fineTuningBargain,
  fineTuningParticipation,
  dataSharing,
  dataCoalition,
  resourceStackelberg,
  resourceStackelbergCapped,
];

const BY_ID = new Map(RULES.map((rule) => [rule.id, rule]));

/**
 * The published rule of this id, or null.
 * @param {string} id
 */
export function ruleOf(id) {
  return BY_ID.get(id) ?? null;
}
