/** The search: files of the index are run as they are needed, because a page on a disk may not read one. */
import { element } from '../report/show.js';

const MOST = 100;
/** Fewer digits of an id say too little. */
const DIGITS = 4;
/** Digits of an id that the index keeps. */
const KEPT = 32;

/** @typedef {[string, string, string]} Found what is searched for, its name for people, its page */

/**
 * A file of the index; nothing if the site has none of that name.
 * @param {string} name
 * @returns {Promise<Found[]>}
 */
function file(name) {
  return new Promise((done) => {
    const script = document.createElement('script');
    /** @type {Found[]} */
    let rows = [];
    /** @type {any} */ (globalThis).found = (/** @type {Found[]} */ list) => (rows = list);
    script.addEventListener('load', () => done(rows));
    script.addEventListener('error', () => done([]));
    script.src = `search/${name}.js`;
    document.body.append(script);
  });
}

/**
 * @param {HTMLElement} to
 * @param {string} typed
 */
export async function search(to, typed) {
  // As people copy it from pages and verdicts.
  const asked = typed.trim().toLowerCase().replace(/^(entry |#e?|e(?=[0-9]+$))/, '').replace(/…$/, '').trim();
  /** @type {any} */ (document.querySelector('input[type="search"]')).value = typed;
  if (asked === '') return;
  const [digits, size, rounds] = [to.dataset.digits, to.dataset.size, to.dataset.rounds].map(Number);
  /** @type {Found[]} */
  const found = [];
  if (/^[0-9]{1,15}$/.test(asked)) {
    const number = Number(asked);
    if (number < size) found.push([asked, `entry ${number}`, `entries/${number - (number % 256)}.html#e${number}`]);
    if (number > 0 && number <= rounds) found.push([asked, `round ${number}`, `rounds/${number}.html`]);
  }
  if (/^[0-9a-f]+$/.test(asked) && asked.length >= Math.max(DIGITS, digits) && asked.length <= 64) {
    const list = await file(`ids${asked.slice(0, digits)}`);
    found.push(...list.filter(([id]) => id.startsWith(asked.slice(0, KEPT))));
  }
  const names = await file('names');
  const plain = (/** @type {string} */ text) => text.replace(/[-_ ]+/g, ' ');
  found.push(...names.filter(([name]) => plain(name).includes(plain(asked))));
  const shown = found.slice(0, MOST).map(([id, name, path]) => {
    const link = element('a', null, name);
    link.setAttribute('href', path);
    return element('li', null, link, ...(/^[0-9a-f]{32}$/.test(id) ? [element('code', null, `${id.slice(0, 16)}…`)] : []));
  });
  const many = found.length > MOST ? `the first ${MOST} of ${found.length}` : found.length === 1 ? 'one' : String(found.length);
  to.replaceChildren(element('p', 'note', found.length === 0 ? `Nothing of this ledger is called “${typed.trim()}”.${/^[0-9a-f]+$/.test(asked) && asked.length < DIGITS ? ` Of an id, type at least ${DIGITS} digits.` : ''}` : `Found: ${many}.`), element('ul', 'found', ...shown));
  to.dataset.state = 'done';
}
