/** Members, their keys, models, and what was erased. */
import { refuse } from '../refusal.js';
import { checkRole, checkSealKey, checkWho, newKey } from './who.js';

/** @typedef {import('./market.js').Market} Market */
/** @typedef {import('./market.js').Filed} Filed */
/** @typedef {import('../payload.js').Payload} Payload */

/** @param {Market} market @param {Filed} filed @param {Payload} payload */
export function applyMember(market, filed, payload) {
  const key = newKey(market, payload.key);
  checkWho(market, filed, payload.market, [market.operator, key]);
  checkSealKey(payload.seal_key);
  const keys = [{ key, sealKey: payload.seal_key, since: filed.index, inForce: true, revoked: false }];
  market.members.set(filed.id, { id: filed.id, name: payload.name, roles: payload.roles, keys });
  market.keys.set(key.id, { member: filed.id });
}

/** @param {Market} market @param {Filed} filed @param {Payload} payload */
export function applyRotate(market, filed, payload) {
  const member = market.signer(payload.member);
  const key = newKey(market, payload.key);
  checkWho(market, filed, payload.market, [market.operator, member, key]);
  checkSealKey(payload.seal_key);
  for (const old of member.keys) old.inForce = false;
  member.keys.push({ key, sealKey: payload.seal_key, since: filed.index, inForce: true, revoked: false });
  market.keys.set(key.id, { member: member.id });
}

/** @param {Market} market @param {Filed} filed @param {Payload} payload */
export function applyRevoke(market, filed, payload) {
  checkWho(market, filed, payload.market, [market.operator]);
  const keys = market.members.get(payload.member)?.keys ?? [];
  const key = keys.find(({ key }) => key.bytes.every((byte, i) => byte === parseInt(payload.key.slice(2 * i, 2 * i + 2), 16)));
  if (key === undefined) return refuse('record_unknown', `no member with key ${payload.key}`);
  if (key.revoked) refuse('key_revoked', `key ${payload.key} is revoked already`);
  const from = BigInt(payload.from_index);
  if (from > filed.index || from < key.since) refuse('value_out_of_range', `from_index ${from}: the key has signed from ${key.since} to ${filed.index}`);
  key.inForce = false;
  key.revoked = true;
}

/** @param {Market} market @param {Filed} filed @param {Payload} payload */
export function applyModel(market, filed, payload) {
  // The payload does not say who sells: whoever signed does.
  const owners = filed.envelope.signatures.map(({ keyId }) => market.keys.get(keyId));
  const owner = owners.find((owner) => typeof owner === 'object');
  const seller = (typeof owner === 'object' ? market.members.get(owner.member) : undefined) ?? refuse('signer_unknown', 'no member of this market signed');
  checkWho(market, filed, payload.market, [seller], () => checkRole(seller, 'seller'));
  if (payload.parent !== null && !market.models.has(payload.parent)) refuse('record_unknown', `no model ${payload.parent}`);
  market.checkNew(filed);
  market.models.set(filed.id, { seller: seller.id, notes: payload.notes });
}

/** @param {Market} market @param {Filed} filed @param {Payload} payload */
export function applyErasure(market, filed, payload) {
  checkWho(market, filed, payload.market, [market.operator]);
  const isName = [...market.members.values()].some(({ name }) => name === payload.blob);
  const isNotes = [...market.models.values()].some(({ notes }) => notes === payload.blob);
  if (!isName && !isNotes) refuse('record_unknown', `no name or notes ${payload.blob}`);
  market.checkNew(filed);
}
