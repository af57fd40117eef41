import { isWordCode, lineStartAt, type Range, type Span, type Surroundings } from './cursor.ts';
import type { Spans } from './spans.ts';
import { tupleNames } from './tupleNames.ts';

export const nowhere: Surroundings = {
  assigned: '',
  name: { start: 0, end: 0 },
  callee: '',
  argument: -1,
  compared: false,
};

export interface Token {
  readonly kind: 'word' | 'literal' | 'sign' | 'start';
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** How many tokens are looked at on the way. */
const mostTokens = 200;

export const joins: ReadonlySet<string> = new Set(['+', '..', '&', '++', '<>', '%']);
export const assigns: ReadonlySet<string> = new Set([
  '=',
  ':=',
  '+=',
  '||=',
  '??=',
  '?=',
  '.=',
  '<-',
  '<<-',
  '//=',
  '&&=',
  '::=',
]);
export const compares: ReadonlySet<string> = new Set(['==', '===', '!=', '!==', '=~', '!~', '~=', '/=', '=/=', '=:=']);
export const falls: ReadonlySet<string> = new Set(['||', '??', '?:', '//', 'or']);
const operators: ReadonlySet<string> = new Set([
  ...joins,
  ...assigns,
  ...compares,
  ...falls,
  ':',
  '=>',
  '->',
  '?',
  '.',
  '::',
  '>',
  '<',
  '>=',
  '<=',
  '&&',
  '!',
  '-',
  '*',
  '/',
  '|',
]);

const silentWords: ReadonlySet<string> = new Set(
  (
    'return in of case throw else and or not import from yield await typeof new echo print puts printf println where when then is as ' +
    'do if while until unless export require include use using package namespace select values into with default lambda raise assert del elif const let var'
  ).split(' '),
);

export interface Bracket {
  readonly sign: string;
  readonly start: number;
  /** Commas between the bracket and where the search began, at the same level. */
  readonly commas: number;
}

interface Name extends Range {
  readonly text: string;
  /** Where the whole left side begins. */
  readonly outerStart: number;
}

/** White space, or the backslash before a line end that only joins two lines. */
function isBlank(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  return code <= 32 || (code === 92 && /[\r\n]/.test(text.charAt(at + 1)));
}

/** Letters, digits and the signs of `a.b`, `a?.b`, `a!.b`, `a::b`, `a->b`, `a-b`, `$a`. */
function isChainCode(code: number): boolean {
  return (
    isWordCode(code) ||
    code === 46 ||
    code === 36 ||
    code === 58 ||
    code === 63 ||
    code === 33 ||
    code === 45 ||
    code === 62
  );
}

/** Walks tokens backwards inside the text, or the hole, that a literal stands in. */
export class BackwardReader {
  readonly text: string;
  readonly syntaxId: string;
  readonly dotJoins: boolean;
  readonly #spans: Spans;
  readonly #lowest: number;
  #left: number;

