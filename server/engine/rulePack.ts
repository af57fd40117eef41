import { checksums } from './checksum.ts';
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
import { compilePattern, type Pattern, readPattern } from './pattern.ts';

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
  /** RE2 syntax. The value is the group named `secret`, else the first group, else the whole match. Empty for a structural rule. */
  readonly pattern: string;
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
  /** Known so that it is not mistaken for something else; never a finding (public by design, identifiers). */
  readonly report: boolean;
  readonly expires: string;
  /** Where its owner rotates or revokes it. */
  readonly rotate: string;
  readonly documentation: string;
  /** `true` for a rule out of a workspace: it may be hostile. */
  readonly foreign: boolean;
}

export const structures = ['pem', 'jwt', 'url', 'connectionString', 'assignment'] as const;
export type Structure = (typeof structures)[number];

/** Accepts findings of some rules in some files. Globs are minimatch's, relative to the workspace folder. */
export interface Allow {
  readonly paths: readonly string[];
  readonly rules: readonly string[];
  readonly reason: string;
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

/** A place in the pack, as the keys and indices that lead to it: `['rules', 3, 'pattern']`. */
export interface PackProblem {
  readonly path: readonly (string | number)[];
  readonly message: string;
  readonly severity: 'error' | 'warning';
}

type Path = readonly (string | number)[];
type Entry = Readonly<Record<string, unknown>>;

const packKeys = ['rules', 'disable', 'allow'];
const allowKeys = ['paths', 'rules', 'reason'];
const ruleKeys = [
  ...['id', 'name', 'description', 'kind', 'provider', 'keywords', 'pattern', 'confidence', 'severity', 'examples'],
  ...[
    'names',
    'words',
    'structure',
    'checksum',
    'entropy',
    'context',
    'random',
    'pair',
    'report',
    'expires',
    'rotate',
    'documentation',
  ],
];

const most = { rules: 2000, list: 1000, word: 100, text: 2000, pattern: 4000 };

/** Total: keeps every good rule and says what is wrong with the others. `foreign` marks a workspace's pack. */
export function readRulePack(
  value: unknown,
  foreign: boolean,
): { readonly pack: RulePack; readonly problems: readonly PackProblem[] } {
  const reader = new Reader();
  const rules: Rule[] = [];
  const changes: RuleChange[] = [];
  const empty = { rules, changes, disable: [], allow: [] };
  if (value === undefined || value === null) return { pack: empty, problems: reader.problems };
  const top = reader.map(value, [], packKeys, 'A rule pack is a map with the keys `rules`, `disable` and `allow`.');
  if (top === undefined) return { pack: empty, problems: reader.problems };
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
  return {
    pack: {
      rules,
      changes,
      disable: reader.words(top.disable, ['disable']),
      allow: readAllow(reader, top.allow),
    },
    problems: reader.problems,
  };
}

/** With its pattern read, so that nobody who loads it has to. */
export function compileRule(rule: Rule): Rule {
  const compiled = rule.pattern === '' ? undefined : compilePattern(rule.pattern);
  return compiled ? { ...rule, compiled } : rule;
}

type ReadRule =
  | { readonly kind: 'rule'; readonly rule: Rule }
  | { readonly kind: 'change'; readonly change: RuleChange };

function readRule(reader: Reader, value: unknown, path: Path, foreign: boolean): ReadRule | undefined {
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
    rule: { ...describe(reader, entry, path, id), ...match, ...choices, ...demands(reader, entry, path), foreign },
  };
}

const severityHint = (word: unknown): string =>
  word === 'off' || word === false ? ' To switch a rule off, list its id under `disable`.' : '';

function readId(reader: Reader, entry: Entry, path: Path): string | undefined {
  const id = entry.id;
  if (typeof id === 'string' && /^[a-z0-9*?][a-z0-9._*?-]{0,99}$/i.test(id)) return id;
  const message = 'A rule needs an `id` of letters, digits, `-`, `.` and `_`, at most 100 characters.';
  reader.error('id' in entry ? [...path, 'id'] : path, message);
  return undefined;
}

