/** Witness policies: whose cosignatures a checkpoint needs. docs/src/reference/formats.md "Witness policy". */
import { refuse } from './refusal.js';
import { VerifierKey } from './note.js';

const MOST = 64;
const MAX_POLICY = 48 * 1024;
const GRAPHIC = /^[\x21-\x7e]*$/;

/** A policy in its one spelling. */
export class Policy {
  /** @type {{name: string, key: VerifierKey}[]} */
  witnesses = [];
  /** @type {{name: string, threshold: number, members: string[]}[]} */
  #groups = [];
  #quorum = 'none';

  /**
   * @param {string} text
   * @returns {Policy}
   */
  static parse(text) {
    const malformed = (/** @type {string} */ what) => refuse('file_malformed', `witness policy: ${what}`);
    if (new TextEncoder().encode(text).length > MAX_POLICY) refuse('file_too_large', 'a witness policy of more than 48 KiB');
    const policy = new Policy();
    const names = new Set();
    const members = new Set();
    const define = (/** @type {string} */ name) => {
      if (name === 'none' || !GRAPHIC.test(name) || names.has(name)) malformed(`${name} cannot be defined here`);
      names.add(name);
    };
    const lines = text.split('\n');
    // One spelling: witnesses, groups, quorum; single spaces; each line ends.
    const order = lines.map((line) => ['witness', 'group', 'quorum'].indexOf(line.split(' ')[0]));
    const last = lines.pop();
    if (last !== '' || order.slice(0, -1).some((kind, i) => kind < 0 || kind < (order[i - 1] ?? 0))) malformed('another spelling');
    if (order.filter((kind) => kind === 2).length !== 1) malformed('not one quorum');
    for (const line of lines) {
      const [kind, name, ...rest] = line.split(' ');
      if (name === undefined || [name, ...rest].includes('')) malformed('another spelling');
      if (kind === 'witness') {
        if (rest.length < 1 || rest.length > 2) malformed('expected `witness NAME KEY [URL]`');
        define(name);
        const key = VerifierKey.ofWitness(rest[0]);
        if (policy.witnesses.some((known) => known.key.key === key.key)) malformed('the key of another witness');
        if (policy.witnesses.length === MOST || !GRAPHIC.test(rest[1] ?? '')) malformed('too many witnesses, or not a URL');
        policy.witnesses.push({ name, key });
      } else if (kind === 'group') {
        const [spelled, ...of] = rest;
        for (const member of of) {
          if (!names.has(member) || members.has(member)) malformed(`${member} cannot be a member here`);
          members.add(member);
        }
        define(name);
        const number = /^[1-9][0-9]{0,3}$/.test(spelled ?? '') ? Number(spelled) : 0;
        const threshold = spelled === 'all' ? of.length : spelled === 'any' ? 1 : number;
        if (threshold < 1 || threshold > of.length || policy.#groups.length === MOST) malformed('not so many of a group');
        policy.#groups.push({ name, threshold, members: of });
      } else {
        if (rest.length > 0 || (name !== 'none' && !names.has(name))) malformed('the quorum is not defined above');
        policy.#quorum = name;
      }
    }
    return policy;
  }

  /** Whether nobody is asked. */
  isNone() {
    return this.#quorum === 'none';
  }

  /**
   * Whether these witnesses are a quorum.
   * @param {string[]} cosigned their names in the policy
   */
  isMetBy(cosigned) {
    const met = new Set(cosigned);
    // A group stands below its members.
    for (const { name, threshold, members } of this.#groups) {
      if (members.filter((member) => met.has(member)).length >= threshold) met.add(name);
    }
    return this.isNone() || met.has(this.#quorum);
  }
}
