import type { FindingPlace, MoveAllCandidate, StoreChoice } from '../server/protocol/messages.ts';

/* What the prompts of a move decide, without an editor. */

/** What a command's title promises. Where this host has no keychain, the editor's secret storage stands in for it. */
export type MoveFamily = 'keychain' | 'vault' | 'other';

const familyStores: Record<Exclude<MoveFamily, 'other'>, readonly string[]> = {
  keychain: ['keychain', 'secretStorage'],
  vault: ['vault'],
};

/** The stores of a family: `other` is every one beside keychain and vault. */
export function storesOf(stores: readonly StoreChoice[], family: MoveFamily): readonly StoreChoice[] {
  if (family !== 'other') return familyStores[family].flatMap(id => stores.filter(store => store.id === id));
  const named = Object.values(familyStores).flat();
  return stores.filter(store => !named.includes(store.id));
}

/** The first usable store of the family; else the first, whose `problem` says why not; undefined when none is offered. */
export function chooseStore(stores: readonly StoreChoice[], family: MoveFamily): StoreChoice | undefined {
  const offered = storesOf(stores, family);
  return offered.find(store => store.problem === '') ?? offered[0];
}

/** A message, or undefined when the name can be used. */
export function validateName(text: string, taken: readonly string[]): string | undefined {
  const name = text.trim();
  if (name === '') return 'Type a name, for example STRIPE_API_KEY.';
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) {
    return 'Use letters, digits and _ only, and do not begin with a digit.';
  }
  if (taken.includes(name)) return `${name} already holds another value. Choose another name.`;
  return undefined;
}

/** A message, or undefined for a real date (YYYY-MM-DD) after today, and for nothing at all. */
export function validateDate(text: string, now: Date = new Date()): string | undefined {
  const date = text.trim();
  if (date === '') return undefined;
  const time = /^\d{4}-\d\d-\d\d$/.test(date) ? Date.parse(`${date}T00:00:00Z`) : Number.NaN;
  if (Number.isNaN(time) || new Date(time).toISOString().slice(0, 10) !== date) {
    return 'Write the date as YYYY-MM-DD, or leave it empty.';
  }
  return time <= now.getTime() ? 'Choose a day in the future, or leave it empty.' : undefined;
}

export function todayPlus(days: number, now: Date = new Date()): string {
  return new Date(now.getTime() + days * 86_400_000).toISOString().slice(0, 10);
}

/** `copies` are the other places, as `path:line`. The first choice, which Enter takes, is all of them. */
export function copiesChoice(
  copies: readonly string[],
): readonly { readonly label: string; readonly detail?: string; readonly everywhere: boolean }[] {
  const files = new Set(copies.map(copy => copy.replace(/:\d+(:\d+)?$/, '')));
  const places = copies.length + 1;
  const shown = copies.slice(0, 4).join(', ');
  const more = copies.length > 4 ? `, and ${copies.length - 4} more` : '';
  return [
    {
      label: `All ${places} places`,
      detail: `Also ${shown}${more}${files.size > 1 ? ` (${files.size} other files)` : ''}`,
      everywhere: true,
    },
    { label: 'Only this one', everywhere: false },
  ];
}

/** Where a candidate of an earlier list stands now; undefined when it is gone, for an earlier move took this copy too. */
export function nextCandidate(
  candidates: readonly MoveAllCandidate[],
  wanted: MoveAllCandidate,
): MoveAllCandidate | undefined {
  return candidates.find(
    candidate =>
      candidate.uri === wanted.uri &&
      (wanted.fingerprint === undefined
        ? candidate.name === wanted.name && candidate.label === wanted.label
        : candidate.fingerprint === wanted.fingerprint),
  );
}

/** The place that a code action or a row of the inventory gives; undefined for anything else. */
export function readPlace(argument: unknown): FindingPlace | undefined {
  if (typeof argument !== 'object' || argument === null) return undefined;
  const place = 'row' in argument ? argument.row : argument;
  if (typeof place !== 'object' || place === null || !('uri' in place) || !('range' in place)) return undefined;
  const version = 'version' in place ? place.version : undefined;
  if (typeof place.uri !== 'string' || place.uri === '' || !isRange(place.range)) return undefined;
  const fingerprint = 'fingerprint' in place && typeof place.fingerprint === 'string' ? place.fingerprint : undefined;
  return {
    uri: place.uri,
    version: typeof version === 'number' ? version : null,
    range: place.range,
    ...(fingerprint === undefined ? {} : { fingerprint }),
  };
}

/** The document that a code action names. */
export function readUri(argument: unknown): string | undefined {
  if (typeof argument !== 'object' || argument === null || !('uri' in argument)) return undefined;
  return typeof argument.uri === 'string' && argument.uri !== '' ? argument.uri : undefined;
}

function isRange(value: unknown): value is FindingPlace['range'] {
  if (typeof value !== 'object' || value === null || !('start' in value) || !('end' in value)) return false;
  return isPosition(value.start) && isPosition(value.end);
}

function isPosition(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || !('line' in value) || !('character' in value)) return false;
  return typeof value.line === 'number' && typeof value.character === 'number';
}
