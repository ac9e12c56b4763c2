/** Why an outcome on a statement cannot be its rule's, as far as public numbers tell. */

/** @typedef {'malformed' | 'refused' | 'payment' | 'conservation' | 'impossible'} WrongKind */

/** A wrong outcome. What it means depends on who asks: `check.js` makes a code of it. */
export class Wrong extends Error {
  /**
   * @param {WrongKind} kind
   * @param {string} what
   */
  constructor(kind, what) {
    super(what);
    this.kind = kind;
  }
}

/** @type {(what: string) => never} */
export const impossible = (what) => {
  throw new Wrong('impossible', what);
};
/** @type {(what: string) => never} */
export const wrongPayment = (what) => {
  throw new Wrong('payment', what);
};
/** @type {(what: string) => never} */
export const notConserved = (what) => {
  throw new Wrong('conservation', what);
};
/** @type {(what: string) => never} */
export const badForm = (what) => {
  throw new Wrong('malformed', what);
};
