import {
  assigns,
  BackwardReader,
  type Bracket,
  compares,
  falls,
  joins,
  nowhere,
  type Token,
} from './backwardReader.ts';
import type { Range, Span, Surroundings } from './cursor.ts';
import type { Spans } from './spans.ts';
import { writesOpenLists } from './tupleNames.ts';

/** How far outward (arguments of arguments, members of members) a name is looked for. */
const farthest = 6;
/** Reads code backwards from a literal, no further than it must. */
export function surroundingsOf(spans: Spans, span: Span): Surroundings {
  const reader = new BackwardReader(spans, span);
  const after = reader.comparedAfter(span.end);
  if (after) return after;
  return outward(reader, span.anchor, farthest);
}

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
  if (bracket.commas === 0 && secretWord.test(last) && last !== 'pass') {
    const bare = last.replace(/^(?:set|with|add|put|use|Set|With|Add|Use)_?(?=.)/, '');
    const text = bare.charAt(0).toLowerCase() + bare.slice(1);
    return { ...here, assigned: text, name: { start: call.end - bare.length, end: call.end } };
  }
  return here;
}
