import { type Candidate, lineAround, viewAround } from './candidate.ts';
import { isForeign, satisfies } from './checksum.ts';
import { inExplanation, objectToCode, objectToIdentifier, roleAt } from './circumstances.ts';
import { companionOf } from './companion.ts';
import { type Excepts, makeExcepts, withRequired } from './conditions.ts';
import { doubtOf } from './doubt.ts';
import type { PackException } from './exception.ts';
import { type FileRole, namesTell, roleOf } from './fileRole.ts';
import { type Confidence, confidences, type Finding, type Host, type Kind, type Part, type Source } from './finding.ts';
import { firstIndex } from './firstIndex.ts';
import { objectToToken } from './jwt.ts';
import { literalValue, type Place, placeOf } from './lexer.ts';
import { variableOf } from './names.ts';
import {
  isPartlyInOrder,
  objectToEncodedText,
  objectToKnownExample,
  objectToName,
  objectToPlaceholder,
  objectToReference,
  objectToTemplate,
  objectToVariable,
} from './placeholder.ts';
import { entropy, looksRandom } from './rarity.ts';
import type { Rule } from './rulePack.ts';

/**
 * Makes findings of candidates: the most specific of those that overlap, if nothing speaks against it. Sorted and disjoint. Each step that
 * drops a candidate tells `drop` its reason, a sentence without the value.
 */
export type Judge = (source: Source, candidates: readonly Candidate[], drop?: Drop) => Finding[];

export type Drop = (candidate: Candidate, reason: string) => void;

export function makeJudge(rules: readonly Rule[], host: Host, exceptions: readonly PackException[] = []): Judge {
  const text = new TextEncoder();
  const sha256 = (value: string): string =>
    Array.from(host.sha256(text.encode(value)), byte => byte.toString(16).padStart(2, '0')).join('');
  const excepts = makeExcepts(rules, host, exceptions);
  return (source, candidates, drop) => {
    if (candidates.length === 0) return [];
    const role = roleOf(source.path);
    const bench = { source, role, host, sha256, byRule: candidatesByRule(candidates, rules), rules, excepts, drop };
    const admitted = candidates.filter(candidate => admits(bench, candidate));
    const complete = withRequired(source.text, admitted, rules, drop);
    const findings = mostSpecific(bench, complete)
      .sort((a, b) => a.start - b.start)
      .flatMap(candidate => judge(bench, candidate) ?? []);
    return withoutIds(findings);
  };
}

interface Bench {
  readonly source: Source;
  readonly role: FileRole;
  readonly host: Host;
  readonly sha256: (value: string) => string;
  /** The matches of each rule that completes another, by start. */
  readonly byRule: ReadonlyMap<string, readonly Candidate[]>;
  readonly rules: readonly Rule[];
  readonly drop: Drop | undefined;
  readonly excepts: Excepts;
}

function candidatesByRule(
  candidates: readonly Candidate[],
  rules: readonly Rule[],
): ReadonlyMap<string, readonly Candidate[]> {
  const byRule = new Map<string, Candidate[]>();
  for (const candidate of candidates) {
    const completing = rules[candidate.rule]?.pair?.rule;
    if (completing !== undefined) byRule.set(completing, []);
  }
  if (byRule.size > 0) for (const candidate of candidates) byRule.get(rules[candidate.rule]?.id ?? '')?.push(candidate);
  for (const list of byRule.values()) list.sort((a, b) => a.start - b.start);
  return byRule;
}

/** What a rule demands of its matches beside the pattern: words near, entropy, none of its exceptions. */
function admits({ source, role, rules, excepts, drop }: Bench, candidate: Candidate): boolean {
  const rule = rules[candidate.rule];
  if (rule === undefined) return false;
  if (candidate.inner) return true;
  if (candidate.generic && !namesTell(role)) {
    drop?.(candidate, namelessFile);
    return false;
  }
  const lone = lonely(source.text, candidate, rule);
  if (lone !== undefined) {
    drop?.(candidate, lone);
    return false;
  }
  const varied =
    rule.entropy === undefined || entropy(source.text.slice(candidate.start, candidate.end)) >= rule.entropy;
  if (!varied) drop?.(candidate, 'Too few different characters for a value that a machine has made.');
  if (!varied) return false;
  const excepted = excepts(source, candidate);
  if (excepted) drop?.(candidate, 'A rule pack makes an exception for it.');
  return !excepted;
}

