/** Verifies a bundle offline: no secret, no database, no network. The order of the checks is the order of the verdict. */
import { hash, toHex, utf8 } from './bytes.js';
import { parseBundle } from './bundle.js';
import { checkMoney, checkProof, checkStatement } from './check.js';
import { checkDeadlines } from './deadlines.js';
import { fold } from './fold.js';
import { canonical } from './json.js';
import { paid, received } from './money.js';
import { SignedCheckpoint } from './note.js';
import { byName, checkBid, checkPayment, checkReceipt, openResults, ownRow, short } from './own.js';
import { checkBlobs } from './results.js';
import { readPublished } from './rules/rule.js';
import { Checks } from './verdict.js';

/** @typedef {import('./bundle.js').Bundle} Bundle */
/** @typedef {import('./market_key.js').MarketKey} MarketKey */
/** @typedef {import('./own.js').Own} Own */
/** @typedef {import('./fold.js').Folded} Folded */

/**
 * Verifies a bundle under a market's key from a source that the caller trusts.
 * @param {Uint8Array} file
 * @param {MarketKey} key
 * @param {Own} [own]
 * @returns {import('./verdict.js').Verdict}
 */
export function verify(file, key, own = {}) {
  const checks = new Checks('a bundle');
  /** @type {Bundle | undefined} */
  let parsed;
  try {
    parsed = parseBundle(file);
  } catch (error) {
    checks.run('file', () => {
      throw error;
    });
    return checks.finish();
  }
  const bundle = parsed;
  const tree = checks.run('checkpoint', () => checkpoint(bundle, key));
  const folded = checks.run('entries', () => {
    const value = fold(bundle, key, /** @type {import('./tree.js').TreeHead} */ (tree));
    return { value, said: `${bundle.range.first} to ${value.last}, none left out; ${bundle.entries.length} before them` };
  });
  if (folded !== undefined) {
    const { market, round } = folded;
    checks.verdict.about = `round ${short(round.id)} of ${market.id} · ${round.rule.id} · ${round.rows.length} bids`;
    checks.verdict.evidence = round.evidence;
    if (round.entry.revenue_from !== null) checks.notChecked('the settlement that the revenue comes from (verify its own bundle)');
  }
  // What follows runs only when the entries were folded: an earlier failure skips it.
  const found = /** @type {Folded} */ (folded);
  if (own.receipt !== undefined) checks.run('receipt', () => ({ said: checkReceipt(bundle, key, own) }));
  if (!key.policy.isNone() || bundle.before_close !== null) {
    checks.run('deadlines', () => ({ said: checkDeadlines(bundle, key, /** @type {any} */ (tree), found.round) }));
  }
  checks.run('rule', () => ({ said: `${found.round.rule.id}, terms ${toHex(hash(utf8(canonical(found.round.entry.terms)))).slice(0, 8)}…` }));
  checks.run('bid set', () => bidSet(found, bundle));
  checks.run('proof', () => proof(found, bundle));
  const show = (/** @type {bigint} */ amount) => shown(amount, found.market.decimals);
  const money = checks.run('money', () => {
    const value = checkMoney(found.round, bundle.statement);
    const { fee, dust } = value;
    return { value, said: `paid ${show(paid(value))} = received ${show(received(value))} + fee ${show(fee)} + dust ${show(dust)}` };
  });
  if (own.bid !== undefined) ownChecks(checks, found, bundle, own, () => ({ outcome: numbers(found, bundle), money: /** @type {any} */ (money), show }));
  notChecked(checks, key, own);
  return checks.finish();
}

/** @param {Bundle} bundle @param {MarketKey} key */
function checkpoint(bundle, key) {
  const witnessed = key.witnessed(SignedCheckpoint.parse(utf8(bundle.checkpoint)));
  const value = witnessed.needQuorum();
  const by = [...witnessed.times.keys()].sort();
  return { value, said: `signed by ${key.log.shortName()}, ${value.size} entries${by.length > 0 ? `, cosigned by ${by.join(', ')}` : ''}` };
}

