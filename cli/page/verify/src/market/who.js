/** Who must sign what, and whether they did. The key that a member has when the entry stands on the ledger counts. */
import { hex, leNumber } from '../bytes.js';
import { PublicKey } from '../ed25519.js';
import { refuse } from '../refusal.js';

/** @typedef {import('./market.js').Market} Market */
/** @typedef {import('./market.js').Member} Member */
/** @typedef {import('./market.js').Filed} Filed */

/**
 * Refuses unless exactly these have signed, the file is for this market, `roles` finds nothing to refuse, and no key is
 * out of force; in this order.
 * @param {Market} market
 * @param {Filed} filed
 * @param {string} of the market that the file is for
 * @param {(Member | PublicKey)[]} signers members sign with the key in force
 * @param {() => void} [roles]
 */
export function checkWho(market, filed, of, signers, roles = () => {}) {
  const signed = new Set(filed.envelope.signatures.map(({ keyId }) => keyId));
  let stale = false;
  const keys = signers.map((signer) => {
    if (signer instanceof PublicKey) return signer;
    // A former key is told from a wrong one.
    const used = signer.keys.findLast(({ key }) => signed.has(key.id)) ?? signer.keys[signer.keys.length - 1];
    stale ||= !used.inForce;
    return used.key;
  });
  filed.envelope.verify(keys);
  if (of !== market.id) refuse('market_mismatch', `the file is for ${of}, this market is ${market.id}`);
  roles();
  if (stale) refuse('key_revoked', 'signed with a key that was rotated out or revoked');
}

/** @param {Member | undefined} member @param {string} role */
export function checkRole(member, role) {
  if (member !== undefined && !member.roles.includes(role)) refuse('role_missing', `member ${member.id} is no ${role}`);
}

/**
 * A new key: usable, and nobody's yet, so that a key id names one party for ever.
 * @param {Market} market
 * @param {string} text
 */
export function newKey(market, text) {
  const key = PublicKey.parse(text);
  return market.keys.has(key.id) ? refuse('signature_invalid', `key ${key.id} is registered already`) : key;
}

const P = (1n << 255n) - 19n;
/** The points whose multiples by eight are zero, on the curve and on its twist. */
const LOW_ORDER = [
  0n,
  1n,
  P - 1n,
  325606250916557431795983626356110631294008115727848805560023387167927233504n,
  39382357235489614581723060781553021112529911719440698176882885853963445705823n,
];

/** Something sealed to this X25519 key stays sealed: it is not of low order. @param {string} text */
export function checkSealKey(text) {
  const u = BigInt.asUintN(255, leNumber(hex(text))) % P;
  if (LOW_ORDER.includes(u)) refuse('key_unsafe', `X25519 key ${text} is of low order: everybody could open what it seals`);
}