export const namelessFile =
  'In a file of this kind (generated, locked, translated) a name does not tell what its value is.';

/** Why what stands around a value says too little for its form. */
function lonely(text: string, candidate: Candidate, { context, random }: Rule): string | undefined {
  const must = random === true || context.length > 0;
  if (!must || (context.length > 0 && hasContext(text, candidate, context))) return undefined;
  if (random === true) {
    if (looksRandom(text.slice(candidate.start, candidate.end))) return undefined;
    if (context.length === 0) return 'Other texts have this form too, and it does not look random.';
  }
  return `Its form alone says too little, and none of these words stands near: ${context.join(', ')}.`;
}

/** On the same line or the three above. */
function hasContext(text: string, candidate: Candidate, words: readonly string[]): boolean {
  let { start } = lineAround(text, candidate.start);
  for (let lines = 0; lines < 3 && start > 0 && text.charCodeAt(start - 1) === 10; lines++)
    start = lineAround(text, start - 1, 500).start;
  const near = text.slice(start, lineAround(text, candidate.end).end).toLowerCase();
  return words.some(word => near.includes(word));
}

/** Surest rule first, then the longest match, then the longest name beside it; what overlaps a better one is dropped. */
function mostSpecific({ rules, drop }: Bench, candidates: readonly Candidate[]): Candidate[] {
  const rank = (candidate: Candidate): number => {
    const rule = rules[candidate.rule];
    const confidence = candidate.confidence ?? rule?.confidence ?? 'low';
    const anybody = rule?.random === true && rule.provider === '';
    return (
      (candidate.inner ? 0.5 : 0) +
      (candidate.generic ? 10 : anybody ? 9 : 0) +
      (candidate.distinctive ? 0 : 4) +
      confidences.indexOf(confidence)
    );
  };
  const ranked = candidates
    .map(candidate => ({ candidate, rank: rank(candidate) }))
    .sort(
      (a, b) =>
        a.rank - b.rank ||
        b.candidate.end - b.candidate.start - (a.candidate.end - a.candidate.start) ||
        (b.candidate.named ?? 0) - (a.candidate.named ?? 0) ||
        a.candidate.rule - b.candidate.rule,
    );
  const taken: Candidate[] = [];
  for (const { candidate } of ranked) {
    const at = firstEndingAfter(taken, candidate.start);
    const next = taken[at];
    if (next === undefined || next.start >= candidate.end) {
      taken.splice(at, 0, candidate);
      continue;
    }
    // What is barely a provider's is surely a secret, when its name says so.
    if (candidate.generic && next.start === candidate.start && next.end === candidate.end)
      taken[at] = { ...next, ...(candidate.confidence !== undefined && { byName: candidate.confidence }) };
    drop?.(candidate, `Another rule says more about this text: ${rules[next.rule]?.id ?? ''}.`);
  }
  return taken;
}

/** Index of the first of a sorted, disjoint list that ends after `offset`. */
function firstEndingAfter(list: readonly Candidate[], offset: number): number {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((list[middle]?.end ?? 0) > offset) high = middle;
    else low = middle + 1;
  }
  return low;
}