/** Keywords that the pack leaves out are read out of the pattern: what must stand in every match. */
function readMatch(reader: Reader, entry: Entry, path: Path): Pick<Rule, 'pattern' | 'keywords' | 'named'> | undefined {
  const pattern = entry.pattern;
  const place = [...path, 'pattern'];
  if (typeof pattern !== 'string' || pattern === '' || pattern.length > most.pattern) {
    reader.error(place, `A pattern is a text of 1 to ${most.pattern} characters in RE2 syntax.`);
    return undefined;
  }
  const read = readPattern(pattern);
  if (read.kind === 'problem') {
    reader.error(place, `This pattern is not RE2 syntax: ${read.message} (at character ${read.offset + 1}).`);
    return undefined;
  }
  if (read.pattern.shortest === 0) {
    reader.error(place, 'This pattern matches the empty text: let it demand at least one character.');
    return undefined;
  }
  if (entry.names !== undefined || entry.words !== undefined) {
    const names = readNames(reader, entry.names, [...path, 'names']);
    const words = readNames(reader, entry.words, [...path, 'words']);
    if (names.length + words.length > 0) return { pattern, keywords: [...names, ...words], named: { words } };
  }
  const keywords = readPlain(reader, entry.keywords, [...path, 'keywords']);
  if (keywords.length > 0) return { pattern, keywords };
  if (read.pattern.literals.length === 0) {
    reader.warn(
      place,
      'Nothing in this pattern is a fixed text, so it is tried on every character of every file up to 1 MB: give the rule `keywords`.',
    );
  }
  return { pattern, keywords: read.pattern.literals };
}

function readPlain(reader: Reader, value: unknown, path: Path): string[] {
  return reader.words(value, path).filter((word, index) => {
    const plain = /^[\0-\x7f]+$/.test(word);
    if (!plain) reader.warn([...path, index], 'A keyword holds only ASCII characters: this one is never met.');
    return plain;
  });
}

/** A name of several words, split by `_`, in the ways that people write it: `newrelic`, `new_relic`, `new-relic`, `new relic`. */
function readNames(reader: Reader, value: unknown, path: Path): string[] {
  return readPlain(reader, value, path).flatMap(name => {
    const words = name.toLowerCase().split('_');
    return words.length === 1 ? words : ['', '_', '-', ' '].map(joint => words.join(joint));
  });
}

