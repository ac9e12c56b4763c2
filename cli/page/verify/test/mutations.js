/** Seeded random mutations of bundles: of the file alone, and by an operator who signs everything again. */
import { canonical } from '../src/json.js';
import { republish } from './ledger.js';

/** Numbers from a seed: xorshift. */
export function random(seed) {
  let state = BigInt(seed) * 0x9e3779b97f4a7c15n + 0x1234567n;
  const next = () => {
    state = BigInt.asUintN(64, state ^ (state << 13n));
    state ^= state >> 7n;
    state = BigInt.asUintN(64, state ^ (state << 17n));
    return Number(state >> 16n);
  };
  const below = (end) => next() % Math.max(1, end);
  return { below, one: (list) => list[below(list.length)], chance: (n) => below(n) === 0 };
}

/** Every place in a document: its path and value. */
function places(value, path = []) {
  const here = [{ path, value }];
  if (value === null || typeof value !== 'object') return here;
  return [...here, ...Object.entries(value).flatMap(([name, item]) => places(item, [...path, name]))];
}

function put(document, path, value) {
  if (path.length === 0) return value;
  const copy = Array.isArray(document) ? [...document] : { ...document };
  const [name, ...rest] = path;
  copy[name] = put(copy[name], rest, value);
  return copy;
}

const DECIMAL = /^(0|[1-9][0-9]*)$/;
const HEX = /^([0-9a-f]{2})+$/;

/** Another text: a number beside it, a digit of hex flipped, a character changed. */
function otherText(text, { below, one, chance }) {
  if (DECIMAL.test(text)) {
    const number = BigInt(text);
    return one([`${number + 1n}`, `${number > 0n ? number - 1n : 2n}`, `${number * 2n + 1n}`, '0', `${1n << 64n}`, `${(1n << 64n) - 1n}`, `0${text}`, `${number + 1000n}`]);
  }
  if (HEX.test(text) && !chance(20)) {
    const [at, digit] = [below(text.length), '0123456789abcdef'[below(16)]];
    return one([text.slice(0, at) + digit + text.slice(at + 1), text.slice(0, at) + digit + text.slice(at + 1), text.slice(0, -2), `${text}00`, text.toUpperCase(), '00'.repeat(text.length / 2), 'ff'.repeat(text.length / 2)]);
  }
  const at = below(text.length);
  return one([text.slice(0, at) + one(['x', '\n', '1', 'é', '/']) + text.slice(at + 1), text.slice(0, at) + text.slice(at + 1), '', `${text} `]);
}

/** Another value of about the same kind; `same` are others that stand in the document. */
function other(value, same, dice) {
  const { below, one, chance } = dice;
  if (typeof value === 'boolean') return !value;
  if (value === null) return one(['0', {}, [], '00'.repeat(32), false]);
  if (chance(12)) return one([null, [], {}, '', true]);
  if (typeof value === 'string') return chance(4) && same.length > 0 ? one(same) : otherText(value, dice);
  if (Array.isArray(value)) {
    const [i, j] = [below(value.length), below(value.length)];
    const swapped = value.map((item, k) => (k === i ? value[j] : k === j ? value[i] : item));
    return one([value.slice(0, -1), value.slice(1), value.filter((_, k) => k !== i), [...value, value[i] ?? '0'], swapped, [...value].reverse()]);
  }
  const names = Object.keys(value);
  const rest = Object.fromEntries(names.slice(1).map((name) => [name, value[name]]));
  return one([rest, { ...value, extra: null }, { ...value, [one(names) ?? 'a']: null }]);
}

/** Words that stand for each other. */
const WORDS = [
  ['public', 'sealed'],
  ['owner', 'evaluator'],
  ['operator', 'seller'],
  ['expected_gain', 'realised_gain', 'quality', 'weight'],
  ['256', '4096', '8x4', '32x16', '1', '4', '2', '16'],
  ['cournot', 'bertrand'],
  ['all-or-nothing', 'nash', 'utilitarian', 'egalitarian', 'powerful-g'],
  ['uniform-price/v1', 'performance-auction/v1', 'assignment/v1', 'revenue-share/v1', 'quality-menu/v1'],
  ['contributor', 'free-rider', 'abstainer'],
  ['2029-01-01T00:00:00Z', '2031-06-30T23:59:59Z', '9999-12-30T22:00:00Z', '9999-12-31T00:00:00Z', '2028-02-29T00:00:00Z', '2027-02-29T00:00:00Z'],
];

/** Another value that is of the form: another id of the ledger, another number, another word. */
function sensible(value, ids, dice) {
  const { below, one } = dice;
  if (value === null) return one([one(ids), '0']);
  if (typeof value !== 'string') return other(value, [], { ...dice, chance: () => false });
  const words = WORDS.find((list) => list.includes(value) || (/^\d{4}-/.test(value) && /^\d{4}-/.test(list[0])));
  if (words !== undefined) return one(words.filter((word) => word !== value));
  if (/^[0-9a-f]{64}$/.test(value)) return below(6) === 0 ? null : one(ids);
  if (!DECIMAL.test(value)) return otherText(value, dice);
  const number = BigInt(value);
  return one([`${number + 1n}`, `${number > 0n ? number - 1n : 7n}`, `${number * 2n + 1n}`, '0', '1', `${(1n << 64n) - 1n}`, `${number / 2n}`]);
}

