/** Keys, signatures and points that libraries would take, and that are refused here. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ed25519, x25519 } from '@noble/curves/ed25519.js';
import { sha512 } from '@noble/hashes/sha2.js';
import { G1, g1Bytes, g1Of, g2Bytes, g2Of, G2 } from '../src/bn254.js';
import { concat, hex, leBytes, leNumber, toHex, utf8 } from '../src/bytes.js';
import { PublicKey } from '../src/ed25519.js';
import { checkSealKey } from '../src/market/who.js';
import { msm } from '../src/msm.js';

const { Point } = ed25519;
const ORDER = Point.CURVE().n;
/** A point of order 8. */
const TORSION = Point.fromHex('c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a');
const message = utf8('DSSEv1 1 x 1 y');

/** A signature with `extra` added to its R, by a signer who knows that. */
function signature(secret, extra) {
  const { scalar, point } = ed25519.utils.getExtendedPublicKey(secret);
  const nonce = 123456789n;
  const r = Point.BASE.multiply(nonce).add(extra).toBytes();
  const k = leNumber(sha512(concat(r, point.toBytes(), message))) % ORDER;
  return concat(r, leBytes((nonce + k * scalar) % ORDER, 32));
}

test('an R with a small-order part is refused, though the equation with the cofactor holds', () => {
  const secret = new Uint8Array(32).fill(7);
  const key = PublicKey.parse(toHex(ed25519.getPublicKey(secret)));
  const [right, crooked] = [signature(secret, Point.ZERO), signature(secret, TORSION)];
  assert.ok(key.verifies(message, right));
  assert.ok(ed25519.verify(crooked, message, key.bytes, { zip215: false }), 'the library takes it');
  assert.ok(!key.verifies(message, crooked));
  const late = concat(right.subarray(0, 32), leBytes(leNumber(right.subarray(32)) + ORDER, 32));
  assert.ok(!key.verifies(message, late), 'S of the order or more');
  assert.ok(!key.verifies(utf8('another'), right));
  assert.ok(!key.verifies(message, right.subarray(1)));
});

test('keys of small order, with a small-order part or in another encoding are refused', () => {
  const key = Point.fromBytes(ed25519.getPublicKey(new Uint8Array(32).fill(9)));
  const mixed = key.add(TORSION).toHex();
  const zero = Point.ZERO.toHex();
  for (const bad of [mixed, TORSION.toHex(), zero, `ee${'ff'.repeat(30)}7f`, `01${'00'.repeat(30)}80`, 'ff'.repeat(32)]) {
    assert.throws(() => PublicKey.parse(bad), { code: 'signature_invalid' }, bad);
  }
  assert.equal(PublicKey.parse(key.toHex()), PublicKey.parse(key.toHex()));
});

test('X25519 keys of low order are those that make no secret', () => {
  const p = (1n << 255n) - 19n;
  const special = [0n, 1n, 2n, 9n, p - 1n, p, p + 1n, p + 2n].flatMap((u) => [u, u + (1n << 255n)]);
  const order8 = [325606250916557431795983626356110631294008115727848805560023387167927233504n, 39382357235489614581723060781553021112529911719440698176882885853963445705823n];
  for (const u of [...special, ...order8].filter((u) => u < 1n << 256n)) {
    const text = toHex(leBytes(u, 32));
    const makes = (act) => {
      try {
        act();
        return true;
      } catch {
        return false;
      }
    };
    const usable = makes(() => x25519.getSharedSecret(new Uint8Array(32).fill(1), hex(text)));
    assert.equal(makes(() => checkSealKey(text)), usable, text);
  }
});

test('points have one encoding, and G2 its subgroup', () => {
  const point = G1.BASE.multiply(5n);
  assert.ok(g1Of(g1Bytes(point)).equals(point));
  assert.ok(g1Of(g1Bytes(point.negate())).equals(point.negate()));
  assert.ok(g1Of(g1Bytes(G1.ZERO)).is0());
  const identity = g1Bytes(G1.ZERO);
  for (const [at, bits] of [[0, 1], [31, 0x80], [31, 1]]) {
    const other = identity.slice();
    other[at] |= bits;
    assert.equal(g1Of(other), null);
  }
  assert.equal(g1Of(new Uint8Array(32).fill(0x3f)), null, 'x of the field’s order or more');
  assert.ok(g2Of(g2Bytes(G2.BASE)).equals(G2.BASE));
  assert.ok(g2Of(g2Bytes(G2.BASE.negate())).equals(G2.BASE.negate()));
  let outside = 0;
  for (let x = 0; x < 20; x += 1) outside += g2Of(concat(leBytes(x, 32), leBytes(0, 32))) === null ? 1 : 0;
  assert.equal(outside, 20, 'small x are on no point, or on none of the subgroup');
});

test('a sum of multiples is what it is one by one', () => {
  const points = [1n, 2n, 3n, 3n, 5n].map((k) => G1.BASE.multiply(k));
  points.push(points[0].negate(), G1.ZERO, points[1]);
  const scalars = [0n, 1n, 7n, 7n, G1.Fn.ORDER - 1n, 12345678901234567890n, 4n, 2n ** 253n];
  const expected = points.reduce((sum, point, i) => (scalars[i] === 0n || point.is0() ? sum : sum.add(point.multiply(scalars[i]))), G1.ZERO);
  assert.ok(msm(points, scalars).equals(expected));
  assert.ok(msm([], []).is0());
  assert.ok(msm([points[0], points[0].negate()], [3n, 3n]).is0());
});