function judge(bench: Bench, candidate: Candidate): Finding | undefined {
  const rule = bench.rules[candidate.rule];
  if (rule === undefined) return undefined;
  if (!rule.report) {
    bench.drop?.(candidate, 'It is an identifier or public by design: known, so that it is not taken for a secret.');
    return undefined;
  }
  const written = bench.source.text.slice(candidate.start, candidate.end);
  const view = viewAround(bench.source, candidate.start, candidate.end);
  const place = placeOf(view.source, candidate.start - view.base, candidate.end - view.base);
  const value = decoded(view.source, place, candidate.start - view.base, candidate.end - view.base) ?? written;
  const checked =
    rule.checksum === undefined || candidate.inner
      ? undefined
      : satisfies(rule.checksum, value, bench.host.sha256.bind(bench.host));
  const foreign = checked === false && isForeign(rule.checksum ?? '', value);
  const objection = foreign
    ? 'Its words are not those of which such phrases are made.'
    : checked === true || candidate.inner
      ? undefined
      : objectTo(bench, candidate, place, value);
  if (objection !== undefined) {
    bench.drop?.(candidate, objection);
    return undefined;
  }
  const doubtful = checked !== true && isPartlyInOrder(value);
  const role = roleAt(bench.source, bench.role, candidate.start);
  const explained = inExplanation(view.source, place, candidate.start - view.base);
  const assigned = candidate.assigned ?? place.assigned;
  const own = [...candidate.parts, ...pairOf(bench, candidate, rule)];
  const parts = [...own, ...companionsOf(bench, candidate, rule, own)].sort((a, b) => a.start - b.start);
  const kind = candidate.kind ?? rule.kind;
  const provider = candidate.provider ?? rule.provider;
  const loose = isLoose(candidate, rule);
  const { start } = candidate;
  const doubt =
    checked === true
      ? undefined
      : doubtOf({ source: bench.source, start, value, assigned, comment: place.comment, loose });
  const title = candidate.title ?? rule.title;
  const evidence = [
    ...(candidate.evidence.length > 0 ? candidate.evidence : [`It has the form of: ${title}.`]),
    ...(checked === undefined
      ? []
      : [checked ? 'Its checksum is right: its provider made it.' : 'Its checksum is wrong: it may be invented.']),
    ...(doubtful ? ['Much of it is typed in order: it may be an example.'] : []),
    ...(assigned === '' ? [] : [`It is assigned to \`${assigned.slice(0, 80)}\`.`]),
    ...(parts.some(part => part.role === 'id') ? ['The id that belongs to it stands near.'] : []),
    ...roleEvidence(role, place),
    ...(explained ? ['It stands in a text that explains the program.'] : []),
    ...(doubt === undefined ? [] : [doubt]),
  ];
  return {
    rule: rule.id,
    title,
    provider,
    kind,
    confidence:
      doubt !== undefined || (explained && candidate.distinctive !== true) || (loose && role !== bench.role)
        ? 'low'
        : confidenceOf(candidate, rule, doubtful ? false : checked),
    severity: rule.severity,
    start: candidate.start,
    end: candidate.end,
    assigned,
    variable: variableOf(assigned, { provider, purpose: candidate.purpose ?? purposeOf(kind, title, provider) }),
    parts,
    evidence: evidence.filter(sentence => !reveals(sentence, written) && !reveals(sentence, value)),
    fingerprint: bench.host.fingerprint(value),
    guessable: checked !== true && candidate.distinctive !== true && !(looksRandom(value) && value.length >= 16),
    ...(candidate.expires !== undefined && { expires: candidate.expires }),
  };
}

/** Nothing about the value itself speaks for it: a name, or a place in an address, a connection string, a command or a statement. */
function isLoose(candidate: Candidate, rule: Rule): boolean {
  if (candidate.generic === true || rule.structure === 'connectionString' || rule.structure === 'url') return true;
  return rule.kind === 'password' && rule.provider === '' && candidate.distinctive !== true;
}

/** Escapes undone, when the value is the whole of a literal. */
function decoded(source: Source, place: Place, start: number, end: number): string | undefined {
  const { literal } = place;
  if (literal === undefined || literal.contentStart !== start || literal.contentEnd !== end) return undefined;
  return literalValue(source, literal);
}

function objectTo(bench: Bench, candidate: Candidate, place: Place, value: string): string | undefined {
  if (value.startsWith('-----BEGIN')) return undefined;
  const rule = bench.rules[candidate.rule];
  const strict = candidate.generic === true || rule?.structure !== undefined;
  const reference = candidate.distinctive === true ? objectToTemplate(value) : objectToReference(value);
  // What a team describes it wants to see, made up or not: its pack has an allow list.
  if (rule?.foreign === true) return reference;
  const placeholder = reference ?? objectToPlaceholder(value, strict) ?? objectToKnownExample(value, bench.sha256);
  if (placeholder !== undefined || candidate.distinctive === true) return placeholder;
  return objectToOrdinary(bench, candidate, place, value);
}

/** Of a value whose own form does not tell whose it is. */
function objectToOrdinary(bench: Bench, candidate: Candidate, place: Place, value: string): string | undefined {
  const { source, rules } = bench;
  const rule = rules[candidate.rule];
  const structure = rule?.structure;
  if (structure === 'pem' || structure === 'jwt') return undefined;
  const bare = structure === 'url' ? undefined : objectToCode(source, place, candidate, value);
  const standIn = bare ?? objectToVariable(value) ?? objectToEncodedText(value);
  if (standIn !== undefined) return standIn;
  // A person's password may well be a word, where a command or a statement takes one.
  const chosen = rule?.kind === 'password' && rule.provider === '';
  if (structure === undefined) return chosen || /\d{3}|\s/.test(value) ? undefined : objectToName(value);
  if (candidate.generic !== true) return undefined;
  const token = objectToToken(value);
  if (token !== undefined) return token;
  return objectToIdentifier(candidate.assigned ?? place.assigned, value);
}

