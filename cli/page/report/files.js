/** Which kind of file somebody brought, by its marks, and what a report page holds. */

const DATA = /<script id="bundle" type="text\/plain">([A-Za-z0-9+/=]*)<\/script>/g;

/** @typedef {'page' | 'bundle' | 'market' | 'bid' | 'opening' | 'receipt'} Kind */

/**
 * The kind of file that this is; null for everything else.
 * @param {string} text
 * @returns {Kind | null}
 */
export function kindOf(text) {
  const start = text.trimStart().slice(0, 4096);
  if (/^<!doctype html>/i.test(start)) return 'page';
  if (start.startsWith('c2sp.org/tlog-proof')) return 'receipt';
  if (/^[^\n]+\nentry0 /.test(start)) return 'market';
  if (!start.startsWith('{')) return null;
  if (start.includes('"payload')) return 'bid';
  if (start.includes('"blinding"')) return 'opening';
  return start.includes('"checkpoint"') ? 'bundle' : null;
}

/**
 * The bundle that a page holds, and its words; the page is read and never run.
 * @param {string} text
 * @returns {{bundle: Uint8Array, words: Document} | null}
 */
export function readPage(text) {
  const found = [...text.matchAll(DATA)];
  if (found.length !== 1) return null;
  try {
    return { bundle: bytesOf(found[0][1]), words: new DOMParser().parseFromString(text, 'text/html') };
  } catch {
    return null;
  }
}

/** The bytes of base64. @param {string} text */
export const bytesOf = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
