/** Numbers as `quittance report` writes them, to compare what a page shows with what its bundle says. */

const GAP = '\u202f';

/** @param {bigint} number @param {number} places */
function decimal(number, places) {
  const digits = `${number}`.padStart(places + 1, '0');
  const whole = digits.slice(0, digits.length - places).replace(/\B(?=(\d{3})+$)/g, GAP);
  return places ? `${whole}.${digits.slice(-places)}` : whole;
}

const trimmed = (/** @type {string} */ text) => (text.includes('.') ? text.replace(/\.?0+$/, '') : text);

/**
 * The spellings that a number of this field may have on a page.
 * @param {string} field
 * @param {bigint} number
 * @param {{currency: string, decimals: number}} market
 */
export function spellings(field, number, { currency, decimals }) {
  if (/^(contributions|loads|capacity)_ppm$/.test(field)) return [trimmed(decimal(number, 6))];
  if (field === 'base_performance_q32') return [decimal((number * 10000n + (1n << 31n)) >> 32n, 4)];
  if (/_ppm$/.test(field) && !/_per_ppm$/.test(field)) return [decimal(number, 4), trimmed(decimal(number, 4))].map((text) => `${text}${GAP}%`);
  if (/_bps$/.test(field)) return [`${trimmed(decimal(number, 2))}${GAP}%`];
  if (/_q32$/.test(field)) return [`${decimal((number * 10000n + (1n << 31n)) >> 32n, 2)}${GAP}%`];
  const amount = decimal(number, decimals);
  return [amount, `${amount}\u00a0${currency}`, decimal(number, 0)];
}

/**
 * What a page shows otherwise than its statement says; null if it shows every number of the outcome as it is.
 * @param {Document | Element} words
 * @param {any} statement
 * @param {{currency: string, decimals: number}} market
 * @returns {string | null}
 */
export function differs(words, statement, market) {
  const shown = new Set();
  for (const place of words.querySelectorAll('[data-is]')) {
    const path = place.getAttribute('data-is') ?? '';
    const names = path.split('.');
    let value = statement;
    for (const name of names) value = value && Object.hasOwn(value, name) ? value[name] : undefined;
    const text = place.textContent ?? '';
    if (typeof value !== 'string' || !/^[0-9]+$/.test(value) || !spellings(names[1], BigInt(value), market).includes(text)) {
      return `${path}: the page shows ${text}, the bundle says ${value}`;
    }
    shown.add(path);
  }
  for (const field of ['payments', 'receipts']) {
    const list = statement.outcome?.[field];
    for (let row = 0; Array.isArray(list) && row < Math.min(list.length, 512); row += 1) {
      if (!shown.has(`outcome.${field}.${row}`)) return `outcome.${field}.${row}: the page does not show it`;
    }
  }
  return null;
}
