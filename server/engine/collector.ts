import { recogniseAssignment, unitsAfterWord } from './assignment.ts';
import { maskOf } from './border.ts';
import { recogniseCallArgument } from './callArgument.ts';
import {
  type Candidate,
  type Hit,
  type Recognised,
  type Recogniser,
  type Reject,
  recogniserKeywords,
} from './candidate.ts';
import { recogniseConnectionString, recogniseUrl } from './connection.ts';
import { compileFiles } from './exception.ts';
import { namesTell, roleOf } from './fileRole.ts';
import type { Certificate, Host, Source } from './finding.ts';
import { recogniseJwt } from './jwt.ts';
import { languageOf } from './lexer.ts';
import { type Approach, admits, anywhere, type Match, type Matcher, makeMatcher } from './matcher.ts';
import { type Name, type NamedValue, unitsAfterName, valuesNear } from './named.ts';
import { recognisePem } from './pem.ts';
import { buildPrefilter } from './prefilter.ts';
import type { Rule, Structure } from './rulePack.ts';

export interface Collected {
  readonly candidates: readonly Candidate[];
  readonly certificates: readonly Certificate[];
}

const recognisers: Readonly<Record<Structure, Recogniser>> = {
  pem: recognisePem,
  jwt: recogniseJwt,
  url: recogniseUrl,
  connectionString: recogniseConnectionString,
  assignment: recogniseAssignment,
  callArgument: recogniseCallArgument,
};

/** A rule matches so often in one text at most: what comes after would help nobody. */
export const mostMatches = 10_000;
/** A rule without keywords is tried on texts up to this length. */
export const mostUnfiltered = 1_000_000;

/** A part of a text. */
export interface Stretch {
  readonly from: number;
  readonly to: number;
}

export type Collector = (source: Source, stretch?: Stretch, reject?: Reject) => Collected;

/** What the rules' patterns and structures match around the keywords that end in the stretch (all of the text, when none is given), in no order. */
export function makeCollector(rules: readonly Rule[], host: Host): Collector {
  const keywords = rules.flatMap((rule, owner) => keywordsOf(rule).map(word => ({ word: word.toLowerCase(), owner })));
  const owners = Int32Array.from(keywords, keyword => keyword.owner);
  const prefilter = buildPrefilter(keywords.map(keyword => keyword.word));
  const unfiltered = rules.flatMap((rule, index) => (rule.pattern !== '' && rule.keywords.length === 0 ? [index] : []));
  const matchers = new Map<number, Matcher | undefined>();
  const matcherOf = (rule: number): Matcher | undefined => {
    if (!matchers.has(rule)) {
      const source = rules[rule];
      matchers.set(rule, source && makeMatcher(source));
    }
    return matchers.get(rule);
  };
  const files = new Map(
    rules.flatMap((rule, index) => (rule.files ? [[index, compileFiles(rule.files)] as const] : [])),
  );
  const leads: (Lead | undefined)[] = keywords.map(() => undefined);
  const leadOf = (keyword: number): Lead => {
    const lead = followed(keywords[keyword]?.word ?? '', owners[keyword] ?? 0);
    leads[keyword] = lead;
    if (lead.strictest) prefilter.narrow(keyword, lead.strictest.mask, lead.strictest.at);
    return lead;
  };
  const followed = (word: string, index: number): Lead => {
    const rule = rules[index];
    const matcher = matcherOf(index);
    const approach = (rule && asName(rule, word)) ?? matcher?.approach(word) ?? anywhere;
    const name = rule?.named === undefined ? 'none' : rule.named.words.includes(word) ? 'ordinary' : 'own';
    return { rule: index, structure: rule?.structure, name, matcher, ...approach };
  };
  return (source, stretch = { from: 0, to: source.text.length }, reject) => {
    const run = new Run(host, source, matcherOf, files, reject);
    const { text } = source;
    prefilter.scan(text, stretch.from, stretch.to, (keyword, start, end) => {
      const lead = leads[keyword] ?? leadOf(keyword);
      if (lead.guards === undefined || admits(lead.guards, text, start)) run.meet(lead, start, end);
    });
    if (source.text.length <= mostUnfiltered) for (const rule of unfiltered) run.seek(rule, stretch);
    return run.finish();
  };
}

/** What to do at a keyword. Made when it is first met. */
interface Lead extends Approach {
  readonly rule: number;
  readonly structure: Structure | undefined;
  /** A name of the rule's provider, beside which values stand; an `ordinary` one is a word of every day as well. */
  readonly name: 'none' | 'own' | 'ordinary';
  readonly matcher: Matcher | undefined;
}

/** Of a keyword that is a name, or part of one: what must follow, so that it is no part of another word. */
function asName({ named, structure }: Rule, word: string): Approach | undefined {
  if (named === undefined && structure !== 'assignment') return undefined;
  const units = named ? unitsAfterName(word, named.words.includes(word)) : unitsAfterWord(word);
  return { ...anywhere, strictest: { mask: maskOf(units), at: word.length } };
}

/** What announces a rule's matches. */
export function keywordsOf(rule: Rule): readonly string[] {
  return rule.structure !== undefined && rule.keywords.length === 0
    ? recogniserKeywords[rule.structure]
    : rule.keywords;
}

/** Programs whose values stand without quotes as well. */
const wordValues: ReadonlySet<string> = new Set(['shell', 'dockerfile', 'makefile', 'batch']);

/** What one rule has done in one text. */
interface Progress {
  /** Nothing before this offset is looked at again. */
  next: number;
  /** The window that is open: keywords close to each other share one. */
  from: number;
  to: number;
  matches: number;
}

