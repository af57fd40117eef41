import { checksums } from './checksum.ts';
import * as exception from './exception.ts';
import {
  type Confidence,
  confidences,
  type Kind,
  kinds,
  type PartRole,
  partRoles,
  type Severity,
  severities,
} from './finding.ts';
import { exceptionKeys, isCount, readException, readExpression, readPlain, surroundings } from './packConditions.ts';
import { type Entry, most, PackReader, type Path, type PackProblem as Problem } from './packReader.ts';
import { compilePattern, type Pattern } from './pattern.ts';

/** A rule as a detector takes it: every field filled. The YAML form is documented in rules/rulePack.schema.json. */
export interface Rule {
  readonly id: string;
  readonly title: string;
  /** What the credential can do, in a sentence. */
  readonly description: string;
  readonly provider: string;
  readonly kind: Kind;
  readonly confidence: Confidence;
  readonly severity: Severity;
  /** Literal texts (any case) one of which stands in every match or close before it. */
  readonly keywords: readonly string[];
  /** One of the keywords stands anywhere in the text, and not always in the match. */
  readonly keywordsAnywhere?: true;
  /** RE2 syntax. The value is the group named `secret`, else the first group, else the whole match. Empty for a structural rule. */
  readonly pattern: string;
  /** The group that holds the value, when it is not the one that `pattern` says. */
  readonly group?: number;
  /** The pattern read ahead, by the build. */
  readonly compiled?: Pattern;
  /** A recogniser of the engine instead of a pattern. */
  readonly structure?: Structure;
  /** The keywords are the provider's names, beside which the value stands that the pattern describes; `words` are those that mean other things too. */
  readonly named?: { readonly words: readonly string[] };
  /** Offline checksum that the value must satisfy: a name of checksum.ts. */
  readonly checksum?: string;
  /** Least Shannon entropy of the value, bits per character. */
  readonly entropy?: number;
  /** Words one of which must stand near (same line or the three lines above); in lower case. */
  readonly context: readonly string[];
  /** Its form is common: where no word of `context` stands near, the value must look as a machine makes it. */
  readonly random?: boolean;
  /** Another rule whose match close by completes this one. */
  readonly pair?: { readonly rule: string; readonly role: PartRole };
  /** Other rules that must match as well, or this one counts for nothing. */
  readonly require?: readonly exception.Requirement[];
  /** Completes others and is never a finding by itself. */
  readonly component?: true;
  /** RE2 syntax: only files with such a path are looked at. */
  readonly files?: readonly string[];
  /** What is no finding of this rule. */
  readonly except?: readonly exception.Exception[];
  /** Known so that it is not mistaken for something else; never a finding (public by design, identifiers). */
  readonly report: boolean;
  readonly expires: string;
  /** Where its owner rotates or revokes it. */
  readonly rotate: string;
  readonly documentation: string;
  /** `true` for a rule out of a workspace: it may be hostile. */
  readonly foreign: boolean;
}

export const structures = ['pem', 'jwt', 'url', 'connectionString', 'assignment', 'callArgument'] as const;
export type Structure = (typeof structures)[number];

/** Accepts findings of some rules in some files. Globs are minimatch's, relative to the workspace folder. */
export interface Allow {
  readonly paths: readonly string[];
  readonly rules: readonly string[];
  readonly reason: string;
  /** What must be true of the text as well. */
  readonly where?: exception.Exception;
}

/** What a pack changes in rules of earlier packs. */
export interface RuleChange {
  /** An id or a glob over ids. */
  readonly id: string;
  readonly severity?: Severity;
  readonly confidence?: Confidence;
}

export interface RulePack {
  readonly rules: readonly Rule[];
  readonly changes: readonly RuleChange[];
  readonly disable: readonly string[];
  readonly allow: readonly Allow[];
}

const packKeys = ['rules', 'disable', 'allow'];
export type PackException = exception.PackException;
export const { patternOfGlob } = exception;