function describe(
  reader: Reader,
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
function demands(reader: Reader, entry: Entry, path: Path): Pick<Rule, 'checksum' | 'entropy' | 'random' | 'pair'> {
  const checksum = reader.choice(entry.checksum, [...path, 'checksum'], checksums);
  const entropy = entry.entropy;
  const good = typeof entropy === 'number' && entropy >= 0 && entropy <= 8;
  if (entropy !== undefined && !good)
    reader.warn([...path, 'entropy'], 'An entropy is a number from 0 to 8 (bits per character): it is left out.');
  for (const key of ['report', 'random'])
    if (key in entry && typeof entry[key] !== 'boolean') reader.warn([...path, key], `\`${key}\` is true or false.`);
  const pair = readPair(reader, entry.pair, [...path, 'pair']);
  return {
    ...(checksum && { checksum }),
    ...(good && { entropy }),
    ...(entry.random === true && { random: true }),
    ...(pair && { pair }),
  };
}

function readPair(reader: Reader, value: unknown, path: Path): Rule['pair'] {
  if (value === undefined) return undefined;
  const entry = reader.map(value, path, ['rule', 'role'], 'A pair is a map with `rule` (an id) and `role`.');
  const role = entry && (reader.choice(entry.role, [...path, 'role'], partRoles) ?? 'id');
  if (entry && typeof entry.rule === 'string' && role) return { rule: entry.rule, role };
  if (entry) reader.error([...path, 'rule'], 'A pair names the id of the other rule.');
  return undefined;
}

/** A list of texts, or `match` and `miss` recipes: only their form counts here. */
function readExamples(reader: Reader, value: unknown, path: Path): void {
  if (value === undefined || value === null) return;
  if (Array.isArray(value)) {
    if (value.some(example => typeof example !== 'string')) reader.warn(path, 'Examples are texts.');
    return;
  }
  const entry = reader.map(value, path, ['match', 'miss'], 'Examples are a list of texts.');
  for (const key of ['match', 'miss']) if (entry) reader.list(entry[key], [...path, key], most.list);
}

function readAllow(reader: Reader, value: unknown): Allow[] {
  return reader.list(value, ['allow'], most.list).flatMap((item, index) => {
    const path = ['allow', index];
    const entry = reader.map(item, path, allowKeys, 'An allow entry is a map with `paths`, `rules` and `reason`.');
    if (entry === undefined) return [];
    const paths = reader.words(entry.paths, [...path, 'paths']);
    const rules = reader.words(entry.rules, [...path, 'rules']);
    if (paths.length === 0 && rules.length === 0) {
      reader.error(
        path,
        'An allow entry names `paths`, `rules` or both: this one would accept everything, so it counts for nothing.',
      );
      return [];
    }
    return [{ paths, rules, reason: reader.text(entry.reason, [...path, 'reason']) }];
  });
}

/** Reads values of unknown shape and gathers what is wrong with them. */
class Reader {
  readonly problems: PackProblem[] = [];

  error(path: Path, message: string): void {
    this.#say({ path, message, severity: 'error' });
  }

  warn(path: Path, message: string): void {
    this.#say({ path, message, severity: 'warning' });
  }

  #say(problem: PackProblem): void {
    if (this.problems.length < most.list) this.problems.push(problem);
  }

  map(value: unknown, path: Path, keys: readonly string[], message: string): Entry | undefined {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      this.error(path, message);
      return undefined;
    }
    const entry: Record<string, unknown> = Object.create(null);
    for (const [key, item] of Object.entries(value)) {
      if (!keys.includes(key))
        this.warn([...path, key], `Unknown key \`${shorten(key)}\`: known are ${keys.join(', ')}.`);
      else if (item !== undefined && item !== null) entry[key] = item;
    }
    return entry;
  }

  list(value: unknown, path: Path, longest: number): readonly unknown[] {
    if (value === undefined) return [];
    if (!Array.isArray(value)) {
      this.error(path, `\`${path.at(-1)}\` is a list.`);
      return [];
    }
    if (value.length > longest)
      this.error(path, `\`${path.at(-1)}\` has more than ${longest} entries: the rest is left out.`);
    return value.slice(0, longest);
  }

  /** A list of short texts; a single text counts as a list of one. */
  words(value: unknown, path: Path): string[] {
    return this.list(typeof value === 'string' ? [value] : value, path, most.list).flatMap((word, index) => {
      if (typeof word === 'string' && word !== '' && word.length <= most.word * 10) return [word];
      this.error([...path, index], `This is a text of 1 to ${most.word * 10} characters.`);
      return [];
    });
  }

  text(value: unknown, path: Path): string {
    if (value === undefined) return '';
    if (typeof value === 'string' && value.length <= most.text) return value.trim();
    this.warn(path, `\`${path.at(-1)}\` is a text of at most ${most.text} characters: it is left out.`);
    return '';
  }

  choice<T extends string>(
    value: unknown,
    path: Path,
    words: readonly T[],
    hint?: (value: unknown) => string,
  ): T | undefined {
    if (value === undefined) return undefined;
    const word = words.find(item => item === value);
    if (word === undefined)
      this.error(path, `\`${path.at(-1)}\` is one of: ${words.join(', ')}.${hint?.(value) ?? ''}`);
    return word;
  }
}

const shorten = (text: string): string => (text.length > 40 ? `${text.slice(0, 40)}…` : text);
