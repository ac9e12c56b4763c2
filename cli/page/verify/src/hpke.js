/** HPKE, RFC 9180: base mode, X25519-HKDF-SHA256, HKDF-SHA256, ChaCha20-Poly1305, one message. formats.md "Sealed opening". */
import { chacha20poly1305 } from '@noble/ciphers/chacha.js';
import { x25519 } from '@noble/curves/ed25519.js';
import { expand, extract } from '@noble/hashes/hkdf.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { beBytes, concat, utf8 } from './bytes.js';

const NOTHING = new Uint8Array();
const KEM = concat(utf8('KEM'), beBytes(0x0020, 2));
const SUITE = concat(utf8('HPKE'), beBytes(0x0020, 2), beBytes(0x0001, 2), beBytes(0x0003, 2));

/** @param {Uint8Array} suite */
const labeled = (suite) => ({
  extract: (/** @type {Uint8Array} */ salt, /** @type {string} */ label, /** @type {Uint8Array} */ ikm) =>
    extract(sha256, concat(utf8('HPKE-v1'), suite, utf8(label), ikm), salt),
  expand: (/** @type {Uint8Array} */ key, /** @type {string} */ label, /** @type {Uint8Array} */ info, /** @type {number} */ length) =>
    expand(sha256, key, concat(beBytes(length, 2), utf8('HPKE-v1'), suite, utf8(label), info), length),
});

/** The public half. @param {Uint8Array} secret */
export function publicHalf(secret) {
  return x25519.getPublicKey(secret);
}

/**
 * Opens what was sealed; null if it does not open.
 * @param {Uint8Array} secret
 * @param {Uint8Array} info
 * @param {Uint8Array} aad
 * @param {Uint8Array} sealed enc ‖ ciphertext ‖ tag
 * @returns {Uint8Array | null}
 */
export function open(secret, info, aad, sealed) {
  try {
    const enc = sealed.subarray(0, 32);
    const kem = labeled(KEM);
    const shared = x25519.getSharedSecret(secret, enc);
    const prk = kem.extract(NOTHING, 'eae_prk', shared);
    const context = kem.expand(prk, 'shared_secret', concat(enc, publicHalf(secret)), 32);
    const suite = labeled(SUITE);
    const [id, about] = [suite.extract(NOTHING, 'psk_id_hash', NOTHING), suite.extract(NOTHING, 'info_hash', info)];
    const schedule = concat(Uint8Array.of(0), id, about);
    const key = suite.extract(context, 'secret', NOTHING);
    const cipher = chacha20poly1305(suite.expand(key, 'key', schedule, 32), suite.expand(key, 'base_nonce', schedule, 12), aad);
    return cipher.decrypt(sealed.subarray(32));
  } catch {
    return null;
  }
}