/** A place in the pack, and what is wrong there. */
export type PackProblem = Problem;

const allowKeys = ['paths', 'rules', 'reason', ...exceptionKeys];
const ruleKeys = [
  ...['id', 'name', 'description', 'kind', 'provider', 'keywords', 'pattern', 'confidence', 'severity', 'examples'],
  ...['names', 'words', 'structure', 'checksum', 'entropy', 'context', 'random', 'pair', 'report', 'expires', 'rotate'],
  ...['documentation', 'group', 'keywordsAnywhere', 'files', 'except', 'require', 'component'],
];

/** Total: keeps every good rule and says what is wrong with the others. `foreign` marks a workspace's pack. */
export function readRulePack(
  value: unknown,
  foreign: boolean,
): {
  readonly pack: RulePack;
  readonly problems: readonly PackProblem[];
  /** For each entry of `pack.allow` its number in the text. */
  readonly allowAt: readonly number[];
} {
  const reader = new PackReader();
  const rules: Rule[] = [];
  const changes: RuleChange[] = [];
  const empty = { rules, changes, disable: [], allow: [] };
  if (value === undefined || value === null) return { pack: empty, problems: reader.problems, allowAt: [] };
  const top = reader.map(value, [], packKeys, 'A rule pack is a map with the keys `rules`, `disable` and `allow`.');
  if (top === undefined) return { pack: empty, problems: reader.problems, allowAt: [] };
  const seen = new Set<string>();
  reader.list(top.rules, ['rules'], most.rules).forEach((entry, index) => {
    const read = readRule(reader, entry, ['rules', index], foreign);
    if (read === undefined) return;
    if (read.kind === 'change') changes.push(read.change);
    else if (seen.has(read.rule.id))
      reader.error(
        ['rules', index, 'id'],
        `Another rule of this pack has the id \`${read.rule.id}\`: give each its own.`,
      );
    else rules.push(read.rule);
    if (read.kind === 'rule') seen.add(read.rule.id);
  });
  const allowed = readAllow(reader, top.allow);
  return {
    pack: {
      rules,
      changes,
      disable: reader.words(top.disable, ['disable']),
      allow: allowed.map(({ allow }) => allow),
    },
    problems: reader.problems,
    allowAt: allowed.map(({ index }) => index),
  };
}

/** With its pattern read, so that nobody who loads it has to. */
export function compileRule(rule: Rule): Rule {
  const compiled = rule.pattern === '' ? undefined : compilePattern(rule.pattern, rule.group);
  return compiled ? { ...rule, compiled } : rule;
}

type ReadRule =
  | { readonly kind: 'rule'; readonly rule: Rule }
  | { readonly kind: 'change'; readonly change: RuleChange };

function readRule(reader: PackReader, value: unknown, path: Path, foreign: boolean): ReadRule | undefined {
  const entry = reader.map(value, path, ruleKeys, 'A rule is a map with at least `id` and `pattern`.');
  if (entry === undefined) return undefined;
  const id = readId(reader, entry, path);
  if (id === undefined) return undefined;
  const severity = reader.choice(entry.severity, [...path, 'severity'], severities, severityHint);
  const confidence = reader.choice(entry.confidence, [...path, 'confidence'], confidences);
  const structure = reader.choice(entry.structure, [...path, 'structure'], structures);
  if (!('pattern' in entry) && structure === undefined) {
    if (severity !== undefined || confidence !== undefined) {
      return { kind: 'change', change: { id, ...(severity && { severity }), ...(confidence && { confidence }) } };
    }
    if (!('severity' in entry || 'confidence' in entry)) {
      reader.error(
        path,
        'A rule needs a `pattern`; to change a rule of an earlier pack, give its `id` and a `severity` or `confidence`.',
      );
    }
    return undefined;
  }
  if (/[*?]/.test(id)) {
    reader.error([...path, 'id'], 'A rule that has a pattern needs an id of its own, without `*` and `?`.');
    return undefined;
  }
  const match =
    structure === undefined
      ? readMatch(reader, entry, path)
      : { pattern: '', keywords: reader.words(entry.keywords, [...path, 'keywords']) };
  if (match === undefined) return undefined;
  const choices = { ...(severity && { severity }), ...(confidence && { confidence }), ...(structure && { structure }) };
  return {
    kind: 'rule',
    rule: {
      ...describe(reader, entry, path, id),
      ...{ ...match, ...choices },
      ...demands(reader, entry, path),
      ...surroundings(reader, entry, path),
      foreign,
    },
  };
}