/** Changes one place of a document, chosen by kind first so that long lists do not take all. */
export function changed(document, dice, within = () => true, ids = []) {
  const all = places(document).filter(({ path }) => path.length > 0 && within(path));
  const shape = ({ path }) => path.map((name) => (/^\d+$/.test(name) ? '*' : name)).join('.');
  const chosen = dice.one([...new Set(all.map(shape))]);
  const { path, value } = dice.one(all.filter((place) => shape(place) === chosen));
  const alike = all.filter((place) => typeof place.value === 'string' && place.value !== value && place.value.length === (value?.length ?? 0));
  const made = ids.length > 0 && !dice.chance(4) ? sensible(value, ids, dice) : other(value, alike.map((place) => place.value), dice);
  return put(document, path, made);
}

/** The file, changed by whoever has it in hand. */
export function ofFile(bundle, dice) {
  let mutant = changed(bundle, dice);
  if (dice.chance(3)) mutant = changed(mutant, dice);
  const text = canonical(mutant);
  // Now and then in another spelling, or damaged.
  if (dice.chance(25)) return dice.one([` ${text}`, `${text}\n`, text.slice(0, -1), text.replace(':', ': '), text.replace('"', '"\\u0061'), text.replace('{', '{"a":null,')]);
  return text;
}

/** The settlement, changed by the operator, who signs log and entries again. */
export function ofOperator(bundle, drafts, keys, log, dice) {
  const [first, last] = [Number(bundle.range.first), Number(bundle.range.first) + bundle.range.entries.length - 1];
  const round = drafts[first].id;
  let copy = drafts.slice(0, last + 1).map((draft, index) => ({
    ...draft,
    isRound: index === first,
    isClose: draft.kind === 'close' && draft.payload.round === round,
    isSettlement: index === last,
    mend: true,
  }));
  const of = (draft) => draft.payload.round === round || draft.isRound;
  const rows = () => copy.filter((draft) => draft.kind === 'bid' && draft.payload.round === round).length;
  copy.forEach((draft) => Object.assign(draft, { rows }));
  let statement = bundle.statement;
  const ids = [...new Set(places([copy.map(({ id, payload, signers }) => [id, payload, signers]), bundle.statement]).map(({ value }) => value))].filter((value) => /^[0-9a-f]{64}$/.test(value));
  const needed = new Set(bundle.entries.map(({ index }) => Number(index)));
  const editable = () => copy.filter((draft, index) => of(draft) || needed.has(index));
  const edit = (draft) => {
    draft.payload = changed(draft.payload, dice, undefined, ids);
    draft.changed = true;
    if (draft.isClose || draft.isSettlement) draft.mend = false;
  };
  const ways = {
    statement: () => (statement = changed(statement, dice, undefined, ids)),
    outcome: () => (statement = changed(statement, dice, ([name]) => name === 'outcome' || name === 'public' || name === 'results' || name === 'z', ids)),
    payload: () => edit(dice.one(editable())),
    own: () => edit(dice.one(copy.filter(of))),
    proof: () => {
      const settlement = copy[copy.length - 1];
      settlement.over = changed({ circuit_key: settlement.payload.circuit_key, proof: settlement.payload.proof }, dice, undefined, ids);
      settlement.changed = true;
    },
    signers: () => {
      const draft = dice.one(editable());
      const others = [...keys.keys()];
      draft.signers = dice.one([draft.signers.slice(1), [...draft.signers, dice.one(others)], [dice.one(others)]]);
      draft.changed = true;
    },
    drop: () => {
      const draft = dice.one(copy.filter((draft) => of(draft) && !draft.isRound && !draft.isSettlement));
      copy = copy.filter((other) => other !== draft);
    },
    twice: () => {
      const at = copy.indexOf(dice.one(copy.filter((draft) => of(draft) && !draft.isSettlement && !draft.isRound)));
      copy.splice(dice.one([at, copy.length - 1]), 0, { ...copy[at], isClose: false });
    },
    swap: () => {
      const i = first + 1 + dice.below(copy.length - first - 2);
      [copy[i], copy[i + 1]] = [copy[i + 1], copy[i]];
    },
    kind: () => {
      const draft = dice.one(copy.filter(of));
      if (dice.chance(2)) draft.byte = dice.below(16);
      else draft.type = draft.type.replace(/[a-z]\.v1/, dice.one(['.v1', 'x.v1', 'd.v2', 'd.v01']));
      draft.changed = true;
    },
    time: () => {
      const draft = dice.one(copy.filter(of));
      draft.time = BigInt.asUintN(64, draft.time + dice.one([1n, -1n, 1n << 63n]));
      draft.changed = true;
    },
    key: () => {},
  };
  const chosen = dice.one(Object.keys(ways));
  ways[chosen]();
  const mutant = republish(bundle, copy, { keys, log, follow: !dice.chance(4), statement, amend: () => {} });
  if (chosen === 'key' && mutant.verifying_key !== null) mutant.verifying_key = changed({ key: mutant.verifying_key }, dice).key;
  return { way: chosen, text: canonical(mutant) };
}
