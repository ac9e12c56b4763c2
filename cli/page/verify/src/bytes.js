/** Bytes: hex, base64, integers, UTF-8, digests. docs/src/reference/formats.md "Bytes". */
import { blake3 } from '@noble/hashes/blake3.js';
import { sha256 as sha256Of } from '@noble/hashes/sha2.js';
import { bytesToHex, concatBytes, hexToBytes, utf8ToBytes } from '@noble/hashes/utils.js';

export { bytesToHex as toHex, concatBytes as concat, utf8ToBytes as utf8 };

const HEX = /^([0-9a-f]{2})*$/;
const BASE64 = /^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/**
 * The bytes of lower-case hex, or null.
 * @param {string} text
 * @returns {Uint8Array | null}
 */
export function fromHex(text) {
  return HEX.test(text) ? hexToBytes(text) : null;
}

/**
 * The bytes of a text that was seen to be lower-case hex.
 * @param {string} text
 */
export const hex = hexToBytes;

/**
 * The bytes of base64 of the standard alphabet, padded, in its one spelling; or null.
 * @param {string} text
 * @returns {Uint8Array | null}
 */
export function fromBase64(text) {
  if (!BASE64.test(text)) return null;
  const bytes = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
  return toBase64(bytes) === text ? bytes : null;
}

/**
 * Base64 of the standard alphabet, padded.
 * @param {Uint8Array} bytes
 */
export function toBase64(bytes) {
  let binary = '';
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary);
}

/**
 * The text of UTF-8, or null. A byte order mark is a character like others.
 * @param {Uint8Array} bytes
 * @returns {string | null}
 */
export function fromUtf8(bytes) {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return null;
  }
}

/**
 * @param {Uint8Array} a
 * @param {Uint8Array} b
 */
export function equal(a, b) {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

/**
 * The number of big-endian bytes.
 * @param {Uint8Array} bytes
 */
export function beNumber(bytes) {
  return bytes.length === 0 ? 0n : BigInt(`0x${bytesToHex(bytes)}`);
}

/**
 * The number of little-endian bytes.
 * @param {Uint8Array} bytes
 */
export function leNumber(bytes) {
  return beNumber(bytes.slice().reverse());
}

/**
 * A number as so many big-endian bytes.
 * @param {bigint | number} number
 * @param {number} length
 */
export function beBytes(number, length) {
  return hexToBytes(BigInt(number).toString(16).padStart(2 * length, '0'));
}

/**
 * A number as so many little-endian bytes.
 * @param {bigint | number} number
 * @param {number} length
 */
export function leBytes(number, length) {
  return beBytes(number, length).reverse();
}

/** SHA-256. */
export const sha256 = sha256Of;

/**
 * BLAKE3 in hash mode, 32 bytes.
 * @param {Uint8Array} bytes
 */
export function hash(bytes) {
  return blake3(bytes);
}

/**
 * BLAKE3 in `derive_key` mode.
 * @param {string} context
 * @param {Uint8Array} bytes
 * @param {number} [length] bytes of output, 32 unless told
 */
export function derive(context, bytes, length = 32) {
  return blake3(bytes, { context: utf8ToBytes(context), dkLen: length });
}

/**
 * Each part after its length as u64 little-endian, joined.
 * @param {Uint8Array[]} items
 */
export function parts(...items) {
  return concatBytes(...items.flatMap((item) => [leBytes(item.length, 8), item]));
}