const severityHint = (word: unknown): string =>
  word === 'off' || word === false ? ' To switch a rule off, list its id under `disable`.' : '';

function readId(reader: PackReader, entry: Entry, path: Path): string | undefined {
  const id = entry.id;
  if (typeof id === 'string' && /^[a-z0-9*?][a-z0-9._*?-]{0,99}$/i.test(id)) return id;
  const message = 'A rule needs an `id` of letters, digits, `-`, `.` and `_`, at most 100 characters.';
  reader.error('id' in entry ? [...path, 'id'] : path, message);
  return undefined;
}

/** Keywords that the pack leaves out are read out of the pattern: what must stand in every match. */
function readMatch(
  reader: PackReader,
  entry: Entry,
  path: Path,
): Pick<Rule, 'pattern' | 'group' | 'keywords' | 'keywordsAnywhere' | 'named'> | undefined {
  const { pattern, group } = entry;
  const place = [...path, 'pattern'];
  if (group !== undefined && !isCount(group))
    reader.error([...path, 'group'], 'A `group` is the number of a group of the pattern; 0 is the whole match.');
  const chosen = isCount(group) ? { group } : undefined;
  const read = readExpression(reader, pattern, place, most.pattern, chosen?.group);
  if (read === undefined) return undefined;
  if (read.shortest === 0) {
    reader.error(place, 'This pattern matches the empty text: let it demand at least one character.');
    return undefined;
  }
  if (entry.names !== undefined || entry.words !== undefined) {
    const names = readNames(reader, entry.names, [...path, 'names']);
    const words = readNames(reader, entry.words, [...path, 'words']);
    if (names.length + words.length > 0)
      return { pattern: String(pattern), ...chosen, keywords: [...names, ...words], named: { words } };
  }
  const keywords = readPlain(reader, entry.keywords, [...path, 'keywords']);
  if (keywords.length > 0) {
    const anywhere =
      reader.flag(entry.keywordsAnywhere, [...path, 'keywordsAnywhere']) && !inEveryMatch(read, keywords);
    return { pattern: String(pattern), ...chosen, keywords, ...(anywhere && { keywordsAnywhere: true }) };
  }
  if (read.literals.length === 0) {
    reader.warn(
      place,
      'Nothing in this pattern is a fixed text, so it is tried on every character of every file up to 1 MB: give the rule `keywords`.',
    );
  }
  return { pattern: String(pattern), ...chosen, keywords: read.literals };
}

/** Whether no match lacks a keyword: then it is enough to look around the keywords. */
export function inEveryMatch({ literals }: Pattern, keywords: readonly string[]): boolean {
  const lower = keywords.map(keyword => keyword.toLowerCase());
  return literals.length > 0 && literals.every(literal => lower.some(keyword => literal.includes(keyword)));
}

/** A name of several words, split by `_`, in the ways that people write it: `newrelic`, `new_relic`, `new-relic`, `new relic`. */
function readNames(reader: PackReader, value: unknown, path: Path): string[] {
  return readPlain(reader, value, path).flatMap(name => {
    const words = name.toLowerCase().split('_');
    return words.length === 1 ? words : ['', '_', '-', ' '].map(joint => words.join(joint));
  });
}

