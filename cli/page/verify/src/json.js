/** The one JSON dialect: no numbers, no duplicate fields, ASCII field names, at most 16 levels; RFC 8785. */
import { fromUtf8 } from './bytes.js';
import { refuse } from './refusal.js';

/**
 * @typedef {null | boolean | string | JsonList | {[name: string]: Json}} Json
 * @typedef {Json[]} JsonList
 */

const MAX_DEPTH = 16;

/** @returns {never} */
const malformed = (/** @type {string} */ what) => refuse('file_malformed', what);

/**
 * Reads one document in any spelling.
 * @param {Uint8Array} bytes
 * @returns {Json}
 */
export function parse(bytes) {
  return parseText(fromUtf8(bytes) ?? malformed('not UTF-8'));
}

/**
 * @param {string} text
 * @returns {Json}
 */
function parseText(text) {
  let at = 0;
  const skip = () => {
    while (at < text.length && ' \t\n\r'.includes(text[at])) at += 1;
  };
  const expect = (/** @type {string} */ what) => {
    if (!text.startsWith(what, at)) malformed(`expected ${what} at character ${at}`);
    at += what.length;
  };
  const string = () => {
    expect('"');
    let end = at;
    for (;;) {
      end = text.indexOf('"', end);
      if (end < 0) malformed('a string without an end');
      let slashes = 0;
      while (text[end - 1 - slashes] === '\\') slashes += 1;
      if (slashes % 2 === 0 || end - slashes < at) break;
      end += 1;
    }
    const raw = text.slice(at - 1, end + 1);
    at = end + 1;
    let value;
    try {
      value = JSON.parse(raw);
    } catch {
      malformed('not a string of JSON');
    }
    if (!isWellFormed(value)) malformed('half of a surrogate pair');
    return value;
  };
  /** @returns {Json} */
  const value = (/** @type {number} */ depth) => {
    skip();
    switch (text[at]) {
      case '"':
        return string();
      case '{':
      case '[': {
        if (depth === MAX_DEPTH) malformed('nested too deeply');
        const read = text[at] === '{' ? object(depth + 1) : array(depth + 1);
        return read;
      }
      case 't':
        expect('true');
        return true;
      case 'f':
        expect('false');
        return false;
      case 'n':
        expect('null');
        return null;
      default:
        return malformed(`no document at character ${at}: numbers are decimal strings`);
    }
  };
  const array = (/** @type {number} */ depth) => {
    /** @type {Json[]} */
    const items = [];
    expect('[');
    skip();
    if (text[at] !== ']') {
      for (;;) {
        items.push(value(depth));
        skip();
        if (text[at] !== ',') break;
        at += 1;
      }
    }
    expect(']');
    return items;
  };
  const object = (/** @type {number} */ depth) => {
    /** @type {{[name: string]: Json}} */
    const fields = Object.create(null);
    expect('{');
    skip();
    if (text[at] !== '}') {
      for (;;) {
        skip();
        const name = string();
        // eslint-disable-next-line no-control-regex
        if (!/^[\x00-\x7f]*$/.test(name)) malformed('field names are ASCII');
        if (name in fields) malformed(`duplicate field \`${name}\``);
        skip();
        expect(':');
        fields[name] = value(depth);
        skip();
        if (text[at] !== ',') break;
        at += 1;
      }
    }
    expect('}');
    return fields;
  };
  const document = value(0);
  skip();
  if (at !== text.length) malformed('text after the document');
  return document;
}

/** @param {string} text */
function isWellFormed(text) {
  return !/[\ud800-\udfff]/.test(text) || !/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/.test(text);
}

/**
 * The RFC 8785 spelling.
 * @param {Json} value
 * @returns {string}
 */
export function canonical(value) {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (value !== null && typeof value === 'object') {
    const names = Object.keys(value).sort();
    return `{${names.map((name) => `${JSON.stringify(name)}:${canonical(value[name])}`).join(',')}}`;
  }
  return JSON.stringify(value);
}

/**
 * Reads a document that must be in its one spelling.
 * @param {Uint8Array} bytes
 * @returns {Json}
 */
export function parseCanonical(bytes) {
  const text = fromUtf8(bytes) ?? malformed('not UTF-8');
  const value = parseText(text);
  if (canonical(value) !== text) malformed('not in canonical form (RFC 8785)');
  return value;
}

/**
 * Whether two documents are the same.
 * @param {Json} a
 * @param {Json} b
 */
export function same(a, b) {
  return canonical(a) === canonical(b);
}

/**
 * The fields of an object, or null.
 * @param {Json | undefined} value
 * @returns {{[name: string]: Json} | null}
 */
export function fieldsOf(value) {
  return value !== null && typeof value === 'object' && !Array.isArray(value) ? value : null;
}
