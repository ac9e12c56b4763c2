/** Deadlines, judged by the times of the policy's witnesses. docs/src/reference/formats.md "Deadlines". */
import { utf8 } from './bytes.js';
import { SignedCheckpoint } from './note.js';
import { refuse } from './refusal.js';
import { seconds } from './shape.js';
import { checkConsistency } from './tree.js';

/**
 * What a bundle shows of a round's deadlines, in words.
 * @param {import('./bundle.js').Bundle} bundle
 * @param {import('./market_key.js').MarketKey} key
 * @param {import('./tree.js').TreeHead} tree the bundle's
 * @param {import('./market/round.js').Round} round
 */
export function checkDeadlines(bundle, key, tree, round) {
  const { close_at: closeAt, abort_at: abortAt } = round.entry;
  const early = () => refuse('closed_early', `no quorum of witnesses saw the ledger without the close at ${closeAt} or later`);
  if (key.policy.isNone()) refuse('range_invalid', '`before_close`, where the market has no witnesses');
  const before = bundle.before_close ?? early();
  const [close, settlement] = [/** @type {{index: bigint}} */ (round.closed).index, /** @type {{index: bigint}} */ (round.settled).index];
  const open = key.witnessed(SignedCheckpoint.parse(utf8(before.note)));
  checkConsistency(before.proof, open.head, tree);
  const since = open.quorumSince();
  if (since === null || open.quorumBy() === null || open.head.size > close || since < /** @type {bigint} */ (seconds(closeAt))) early();
  const done = key.witnessed(SignedCheckpoint.parse(utf8(bundle.checkpoint)));
  const by = done.quorumBy();
  if (by === null || done.head.size <= settlement || by > /** @type {bigint} */ (seconds(abortAt))) {
    refuse('deadline_missed', `no quorum of witnesses saw the settlement by ${abortAt}`);
  }
  return `open until ${closeAt}, settled by ${abortAt}, as a quorum of witnesses saw`;
}