  constructor(spans: Spans, span: Span, most = mostTokens) {
    this.#spans = spans;
    this.#left = most;
    this.text = spans.text;
    this.syntaxId = spans.syntax.id;
    this.dotJoins = spans.syntax.id === 'php' || spans.syntax.id === 'perl';
    const parent = spans.parentOf(span);
    const hole = parent?.holes.find(({ start, end }) => start <= span.start && span.end <= end);
    this.#lowest = hole
      ? hole.start + (/^[$#\\@]?[{(]?/.exec(spans.text.slice(hole.start, hole.start + 2))?.[0].length ?? 0)
      : 0;
  }

  before(at: number): Token {
    const { text } = this;
    let position = at;
    for (;;) {
      while (position > this.#lowest && isBlank(text, position - 1)) position--;
      if (position <= this.#lowest || this.#left-- <= 0)
        return { kind: 'start', start: position, end: position, text: '' };
      const span = this.#spans.at(position - 1);
      if (span && span.start >= this.#lowest && (span.comment || span.end === position)) {
        if (!span.comment) return { kind: 'literal', start: span.start, end: span.end, text: '' };
        position = span.start;
        continue;
      }
      return isWordCode(text.charCodeAt(position - 1)) ? this.#word(position) : this.#sign(position);
    }
  }

  #word(end: number): Token {
    let start = end - 1;
    while (start > this.#lowest && isWordCode(this.text.charCodeAt(start - 1))) start--;
    return { kind: 'word', start, end, text: this.text.slice(start, end) };
  }

  #sign(end: number): Token {
    for (let length = 4; length > 1; length--) {
      const start = end - length;
      if (start >= this.#lowest && operators.has(this.text.slice(start, end)))
        return { kind: 'sign', start, end, text: this.text.slice(start, end) };
    }
    return { kind: 'sign', start: end - 1, end, text: this.text.charAt(end - 1) };
  }

  /** Where the operand that ends before `at` begins: a literal, a chain of names, a call. */
  operandStart(at: number): number {
    let position = at;
    for (let steps = 0; steps < 60; steps++) {
      const token = this.before(position);
      if (token.kind === 'start') return position;
      if (token.kind === 'sign' && (token.text === ')' || token.text === ']' || token.text === '}'))
        position = this.#matching(token.start);
      else if (token.kind === 'sign') return position;
      else position = token.start;
      const link = this.before(position);
      if (
        link.kind === 'sign' &&
        (link.text === '.' || link.text === '::' || link.text === '->' || link.text === '$' || link.text === '@')
      )
        position = link.start;
      else if (link.kind !== 'word' || token.kind !== 'sign' || link.end !== position) return position;
    }
    return position;
  }

  /** The opening bracket of the closing one at `closeAt`. */
  #matching(closeAt: number): number {
    let depth = 1;
    let position = closeAt;
    while (depth > 0) {
      const token = this.before(position);
      if (token.kind === 'start') return position;
      position = token.start;
      if (token.kind !== 'sign') continue;
      if (token.text === ')' || token.text === ']' || token.text === '}') depth++;
      else if (token.text === '(' || token.text === '[' || token.text === '{') depth--;
    }
    return position;
  }

  /** The bracket that is open at `at`. */
  enclosing(at: number): Bracket | undefined {
    let commas = 0;
    let position = at;
    for (;;) {
      const token = this.before(position);
      if (token.kind === 'start') return undefined;
      position = token.start;
      if (token.kind !== 'sign') continue;
      if (token.text === ')' || token.text === ']' || token.text === '}') position = this.#matching(token.start);
      else if (token.text === ',') commas++;
      else if (token.text === ';') return undefined;
      else if (token.text === '(' || token.text === '[' || token.text === '{')
        return { sign: token.text, start: token.start, commas };
    }
  }

  /** The assignment whose values, without brackets, go on at `at`, and how many of them stand before. */
  openList(at: number): { readonly assignedAt: number; readonly index: number } | undefined {
    let index = 0;
    let position = at;
    for (let steps = 0; steps < 60; steps++) {
      const token = this.before(position);
      position = token.start;
      if (token.kind === 'word' && silentWords.has(token.text)) return undefined;
      if (token.kind === 'start' || '([{;:'.includes(token.text || ' ')) return undefined;
      if (assigns.has(token.text)) return { assignedAt: token.start, index };
      if (token.text === ',') index++;
      else if (token.kind === 'sign' && ')]}'.includes(token.text)) position = this.#matching(token.start);
    }
    return undefined;
  }

  /** The names that get values by position before the assignment's sign at `at`. */
  namesBefore(at: number): readonly Name[] | undefined {
    const from = Math.max(this.#lowest, lineStartAt(this.text, at), at - 300);
    const tuple = tupleNames(this.text.slice(from, at), this.syntaxId);
    if (!tuple) return undefined;
    const outerStart = from + tuple.start;
    // In a call `a, b = "..."` is an argument behind another one.
    const around = tuple.open ? this.enclosing(outerStart) : undefined;
    if (around?.sign === '[') return undefined;
    if (around?.sign === '(' && !/^(?:var|const)$/.test(this.before(around.start).text)) return undefined;
    return tuple.names.map(({ text, start, end }) => {
      return { text, start: from + start, end: from + end, outerStart };
    });
  }

  /** The dotted name that `(` at `at` calls. */
  calleeBefore(at: number): Name | undefined {
    const token = this.before(at);
    if (!(token.kind === 'word' || '>!?'.includes(token.text))) return undefined;
    const lowest = Math.max(this.#lowest, at - 160);
    const before = this.text.slice(token.kind === 'word' ? this.#chainStart(token.end, lowest) : lowest, at);
    const match = /([\w$]+(?:(?:\??\.|::|->)[\w$]+)*)[!?]?(?:<[^<>()]{0,60}>)?[ \t]*$/.exec(before);
    if (!match?.[1] || silentWords.has(match[1])) return undefined;
    const start = at - (before.length - match.index);
    const name = match[1].replace(/\?\./g, '.').replace(/::|->/g, '.');
    let outerStart = start;
    while (outerStart > this.#lowest && /[[\]*&@$.]/.test(this.text.charAt(outerStart - 1))) outerStart--;
    return { text: name, start: outerStart, end: start + match[1].length, outerStart };
  }

  /** The name on the left side of what stands at `at`. */
  nameBefore(at: number, assignment: boolean): Name | undefined {
    const typed = assignment ? this.#typedName(at) : undefined;
    if (typed) return typed;
    const token = this.before(at);
    if (token.kind === 'literal') {
      const content = this.contentOf(token);
      return content && { ...content, outerStart: token.start };
    }
    if (token.kind === 'sign' && token.text === ']') return this.#indexed(token);
    if (token.kind === 'sign' && token.text === '}') {
      const accessors = this.syntaxId === 'csharp' ? this.before(this.#matching(token.start)) : undefined;
      if (accessors?.kind === 'word') return this.#chain(accessors.end);
      const inner = this.before(token.start);
      return inner.kind === 'word'
        ? { text: inner.text, start: inner.start, end: inner.end, outerStart: this.operandStart(at) }
        : undefined;
    }
    if (token.kind === 'sign' && /[?!]/.test(token.text)) return this.nameBefore(token.start, assignment);
    return token.kind === 'word' ? this.#chain(token.end) : undefined;
  }

  /** Where what a chain of names may consist of begins. An expression that is anchored at its end alone would try every place before it. */
  #chainStart(end: number, lowest: number): number {
    let start = end;
    while (start > lowest && isChainCode(this.text.charCodeAt(start - 1))) start--;
    return Math.max(start, lowest);
  }

  #chain(end: number): Name | undefined {
    const before = this.text.slice(this.#chainStart(end, Math.max(this.#lowest, end - 200)), end);
    const hyphens = /^(?:clojure|html|javascript|typescriptreact|terraform|toml)$/.test(this.syntaxId);
    const pattern = hyphens ? /[\w$]+(?:(?:\??\.|::|->|-)[\w$]+)*$/ : /[\w$]+(?:!?(?:\??\.|::|->)[\w$]+)*$/;
    const match = pattern.exec(before);
    if (!match) return undefined;
    const start = end - match[0].length;
    const name = match[0]
      .replace(/!?\??\.|::|->/g, '.')
      .replace(/^\$/, '')
      .replace(/^(?:this|self|cls)\./, '');
    return { text: name, start: end - name.length, end, outerStart: start };
  }

  #indexed(close: Token): Name | undefined {
    const inner = this.before(close.start);
    if (inner.kind === 'sign' && inner.text === '[') return this.nameBefore(inner.start, false);
    const open = this.#matching(close.start);
    if (inner.kind === 'word' && /^\d*$/.test(inner.text)) return this.nameBefore(open, false);
    const content = inner.kind === 'literal' ? this.contentOf(inner) : inner.kind === 'word' ? inner : undefined;
    if (!content) return undefined;
    const object = this.before(open);
    const chain = object.kind === 'word' ? this.#chain(object.end) : undefined;
    const text = chain && !/env(?:iron)?$/i.test(chain.text) ? `${chain.text}.${content.text}` : content.text;
    return { text, start: content.start, end: content.end, outerStart: chain?.outerStart ?? open };
  }

  /** `name: Type =` and `var name type =`. */
  #typedName(at: number): Name | undefined {
    const from = Math.max(this.#lowest, lineStartAt(this.text, at), at - 240);
    const before = this.text.slice(from, at);
    const pattern = this.syntaxId === 'go' ? goTyped : colonTyped.has(this.syntaxId) ? colonType : undefined;
    const match = pattern?.exec(before);
    if (!match?.[1]) return undefined;
    const start = from + match.index + match[0].indexOf(match[1]);
    return { text: match[1], start, end: start + match[1].length, outerStart: start };
  }

  contentOf(token: Token): (Range & { text: string }) | undefined {
    const span = this.#spans.at(token.start);
    if (!span || span.interpolated) return undefined;
    return {
      text: this.text.slice(span.contentStart, span.contentEnd),
      start: span.contentStart,
      end: span.contentEnd,
    };
  }

  /** Whether the `:` at `at` belongs to `condition ? a : b`. */
  ternary(at: number): boolean {
    if (
      !/^(?:javascript|typescript|typescriptreact|java|c|csharp|php|ruby|dart|groovy|swift|perl|terraform)$/.test(
        this.syntaxId,
      )
    )
      return false;
    const start = this.operandStart(at);
    return this.before(start).text === '?';
  }

  /** Where the condition of the conditional whose `:` stands at `at` begins. */
  ternaryStart(at: number): number {
    let position = this.before(this.operandStart(at)).start;
    for (let steps = 0; steps < 40; steps++) {
      const token = this.before(position);
      if (token.kind === 'start') return position;
      if (
        token.kind === 'sign' &&
        (assigns.has(token.text) || '([{,;'.includes(token.text) || token.text === '=>' || token.text === ':')
      )
        return position;
      if (token.kind === 'word' && silentWords.has(token.text)) return position;
      position = token.kind === 'sign' && token.text === ')' ? this.#matching(token.start) : token.start;
    }
    return position;
  }

  /** Whether the bracket at `at` begins an object, a map or a list instead of a block. */
  opensObject(at: number): boolean {
    const token = this.before(at);
    if (token.kind === 'start') return this.syntaxId !== 'c';
    if (token.kind === 'sign')
      return !(token.text === ')' || token.text === ';' || token.text === '}' || token.text === '=>');
    return (
      token.kind === 'word' &&
      !/^(?:else|do|try|finally|class|struct|interface|enum)$/.test(token.text) &&
      this.objectStart(at) !== at
    );
  }

  /** The type before a struct's or collection's bracket belongs to it: `Config{...}`, `new Foo {...}`, `map[string]string{...}`. */
  objectStart(at: number): number {
    const token = this.before(at);
    if (token.kind !== 'word' || !/^(?:go|csharp|rust|swift|c|scala|kotlin)$/.test(this.syntaxId)) return at;
    const match = /(?:\bnew\s+)?[&*]?(?:map\[\w+\]|\[\]|[\w.]+::)*[\w.]+\s*$/.exec(
      this.text.slice(Math.max(this.#lowest, at - 120), at),
    );
    return match ? at - match[0].length : at;
  }

  /** `name{"..."}` of C++. */
  braceName(at: number): Surroundings {
    const token = this.before(at);
    if (this.syntaxId !== 'c' || token.kind !== 'word') return nowhere;
    const name = this.#chain(token.end);
    return name ? { ...nowhere, assigned: name.text, name } : nowhere;
  }

  /** `password "..."`, `IDENTIFIED BY '...'`, `:name "..."`, `-Password "..."`: a word and its value on one line. */
  commandName(token: Token, at: number): Surroundings {
    if (silentWords.has(token.text.toLowerCase()) || this.text.slice(token.end, at).includes('\n')) {
      return this.syntaxId === 'sql' && /^by$/i.test(token.text) ? sqlPassword(token) : nowhere;
    }
    if (this.syntaxId === 'sql' && /^(?:by|user|role|as)$/i.test(token.text))
      return /^by$/i.test(token.text) ? sqlPassword(token) : nowhere;
    const name = this.#chain(token.end);
    return name ? { ...nowhere, assigned: name.text, name } : nowhere;
  }

  /** `"..." == password`, `"...".equals(password)`. */
  comparedAfter(end: number): Surroundings | undefined {
    const match =
      /^\s{0,20}(?:===?|!==?|\.(?:equals|equalsIgnoreCase|contentEquals|compareTo)\s?\()\s{0,20}([\w$.]{0,100})/.exec(
        this.text.slice(end, end + 160),
      );
    if (!match) return undefined;
    const name = match[1] ?? '';
    const start = end + match[0].length - name.length;
    return { ...nowhere, assigned: name, name: { start, end: start + name.length }, compared: true };
  }
}

function sqlPassword(token: Token): Surroundings {
  return { ...nowhere, assigned: 'password', name: { start: token.start, end: token.end } };
}

const colonTyped: ReadonlySet<string> = new Set([
  'typescript',
  'typescriptreact',
  'python',
  'kotlin',
  'rust',
  'swift',
  'scala',
  'html',
]);
const colonType =
  /(?<![?\w$])([\w$]+)[?!]?[ \t]*:[ \t]*(?:&'?[\w ]*)?[\w.$?*' ]+(?:[<[][^=;\n]{0,120}[>\]])?[\w |&?.[\]]*$/;
const goTyped = /(?:^[ \t]*|\b(?:var|const)[ \t]+|[;(][ \t]*)(?!var\b|const\b)(\w+)[ \t]+[\w.*[\]]+[ \t]*$/;
