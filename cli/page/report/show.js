/** Elements out of words: whatever a file says stays text. */

/**
 * @param {string} name
 * @param {string | null} kind its class
 * @param {(Node | string)[]} inside
 */
export function element(name, kind, ...inside) {
  const made = document.createElement(name);
  if (kind) made.className = kind;
  made.append(...inside.map((part) => (typeof part === 'string' ? visible(part) : part)));
  return made;
}

/** Control characters and direction marks spelt out. @param {string} text */
export const visible = (text) =>
  text.replace(/[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, (c) => `\\u{${/** @type {number} */ (c.codePointAt(0)).toString(16)}}`);

const MARKS = { passed: ['ok', '✓'], failed: ['bad', '✗'], skipped: ['skip', '–'], not_made: ['skip', '–'] };

/** A verdict in lines. @param {import('../verify/src/verdict.js').Verdict} verdict */
export function verdictLines({ about, checks, not_checked, code, hint, evidence }) {
  const word = code !== null ? ['bad', `✗ Rejected: ${code}`] : evidence === 'asserted' ? ['fair', '! Checked, but not proved: the outcome is the operator’s word'] : ['ok', '✓ Verified in this browser'];
  const lines = checks.map(({ name, state, compared }) => {
    const [kind, mark] = MARKS[state];
    return element('li', kind, element('span', 'mark', mark), element('strong', null, name), element('span', 'said', compared));
  });
  const parts = [element('p', 'word', word[1]), element('p', null, about)];
  if (hint !== null) parts.push(element('p', 'hint', `Hint: ${hint}`));
  parts.push(element('ul', 'checks', ...lines));
  if (not_checked.length) parts.push(element('details', null, element('summary', null, 'Not checked'), element('ul', 'open', ...not_checked.map((what) => element('li', null, what)))));
  return element('div', `verdict ${word[0]}`, ...parts);
}

/** What a bundle decides, as it stands in it. @param {any} statement */
export function statementLines({ rule, round, rows, outcome }) {
  /** @type {(value: any) => string} */
  const plain = (value) => (value === null ? 'none' : Array.isArray(value) ? `${value.slice(0, 24).map(plain).join(', ')}${value.length > 24 ? ', …' : ''}` : typeof value === 'object' ? JSON.stringify(value) : String(value));
  const fields = Object.entries({ rule, round, rows, ...outcome }).map(([name, value]) => element('tr', null, element('th', null, name.replaceAll('_', ' ')), element('td', null, plain(value))));
  return element('details', null, element('summary', null, 'What this bundle decides (amounts in minor units)'), element('div', 'scroll', element('table', 'terms', element('tbody', null, ...fields))));
}
