/** Verifies settlements of quittance markets: nothing leaves this program, nothing is fetched. */
export { MarketKey } from './market_key.js';
export { Opening } from './opening.js';
export { Refusal } from './refusal.js';
export { verdictText } from './verdict.js';
export { verify } from './verify.js';
