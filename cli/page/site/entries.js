/** Entries as their bytes say them: the script shows nothing of the page's own here but its sentences, as the site's words. */
import { fromUtf8 } from '../verify/src/bytes.js';
import { element } from '../report/show.js';

const WIDTH = 256n;

/** The time of an entry as people write it. @param {bigint} ms */
function when(ms) {
  // Beyond what a calendar of this language knows.
  if (ms > 8_640_000_000_000_000n) return `${ms} ms after 1970`;
  const text = new Date(Number(ms - (ms % 1000n))).toISOString();
  return `${text.slice(0, 10)} ${text.slice(11, 19)} UTC`;
}

/**
 * @param {bigint} index
 * @param {import('../verify/src/entry.js').Entry} entry
 * @param {Element | null | undefined} words the site's sentence
 */
export function article(index, { envelope, time }, words) {
  const fields = Object.entries(JSON.parse(/** @type {string} */ (fromUtf8(envelope.payload))));
  const rows = fields.map(([name, value]) => element('tr', null, element('th', null, name), element('td', null, element('code', null, typeof value === 'string' ? value : JSON.stringify(value)))));
  const listed = [...envelope.signatures.map(({ keyId }) => ['signed by key', keyId]), ['record', envelope.recordId], ['taken', `${when(time)} by the operator’s clock`]];
  const place = element('a', 'place', String(index));
  place.setAttribute('href', `#e${index}`);
  const heading = element('h2', null, place, ' ', element('span', 'kind', envelope.kind()), element('span', 'mark ok', '✓ stands here'));
  const signed = element('details', null, element('summary', null, 'What was signed, from its bytes'), element('table', 'terms', element('tbody', null, ...rows)), element('dl', 'digests', ...listed.flatMap(([name, value]) => [element('dt', null, name), element('dd', null, element('code', null, value))])));
  const made = element('article', 'entry', heading, signed);
  if (words) signed.before(element('p', 'what', element('span', 'note', 'The site says: '), ...words.cloneNode(true).childNodes));
  made.id = `e${index}`;
  return made;
}

/** The way to other pages, by the size that is signed. @param {bigint} first @param {bigint} size */
export function pager(first, size) {
  const last = ((size - 1n) / WIDTH) * WIDTH;
  const links = [['«', 0n], ['‹', first - WIDTH], ['›', first + WIDTH], ['»', last]].map(([sign, to]) => {
    const there = /** @type {bigint} */ (to) >= 0n && /** @type {bigint} */ (to) <= last && to !== first;
    const link = element(there ? 'a' : 'span', null, /** @type {string} */ (sign));
    if (there) link.setAttribute('href', `${to}.html`);
    return link;
  });
  const end = first + WIDTH > size ? size : first + WIDTH;
  return element('nav', 'pager', links[0], links[1], element('span', 'said', `${first} to ${end - 1n} of ${size}`), links[2], links[3]);
}