/** @param {Folded} found @param {Bundle} bundle */
function bidSet({ market, round, closeTree }, bundle) {
  checkStatement(market, round, bundle.statement, closeTree);
  checkBlobs(bundle.statement, bundle.sealed_results);
  const { first, last } = /** @type {{first: bigint, last: bigint}} */ (round.closed);
  return { said: `${round.rows.length} rows, entries ${first} to ${last}, taken from the ledger, none left out` };
}

/** @param {Folded} found @param {Bundle} bundle */
function proof({ market, round }, { statement, verifying_key: key }) {
  checkProof(round, statement, key);
  if (round.evidence === 'asserted') return { made: false, said: 'none: the operator asserts this outcome, and nothing proves it' };
  if (statement.tier === null || statement.circuit_key === null) return { said: 'not needed: every number of this round is public; recomputed' };
  const provenance = market.rules.get(round.rule.id)?.provenance(statement.circuit_key);
  const ceremony = provenance !== null && typeof provenance === 'object' ? provenance.ceremony : null;
  const made = ceremony === null ? 'made by the operator alone (dev key): who made it could prove anything' : `ceremony ${short(ceremony)} (claimed)`;
  return { said: `key ${round.rule.id.replace('/', '-')}-${statement.tier} ${short(statement.circuit_key)}, ${made}` };
}

/** The outcome as numbers. @param {Folded} found @param {Bundle} bundle */
function numbers({ round }, { statement }) {
  return readPublished(round.rule, { terms: statement.terms, disclosure: round.disclosure, rows: round.rows.length, columns: statement.public, outcome: statement.outcome }).outcome;
}

/**
 * The checks of a member's own bid, results and payment.
 * @param {Checks} checks
 * @param {Folded} found
 * @param {Bundle} bundle
 * @param {Own} own
 * @param {() => Parameters<typeof checkPayment>[4]} decided
 */
function ownChecks(checks, found, bundle, own, decided) {
  const row = checks.run('your bid', () => {
    const [value, said] = checkBid(found.round, bundle, own);
    return { value, said };
  });
  /** @type {import('./own.js').Opened | null} */
  let opened = null;
  if (found !== undefined && found.round.sealedResults.length > 0) {
    opened =
      checks.run('your results', () => {
        const keys = /** @type {any} */ (found.market.members.get(/** @type {any} */ (row).member)).keys;
        const { opened: value, said } = openResults(found.round, bundle, /** @type {any} */ (row), keys[keys.length - 1].sealKey, own);
        return { value, made: value !== null, said };
      }) ?? null;
    if (opened !== null) {
      checks.verdict.own_results = byName(found.round, opened.numbers);
      if (opened.opening !== null) checks.verdict.own_row = texts(ownRow(found.round, /** @type {any} */ (row), opened.opening.row));
    }
  }
  checks.run('your payment', () => checkPayment(found.round, /** @type {any} */ (row), own, opened, decided()));
}

/** Numbers as the texts that files have. @param {{[name: string]: any}} row */
function texts(row) {
  return Object.fromEntries(Object.entries(row).map(([name, value]) => [name, Array.isArray(value) ? value.map(String) : String(value)]));
}

/** An amount with its decimal point. @param {bigint} amount @param {bigint} decimals */
function shown(amount, decimals) {
  const places = Number(decimals);
  const digits = `${amount}`.padStart(places + 1, '0');
  return places === 0 ? digits : `${digits.slice(0, -places)}.${digits.slice(-places)}`;
}

/** @param {Checks} checks @param {MarketKey} key @param {Own} own */
function notChecked(checks, key, own) {
  if (own.receipt === undefined) checks.notChecked("other members' view of the log (`--receipt`)");
  checks.notChecked('history before this checkpoint (`--history`)');
  if (key.policy.isNone()) checks.notChecked('deadlines (no witnesses)');
  checks.notChecked('revocations and withdrawals before the round entry');
  checks.notChecked('a second settlement after this checkpoint');
  checks.notChecked('whether the operator looked at bids before the close, or bid itself (`quittance help trust`)');
}
