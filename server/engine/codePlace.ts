import type { Span } from './cursor.ts';
import type { Edit, Source } from './finding.ts';
import { Neighbours, type Site, usesOf, writtenOf } from './rewriteSite.ts';
import type { Spans } from './spans.ts';

/** A bracket around a literal, and the dotted name before it; empty. */
export interface Around {
  readonly sign: string;
  readonly start: number;
  readonly commas: number;
  readonly callee: string;
}

/** Where a literal of a program stands, asked in the words that the languages' rules are written in. */
export class Place {
  readonly site: Site;
  readonly near: Neighbours;
  /** What stands before the literal on its line. */
  readonly line: string;
  #around: readonly Around[] | undefined;

  constructor(site: Site) {
    this.site = site;
    this.near = new Neighbours(site);
    this.line = this.near.lineBefore(site.first.anchor);
  }

  get source(): Source {
    return this.site.source;
  }

  get text(): string {
    return this.site.source.text;
  }

  get spans(): Spans {
    return this.site.spans;
  }

  get literal(): Span {
    return this.site.first;
  }

  /** The values as they are written, one after the other. */
  get written(): string {
    return writtenOf(this.site);
  }

  /** The brackets around the literal in its statement, innermost first. */
  get around(): readonly Around[] {
    this.#around ??= this.#brackets();
    return this.#around;
  }

  #brackets(): readonly Around[] {
    const found: Around[] = [];
    let bracket = this.near.enclosing();
    while (bracket && found.length < 12) {
      found.push({ ...bracket, callee: this.near.callee(bracket.start).text });
      bracket = this.near.enclosing(bracket.start);
    }
    return found;
  }

  /** The last part of the name of what is called with the literal as an argument; empty. */
  get called(): string {
    const [inner] = this.around;
    return inner?.sign === '(' ? (/\w+$/.exec(inner.callee)?.[0] ?? '') : '';
  }

  /** The last character or operator before the literal, and the first behind it. */
  get before(): string {
    return this.near.before.text;
  }

  get after(): string {
    return this.near.after.text;
  }

  /** Whether what follows stands on the literal's last line. */
  get followedOnLine(): boolean {
    const { after } = this.near;
    return after.kind !== 'start' && !this.text.slice(this.site.last.end, after.start).includes('\n');
  }

  /** Whether what precedes stands on the literal's first line. */
  get precededOnLine(): boolean {
    const { before } = this.near;
    return before.kind !== 'start' && !this.text.slice(before.end, this.site.first.anchor).includes('\n');
  }

  /** The name that a declaration or an assignment before the literal gives to it. */
  get assigned(): string | undefined {
    return /(\w+)\s*(?::[^=;{}]*)?(?::?=)\s*$/.exec(this.line)?.[1];
  }

  /** The code of the statement before `at`, four hundred units at most. */
  statementBefore(at: number): string {
    const head = this.text.slice(Math.max(0, at - 400), at);
    return head.slice(Math.max(head.lastIndexOf(';'), head.lastIndexOf('{'), head.lastIndexOf('}')) + 1);
  }

  /** What stands before a use, on its line. */
  lineBefore(at: number): string {
    return this.near.lineBefore(at);
  }

  /** Where `name` is used elsewhere than in the declaration that the literal stands in. */
  usesOf(name: string): readonly number[] {
    const declared = this.site.first.start - this.line.length;
    return usesOf(this.spans, name).filter(at => at < declared || at > this.site.last.end);
  }
}

/** The annotation (`@Name(...)`) that the literal is an argument of. */
export function annotationAround({ around, text }: Place): string | undefined {
  for (const { sign, start } of around) {
    const name = sign === '(' ? /@(?:\w+:)?([\w.]+)\s*$/.exec(text.slice(Math.max(0, start - 120), start)) : null;
    if (name) return name[1];
  }
  return undefined;
}

/** Whether `at` stands among the arguments of an annotation, as far as its line and the two before tell. */
export function isInAnnotation(text: string, at: number): boolean {
  return /@(?:\w+:)?[\w.]+\s*\([^()]*(?:\([^()]*\)[^()]*)*(?:\w+\s*\([^()]*)?$/.test(
    text.slice(Math.max(0, at - 300), at),
  );
}

/** A word before the literal on its line, changed: what made it a constant. */
export function changedWord(place: Place, word: RegExp, text: string): readonly Edit[] {
  const match = word.exec(place.line);
  if (!match) return [];
  const start = place.site.first.start - place.line.length + match.index;
  return [{ start, end: start + match[0].length, text }];
}
