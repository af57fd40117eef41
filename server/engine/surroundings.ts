import { isWordCode, lineStartAt, type Range, type Span } from './cursor.ts';
import type { Spans } from './spans.ts';
import { tupleNames, writesOpenLists } from './tupleNames.ts';

/** What the code around a literal does with it. */
export interface Surroundings {
  /** Dotted; empty. */
  readonly assigned: string;
  /** Where the innermost name stands; empty range when there is none. */
  readonly name: Range;
  readonly callee: string;
  readonly argument: number;
  readonly compared: boolean;
}

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

/** How far outward (arguments of arguments, members of members) a name is looked for. */
const farthest = 6;
/** How many tokens are looked at on the way. */
const mostTokens = 200;

/** Reads code backwards from a literal, no further than it must. */
export function surroundingsOf(spans: Spans, span: Span): Surroundings {
  const reader = new BackwardReader(spans, span);
  const after = reader.comparedAfter(span.end);
  if (after) return after;
  return outward(reader, span.anchor, farthest);
}

const joins: ReadonlySet<string> = new Set(['+', '..', '&', '++', '<>', '%']);
const assigns: ReadonlySet<string> = new Set([
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
const compares: ReadonlySet<string> = new Set(['==', '===', '!=', '!==', '=~', '!~', '~=', '/=', '=/=', '=:=']);
const falls: ReadonlySet<string> = new Set(['||', '??', '?:', '//', 'or']);
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

/** Calls that hand on what they are given. */
const wrappers =
  /^(?:str|string|String|bytes|bytearray|byte|from|of|ofNullable|Some|Ok|Just|valueOf|to_string|encode|decode|b64decode|b64encode|GetBytes|SecretStr|Secret|Field|field|trim|atob|btoa|resolve|useState|ref|freeze|literal|raw|strdup|NSString|QString|utf8|fromHex|unhexlify|decodeString|DecodeString|FromBase64String|mark_safe|getBytes|SecretString|pointer|StringPtr|Ptr|ptr|to_owned|into|Data|sensitive|nonsensitive|default|required)$/;

/** Calls whose argument before the value is the value's name. */
const namers =
  /^(?:set|put|get|add|fetch|[sg]et_?(?:Item|Header|RequestHeader|Property|Attribute|Parameter|Variable|String|OrDefault|OrElse|OrInsert|env|default|value)|put(?:IfAbsent|String|env|All)|add(?:Header|Property|Parameter|QueryParam|Value)|with(?:Header|Env|Property|Option|Setting)|define|insert|headers?|option|of|entry|property|append|env|config|param|assign|string|stringVar|pair|environ|default|variable|buildConfigField|resValue|arg|attr|attribute|hset|store|register|configure|setEnvironmentVariable)$/i;

/** Calls that make a list of their arguments. */
const collections = /(?:^|\.)(?:Pair|Triple|listOf|arrayOf|array|list|tuple|Tuple|Array|List|Seq|vec)$/;

const comparers =
  /^(?:equals|equalsIgnoreCase|contentEquals|compareTo|eql\?|isEqual|isEqualToString|strcmp|compare_digest|timingSafeEqual|constantTimeEquals|hash_equals|assertEquals?)$/;

/** Words of a call that say that its argument is a secret. */
const secretWord = /pass(?:word|wd|phrase|code)?|secret|token|api_?key|key|credential|pwd|bearer|auth/i;

function outward(reader: BackwardReader, from: number, left: number): Surroundings {
  let at = from;
  for (let steps = 0; steps < 40; steps++) {
    const token = reader.before(at);
    if (token.kind === 'start' || left <= 0) return nowhere;
    if (token.kind === 'literal') at = token.start;
    else if (token.kind === 'sign' && (joins.has(token.text) || (token.text === '.' && reader.dotJoins)))
      at = reader.operandStart(token.start);
    else if (token.kind === 'word') {
      if (token.text === 'or' && reader.syntaxId === 'python') return fallback(reader, token.start, left);
      if (token.text === 'new' || token.text === 'await' || token.text === 'mut') at = token.start;
      else return reader.commandName(token, at);
    } else return bySign(reader, token, left);
  }
  return nowhere;
}

function bySign(reader: BackwardReader, token: Token, left: number): Surroundings {
  const sign = token.text;
  if (assigns.has(sign)) return named(reader, token.start, left, true);
  if (sign === ':' && reader.ternary(token.start)) return outward(reader, reader.ternaryStart(token.start), left - 1);
  if (sign === '?') return outward(reader, reader.operandStart(token.start), left - 1);
  if (sign === ':' || sign === '=>' || sign === '->') return named(reader, token.start, left, false);
  if (compares.has(sign)) return { ...named(reader, token.start, 1, false), compared: true };
  if (falls.has(sign)) return fallback(reader, token.start, left);
  if (sign === '(' || sign === ',' || sign === '[' || sign === '{') return enclosed(reader, token, left);
  if (sign === '*' || sign === '&' || sign === '!' || sign === '-' || sign === '@')
    return outward(reader, token.start, left - 1);
  return nowhere;
}

/** `process.env.NAME || "..."`: the variable's name when it reads one, else what the whole is assigned to. */
function fallback(reader: BackwardReader, at: number, left: number): Surroundings {
  const start = reader.operandStart(at);
  const read =
    /(?:\benv(?:iron)?\b|ENV|getenv|Getenv|GetEnvironmentVariable|get_env|fetch_env)[^\w]{0,3}[.[({]*['"]?(\w+)/.exec(
      reader.text.slice(start, at),
    );
  if (!read?.[1]) return outward(reader, start, left - 1);
  const nameStart = start + read.index + read[0].length - read[1].length;
  return { ...nowhere, assigned: read[1], name: { start: nameStart, end: nameStart + read[1].length } };
}

/** The name that `a, b = ` gives to its value at `index`. Undefined when one name takes it all. */
function byPosition(reader: BackwardReader, at: number, index: number): Surroundings | undefined {
  const names = reader.namesBefore(at);
  if (!names) return undefined;
  const name = names[index];
  return name && name.text !== '' ? { ...nowhere, assigned: name.text, name } : nowhere;
}

/** The value of `NAME =`, `NAME:`, `"NAME" =>`, with what is around it. */
function named(reader: BackwardReader, at: number, left: number, assignment: boolean): Surroundings {
  const tuple = assignment ? byPosition(reader, at, 0) : undefined;
  if (tuple) return tuple;
  const name = reader.nameBefore(at, assignment);
  if (!name) return nowhere;
  const own: Surroundings = { ...nowhere, assigned: name.text, name };
  if (left <= 1) return own;
  const bracket = reader.enclosing(name.outerStart);
  if (!bracket) return own;
  if (bracket.sign === '(') {
    const call = reader.calleeBefore(bracket.start);
    return call ? { ...own, callee: call.text, argument: bracket.commas } : own;
  }
  if (bracket.sign !== '{' && bracket.sign !== '[') return own;
  if (!reader.opensObject(bracket.start)) return own;
  const outer = outward(reader, reader.objectStart(bracket.start), left - 1);
  const assigned = outer.assigned === '' ? own.assigned : `${outer.assigned}.${own.assigned}`;
  return { ...own, assigned, callee: outer.callee, argument: outer.argument };
}

/** An argument, an element, or the second of a pair. */
function enclosed(reader: BackwardReader, token: Token, left: number): Surroundings {
  const list = token.text === ',' && writesOpenLists(reader.syntaxId) ? reader.openList(token.end) : undefined;
  const listed = list && byPosition(reader, list.assignedAt, list.index);
  if (listed) return listed;
  const bracket =
    token.text === ',' ? reader.enclosing(token.end) : { sign: token.text, start: token.start, commas: 0 };
  if (!bracket) return nowhere;
  const call = bracket.sign === '(' ? reader.calleeBefore(bracket.start) : undefined;
  const assign = reader.before(call && collections.test(call.text) ? call.start : reader.objectStart(bracket.start));
  const gives = assigns.has(assign.text) && (!call || collections.test(call.text));
  const tuple = gives ? byPosition(reader, assign.start, bracket.commas) : undefined;
  if (tuple) return tuple;
  const previous = token.text === ',' ? reader.before(token.start) : undefined;
  const pairName = previous?.kind === 'literal' ? reader.contentOf(previous) : undefined;
  const pair = pairName !== undefined && /^[\w.:/-]{1,100}$/.test(pairName.text) ? pairName : undefined;
  if (bracket.sign === '(') return argument(reader, bracket, pair, left);
  const element = outward(reader, reader.objectStart(bracket.start), left - 1);
  if (pair && bracket.commas === 1 && (element.assigned === '' || secretWord.test(pair.text))) {
    return { ...element, assigned: pair.text, name: pair };
  }
  return bracket.sign === '{' && !reader.opensObject(bracket.start) ? reader.braceName(bracket.start) : element;
}

function argument(
  reader: BackwardReader,
  bracket: Bracket,
  pair: (Range & { text: string }) | undefined,
  left: number,
): Surroundings {
  const call = reader.calleeBefore(bracket.start);
  if (!call) {
    const outer = outward(reader, bracket.start, left - 1);
    return pair && bracket.commas === 1 && (outer.assigned === '' || secretWord.test(pair.text))
      ? { ...outer, assigned: pair.text, name: pair }
      : outer;
  }
  const last = /[\w$]+$/.exec(call.text)?.[0] ?? '';
  const here: Surroundings = { ...nowhere, callee: call.text, argument: bracket.commas };
  if (comparers.test(last)) {
    const compared = call.text.slice(0, -last.length).replace(/\.$/, '');
    return {
      ...here,
      assigned: compared,
      name: { start: call.start, end: call.start + compared.length },
      compared: true,
    };
  }
  if (pair && namers.test(last)) return { ...here, assigned: pair.text, name: pair };
  if (wrappers.test(last) && bracket.commas === 0) {
    const outer = outward(reader, call.start, left - 1);
    return outer.assigned === '' && outer.callee === '' ? here : outer;
  }
  if (bracket.commas === 0 && secretWord.test(last)) {
    const bare = last.replace(/^(?:set|with|add|put|use|Set|With|Add|Use)_?(?=.)/, '');
    const text = bare.charAt(0).toLowerCase() + bare.slice(1);
    return { ...here, assigned: text, name: { start: call.end - bare.length, end: call.end } };
  }
  return here;
}

interface Bracket {
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
    const before = this.text.slice(Math.max(this.#lowest, at - 300), at);
    const match = /([\w$]+(?:(?:\??\.|::|->)[\w$]+)*)[!?]?(?:<[^<>()]{0,60}>)?[ \t]*$/.exec(before.slice(-160));
    const token = this.before(at);
    if (!match?.[1] || !(token.kind === 'word' || '>!?'.includes(token.text)) || silentWords.has(match[1]))
      return undefined;
    const start = at - (before.slice(-160).length - match.index);
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

  #chain(end: number): Name | undefined {
    const before = this.text.slice(Math.max(this.#lowest, end - 200), end);
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
