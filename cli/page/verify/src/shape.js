/**
 * Shapes of documents: what `fixtures/schema` says, as small readers.
 *
 * A shape looks at a JSON value and refuses it as `file_malformed`, or leaves it as it is: ids and numbers stay the
 * texts that they are, {@link number} makes a number of one where it is reckoned with.
 */
import { fromHex } from './bytes.js';
import { fieldsOf } from './json.js';
import { refuse } from './refusal.js';

/** @typedef {import('./json.js').Json} Json */
/** @typedef {(value: Json | undefined, where: string) => void} Shape */

/** @returns {never} */
const malformed = (/** @type {string} */ where, /** @type {string} */ what) => refuse('file_malformed', `${where}: ${what}`);

/** @returns {Shape} */
const where = (/** @type {(text: string) => boolean} */ fits, /** @type {string} */ what) => (value, at) => {
  if (typeof value !== 'string' || !fits(value)) malformed(at, `not ${what}`);
};

/** @param {RegExp} pattern @param {string} what @returns {Shape} */
const pattern = (pattern, what) => where((text) => pattern.test(text), what);

const DECIMAL = /^(0|[1-9][0-9]*)$/;
const below = (/** @type {bigint} */ end) => (/** @type {string} */ text) =>
  text.length <= 39 && DECIMAL.test(text) && BigInt(text) < end;

/** A number below 2^64. */
export const count = where(below(1n << 64n), 'a decimal number below 2^64');
/** A number below 2^128. */
export const wide = where(below(1n << 128n), 'a decimal number below 2^128');
/** An id, key or digest: 64 hex digits. */
export const id = pattern(/^[0-9a-f]{64}$/, '64 lower-case hex digits');
/** Bytes of any length. */
export const bytes = where((text) => fromHex(text) !== null, 'lower-case hex');
/** A short public word; also the id of a rule. */
export const label = pattern(/^[A-Za-z0-9._/-]{1,64}$/, 'a label');
/** The origin of a log. */
export const market = pattern(/^[A-Za-z0-9._/:~-]{1,128}$/, 'a market');
/** Any text. */
export const text = where(() => true, 'a text');
/** A time in UTC, to the second. */
export const time = where((text) => seconds(text) !== null, 'a time such as 2030-01-01T12:00:00Z');
/** The size of a circuit. */
export const tier = where((text) => tierSize(text) !== null, 'a tier, such as 256 or 8x4');
/** Any document. @type {Shape} */
export const any = (value, at) => {
  if (value === undefined) malformed(at, 'missing');
};
/** True or false. @type {Shape} */
export const flag = (value, at) => {
  if (typeof value !== 'boolean') malformed(at, 'not true or false');
};

/**
 * One of these words.
 * @param {string[]} words
 */
export const word = (...words) => where((text) => words.includes(text), `one of ${words.join(', ')}`);

/**
 * This, or null.
 * @param {Shape} shape
 * @returns {Shape}
 */
export const orNull = (shape) => (value, at) => {
  if (value !== null) shape(value, at);
};

/** A field that may be missing, but is never null. */
export class Missing {
  /** @param {Shape} shape */
  constructor(shape) {
    this.shape = shape;
  }
}

/** @param {Shape} shape */
export const mayMiss = (shape) => new Missing(shape);

/**
 * A list; of exactly so many entries, if told.
 * @param {Shape} shape
 * @param {number} [length]
 * @returns {Shape}
 */
export const list = (shape, length) => (value, at) => {
  if (!Array.isArray(value)) return malformed(at, 'not a list');
  if (length !== undefined && value.length !== length) malformed(at, `not ${length} entries`);
  value.forEach((item, i) => shape(item, `${at}[${i}]`));
};

/**
 * An object with exactly these fields.
 * @param {{[name: string]: Shape | Missing}} shapes
 * @returns {Shape}
 */
export const object = (shapes) => (value, at) => {
  const fields = fieldsOf(value) ?? malformed(at, 'not an object');
  for (const name of Object.keys(fields)) {
    if (!Object.hasOwn(shapes, name)) malformed(at, `unknown field \`${name}\``);
  }
  for (const [name, shape] of Object.entries(shapes)) {
    if (shape instanceof Missing) {
      if (name in fields) shape.shape(fields[name], `${at}.${name}`);
    } else if (name in fields) shape(fields[name], `${at}.${name}`);
    else malformed(at, `missing field \`${name}\``);
  }
};

/**
 * An object whose fields are all of one shape, under any names.
 * @param {Shape} shape
 * @returns {Shape}
 */
export const map = (shape) => (value, at) => {
  const fields = fieldsOf(value) ?? malformed(at, 'not an object');
  for (const name of Object.keys(fields)) shape(fields[name], `${at}.${name}`);
};

/**
 * Whether a value has the shape.
 * @param {Shape | Missing} shape
 * @param {Json | undefined} value
 */
export function fits(shape, value) {
  try {
    /** @type {Shape} */ (shape)(value, 'value');
    return true;
  } catch {
    return false;
  }
}

/**
 * The number of a text that has the shape of one.
 * @param {Json} text
 */
export function number(text) {
  return BigInt(/** @type {string} */ (text));
}

/** The last second that a file can name: 9999-12-30T22:00:00Z. */
const LAST_SECOND = 253402207200n;

/**
 * Seconds since 1970 of a time in its one form, or null.
 * @param {string} text
 * @returns {bigint | null}
 */
export function seconds(text) {
  const found = /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2}):(\d{2})Z$/.exec(text);
  if (found === null) return null;
  const [year, month, day, hour, minute, second] = found.slice(1).map(Number);
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  const real = month >= 1 && date.getUTCMonth() === month - 1 && date.getUTCDate() === day && day >= 1;
  if (!real || month > 12 || hour > 23 || minute > 59 || second > 59) return null;
  const since = BigInt(Math.round(date.getTime() / 1000)) + BigInt(hour * 3600 + minute * 60 + second);
  return since <= LAST_SECOND ? since : null;
}

/**
 * Rows and items of a tier, or null. Tiers are ordered by rows, then by items, none before any.
 * @param {string} text
 * @returns {[bigint, bigint] | null}
 */
export function tierSize(text) {
  const found = /^([1-9][0-9]{0,9})(?:x([1-9][0-9]{0,9}))?$/.exec(text);
  if (found === null) return null;
  const [rows, items] = [BigInt(found[1]), BigInt(found[2] ?? 0)];
  return rows < 1n << 32n && items < 1n << 32n ? [rows, items] : null;
}