/** One pass over one text. */
class Run {
  readonly #host: Host;
  readonly #source: Source;
  readonly #matcherOf: (rule: number) => Matcher | undefined;
  readonly #files: ReadonlyMap<number, (path: string) => boolean>;
  readonly #progress = new Map<number, Progress>();
  /** One for all keywords: a text has many. */
  readonly #hit: { -readonly [Key in keyof Hit]: Hit[Key] };
  readonly #named: boolean;
  readonly #candidates: Candidate[] = [];
  readonly #certificates: Certificate[] = [];

  constructor(
    host: Host,
    source: Source,
    matcherOf: (rule: number) => Matcher | undefined,
    files: ReadonlyMap<number, (path: string) => boolean>,
    reject: Reject | undefined,
  ) {
    this.#files = files;
    this.#host = host;
    this.#source = source;
    const language = languageOf(source);
    const code = language.code && !wordValues.has(language.id);
    const quotes = code || language.id === 'json';
    this.#hit = { source, rule: 0, start: 0, end: 0, pairs: new Map(), code, quotes, reject };
    this.#named = namesTell(roleOf(source.path));
    this.#matcherOf = matcherOf;
  }

  meet(lead: Lead, start: number, end: number): void {
    const { rule, structure, matcher } = lead;
    const progress = this.#progressOf(rule);
    if (progress.matches >= mostMatches) return;
    if (structure !== undefined) {
      if (start >= progress.next && (this.#named || structure !== 'assignment'))
        this.#recognise(structure, rule, progress, start, end);
      return;
    }
    if (matcher === undefined) return;
    if (lead.name !== 'none') {
      progress.matches += this.#lookBeside(rule, matcher, { start, end, ordinary: lead.name === 'ordinary' });
      return;
    }
    if (lead.leaps.length > 0) {
      for (const leap of lead.leaps)
        if (start - leap >= progress.next) this.#tryAt(rule, matcher, progress, start - leap);
      return;
    }
    const [from, to] = matcher.window(start, end);
    if (from <= progress.to) {
      progress.to = Math.max(progress.to, to);
      return;
    }
    this.#close(rule, progress);
    progress.from = from;
    progress.to = to;
  }

  /** A name of the rule's provider stands there. */
  #lookBeside(rule: number, matcher: Matcher, name: Name): number {
    let values: readonly NamedValue[] = [];
    this.#host.enter(rule);
    try {
      values = valuesNear(this.#source.text, name, matcher);
    } finally {
      this.#host.enter(-1);
    }
    for (const { start, end, tight } of values) {
      const doubt = name.ordinary && !tight ? { confidence: 'low' as const } : {};
      this.#candidates.push({ rule, start, end, parts: [], evidence: [], named: name.end - name.start, ...doubt });
    }
    return values.length;
  }

  #tryAt(rule: number, matcher: Matcher, progress: Progress, start: number): void {
    this.#host.enter(rule);
    try {
      this.#keep(rule, progress, matcher.matchAt(this.#source.text, start));
    } finally {
      this.#host.enter(-1);
    }
  }

  /** A rule that no keyword announces. */
  seek(rule: number, { from, to }: Stretch): void {
    const progress = this.#progressOf(rule);
    progress.from = from;
    progress.to = to;
  }

  finish(): Collected {
    for (const [rule, progress] of this.#progress) this.#close(rule, progress);
    return { candidates: this.#candidates, certificates: this.#certificates };
  }

  #progressOf(rule: number): Progress {
    const known = this.#progress.get(rule);
    if (known !== undefined) return known;
    // In files that are not its own a rule has done all it may.
    const fresh = { next: 0, from: 0, to: -1, matches: this.#looksAt(rule) ? 0 : mostMatches };
    this.#progress.set(rule, fresh);
    return fresh;
  }

  #looksAt(rule: number): boolean {
    const test = this.#files.get(rule);
    if (test === undefined) return true;
    this.#host.enter(rule);
    try {
      return test(this.#source.path);
    } finally {
      this.#host.enter(-1);
    }
  }

  #recognise(structure: Structure, rule: number, progress: Progress, start: number, end: number): void {
    const hit = this.#hit;
    hit.rule = rule;
    hit.start = start;
    hit.end = end;
    let found: Recognised | undefined;
    this.#host.enter(rule);
    try {
      found = recognisers[structure](hit, this.#host);
    } finally {
      this.#host.enter(-1);
    }
    if (found === undefined) return;
    progress.next = Math.max(progress.next, found.next);
    progress.matches += found.candidates.length;
    for (const candidate of found.candidates) this.#candidates.push(candidate);
    if (found.certificates !== undefined) this.#certificates.push(...found.certificates);
  }

  #close(rule: number, progress: Progress): void {
    const matcher = this.#matcherOf(rule);
    if (matcher === undefined || progress.to < 0) return;
    let from = Math.max(progress.from, progress.next);
    while (from < progress.to && progress.matches < mostMatches) {
      let match: Match | undefined;
      this.#host.enter(rule);
      try {
        match = matcher.matchIn(this.#source.text, from, progress.to);
      } finally {
        this.#host.enter(-1);
      }
      if (match === undefined) break;
      this.#keep(rule, progress, match);
      from = Math.max(match.next, from + 1);
    }
    progress.to = -1;
  }

  #keep(rule: number, progress: Progress, match: Match | undefined): void {
    if (match === undefined) return;
    progress.matches++;
    progress.next = match.next;
    const { start, end, around, parts, distinctive } = match;
    this.#candidates.push({ rule, start, end, around, parts, evidence: [], distinctive });
  }
}