function confidenceOf(candidate: Candidate, rule: Rule, checked: boolean | undefined): Confidence {
  if (checked === true) return 'certain';
  const { byName } = candidate;
  const own = candidate.confidence ?? rule.confidence;
  if (byName === 'medium' && checked === undefined && rule.structure === undefined && own === 'low') return byName;
  // A recogniser that has read the whole value is surer than its rule; a team's lower word counts.
  if (own === 'certain' && rule.confidence === 'high') return own;
  const surest = confidences.indexOf(rule.confidence) > confidences.indexOf(own) ? rule.confidence : own;
  return checked === false && surest !== 'low' ? 'medium' : surest;
}

/** Of a value that its provider's name alone gives away: the user or id that stands near, when no rule knows its form. */
function companionsOf({ source }: Bench, candidate: Candidate, rule: Rule, parts: readonly Part[]): readonly Part[] {
  if (candidate.named === undefined || parts.length > 0) return [];
  const companion = companionOf(
    source.text,
    { name: rule.title, start: candidate.start, end: candidate.end },
    rule.kind === 'password' ? 'password' : 'secret',
  );
  return companion === undefined ? [] : [companion];
}

/** An id that completes a secret is part of its finding, and none of its own. */
function withoutIds(findings: Finding[]): Finding[] {
  const ids = new Set<string>();
  for (const { parts } of findings)
    for (const { role, start, end } of parts) if (role === 'id') ids.add(`${start} ${end}`);
  return ids.size === 0 ? findings : findings.filter(({ start, end }) => !ids.has(`${start} ${end}`));
}

/** The nearest match of the rule that completes this one, five lines away at most. */
function pairOf({ source, byRule }: Bench, candidate: Candidate, rule: Rule): Part[] {
  const { pair } = rule;
  if (pair === undefined) return [];
  const distance = (other: Candidate): number => Math.max(other.start - candidate.end, candidate.start - other.end);
  const others = byRule.get(pair.rule) ?? [];
  const near: Candidate[] = [];
  for (let i = firstStartingAt(others, candidate.start - farthestPair); i < others.length; i++) {
    const other = others[i];
    if (other === undefined || other.start >= candidate.end + pairReach) break;
    if (distance(other) >= 0 && distance(other) < pairReach) near.push(other);
  }
  const best = near.sort((a, b) => distance(a) - distance(b))[0];
  if (best === undefined) return [];
  const between = source.text.slice(Math.min(best.end, candidate.end), Math.max(best.start, candidate.start));
  return between.split('\n').length > 6 ? [] : [{ role: pair.role, start: best.start, end: best.end }];
}

const pairReach = 600;
/** How far before a secret what completes it may begin. */
const farthestPair = pairReach + 4096;

/** Index of the first of a list sorted by start that starts at or after `offset`. */
function firstStartingAt(list: readonly Candidate[], offset: number): number {
  return firstIndex(list.length, index => (list[index]?.start ?? 0) >= offset);
}

/** What the value is for, when no name says it: `github token`. */
function purposeOf(kind: Kind, title: string, provider: string): string {
  const words = {
    token: 'token',
    password: 'password',
    certificate: 'certificate',
    'connection string': 'connection password',
  };
  const noun = kind === 'key' ? (/\bapi\b/i.test(title) ? 'api key' : 'key') : words[kind];
  return `${provider === '' && kind !== 'password' ? title : provider} ${noun}`.toLowerCase();
}

function roleEvidence(role: FileRole, place: Place): string[] {
  const where: Partial<Record<FileRole, string>> = {
    test: 'It stands in a test.',
    example: 'It stands in an example.',
    documentation: 'It stands in a document.',
    vendored: 'It stands in the code of somebody else.',
  };
  const sentence = where[role];
  return [...(place.comment ? ['It stands in a comment.'] : []), ...(sentence === undefined ? [] : [sentence])];
}

/** Ten characters in a row of the value would stand in a message. */
function reveals(sentence: string, value: string): boolean {
  if (value.length < 10) return value.length > 3 && sentence.includes(value);
  for (let i = 0; i + 10 <= value.length && i < 2000; i++) if (sentence.includes(value.slice(i, i + 10))) return true;
  return false;
}