function describe(
  reader: PackReader,
  entry: Entry,
  path: Path,
  id: string,
): Omit<Rule, 'pattern' | 'keywords' | 'foreign'> {
  readExamples(reader, entry.examples, [...path, 'examples']);
  const text = (key: string): string => reader.text(entry[key], [...path, key]);
  const link = (key: string): string => {
    const address = text(key);
    if (address === '' || /^https?:\/\/[^\s<>"]+$/.test(address)) return address;
    reader.warn([...path, key], 'This is no web address (https://…): it is left out.');
    return '';
  };
  return {
    id,
    title: text('name') || id,
    description: text('description'),
    provider: text('provider'),
    kind: reader.choice(entry.kind, [...path, 'kind'], kinds) ?? 'token',
    confidence: 'high',
    severity: 'warning',
    context: reader.words(entry.context, [...path, 'context']).map(word => word.toLowerCase()),
    report: entry.report !== false,
    expires: text('expires'),
    rotate: link('rotate'),
    documentation: link('documentation'),
  };
}

/** What a value must fulfil beside its pattern. */
function demands(reader: PackReader, entry: Entry, path: Path): Pick<Rule, 'checksum' | 'entropy' | 'random' | 'pair'> {
  const checksum = reader.choice(entry.checksum, [...path, 'checksum'], checksums);
  const entropy = entry.entropy;
  const good = typeof entropy === 'number' && entropy >= 0 && entropy <= 8;
  if (entropy !== undefined && !good)
    reader.warn([...path, 'entropy'], 'An entropy is a number from 0 to 8 (bits per character): it is left out.');
  for (const key of ['report', 'random']) reader.flag(entry[key], [...path, key]);
  const pair = readPair(reader, entry.pair, [...path, 'pair']);
  return {
    ...(checksum && { checksum }),
    ...(good && { entropy }),
    ...(entry.random === true && { random: true }),
    ...(pair && { pair }),
  };
}

function readPair(reader: PackReader, value: unknown, path: Path): Rule['pair'] {
  if (value === undefined) return undefined;
  const entry = reader.map(value, path, ['rule', 'role'], 'A pair is a map with `rule` (an id) and `role`.');
  const role = entry && (reader.choice(entry.role, [...path, 'role'], partRoles) ?? 'id');
  if (entry && typeof entry.rule === 'string' && role) return { rule: entry.rule, role };
  if (entry) reader.error([...path, 'rule'], 'A pair names the id of the other rule.');
  return undefined;
}

/** A list of texts, or `match` and `miss` recipes: only their form counts here. */
function readExamples(reader: PackReader, value: unknown, path: Path): void {
  if (value === undefined || value === null) return;
  if (Array.isArray(value)) {
    if (value.some(example => typeof example !== 'string')) reader.warn(path, 'Examples are texts.');
    return;
  }
  const entry = reader.map(value, path, ['match', 'miss'], 'Examples are a list of texts.');
  for (const key of ['match', 'miss']) if (entry) reader.list(entry[key], [...path, key], most.list);
}

function readAllow(reader: PackReader, value: unknown): { readonly allow: Allow; readonly index: number }[] {
  return reader.list(value, ['allow'], most.list).flatMap((item, index) => {
    const path = ['allow', index];
    const entry = reader.map(item, path, allowKeys, 'An allow entry is a map with `paths`, `rules` and `reason`.');
    if (entry === undefined) return [];
    const paths = reader.words(entry.paths, [...path, 'paths']);
    const rules = reader.words(entry.rules, [...path, 'rules'], most.rules);
    if (paths.length === 0 && rules.length === 0 && !exceptionKeys.some(key => key in entry)) {
      reader.error(
        path,
        'An allow entry names `paths`, `rules` or what it is about: this one would accept everything, so it counts for nothing.',
      );
      return [];
    }
    const where = readException(reader, entry, path);
    if (where === undefined && exceptionKeys.some(key => key in entry)) return [];
    const reason = reader.text(entry.reason, [...path, 'reason']);
    return [{ allow: { paths, rules, reason, ...(where && { where }) }, index }];
  });
}
