import type { Source } from './finding.ts';
import {
  fitted,
  Neighbours,
  oneEdit,
  type Piece,
  piecesOf,
  type Refusal,
  refuse,
  type Site,
  type SiteOutcome,
  usesOf,
} from './rewriteSite.ts';
import { type Spans, spansOf } from './spans.ts';

// JavaScript and TypeScript, JSX included.

const serverOnly = 'Let a server of yours hold the secret and make the call.';

interface Home {
  /** Of the file's path. */
  readonly path?: RegExp;
  /** In its code, beginning outside of literals and comments. */
  readonly code?: RegExp;
  /** Anywhere in its text. */
  readonly text?: RegExp;
  /** Whether a use of what only Node.js has proves the contrary. */
  readonly unlessNode?: boolean;
  readonly reason: string;
  readonly wayOut: string;
}

const visitors = 'every visitor can read the value however it gets there';

/** Where a file runs whose program cannot, or should not, read the environment. */
const homes: readonly Home[] = [
  {
    path: /\.d\.[cm]?ts$/,
    reason: 'A declaration file runs nothing, so nothing could read the environment there.',
    wayOut: 'Remove the value.',
  },
  {
    text: /^\uFEFF?(?:\s|\/\/[^\n]*\n|\/\*[\s\S]{0,2000}?\*\/)*['"]use client['"]/,
    reason: `This file runs in the browser, where ${visitors}.`,
    wayOut: serverOnly,
  },
  {
    path: /(?:^|\/)environments?\/environment[\w.-]*\.ts$/,
    reason: 'This code is shipped to its users, who can read the value however it gets there.',
    wayOut: serverOnly,
  },
  {
    text: /^\/\/ ==UserScript==/m,
    reason: 'This code is shipped to its users, who can read the value however it gets there.',
    wayOut: serverOnly,
  },
  {
    code: /from\s+['"](?:react-native|@angular\/core)['"]|(?<![\w$.])(?:chrome|browser)\.(?:runtime|storage|tabs|webRequest)\./,
    reason: 'This code is shipped to its users, who can read the value however it gets there.',
    wayOut: serverOnly,
  },
  {
    code: /(?<![\w$.])import\.meta\.env\b/,
    unlessNode: true,
    reason: `Vite puts what this file reads into the page, where ${visitors}.`,
    wayOut: serverOnly,
  },
  {
    code: /\bexport\s+default\s*\{\s*(?:async\s+)?fetch\s*\(\s*\w+\s*(?::[^,)]+)?,\s*env\b/,
    unlessNode: true,
    reason: 'A Worker is handed its secrets with each request, and has no environment.',
    wayOut: 'Read the value from env, and store it with wrangler secret put.',
  },
  {
    code: new RegExp(
      [
        String.raw`(?<![\w$.])(?:window|localStorage|sessionStorage)\s*\.\s*\w`,
        String.raw`(?<![\w$.])document\s*\.\s*(?:getElement|querySelector|createElement|addEventListener|cookie|location|title|head|documentElement|readyState)`,
        String.raw`\bnew\s+XMLHttpRequest\b|(?<![\w$.])self\s*\.\s*addEventListener`,
        String.raw`from\s+['"](?:react-dom(?:\/client)?|jquery)['"]`,
        String.raw`\bimport[^;'"]{1,300}\b(?:use(?:State|Effect|LayoutEffect|Ref|Reducer|Callback)|createApp)\b[^;'"]{1,300}from\s+['"](?:react|preact\/hooks|vue)['"]`,
      ].join('|'),
    ),
    unlessNode: true,
    reason: `This file runs in the browser, where there is no environment and ${visitors}.`,
    wayOut: serverOnly,
  },
  {
    path: /(?:^|\/)(?:public|wwwroot|static)\/(?:[^/]+\/)*[^/]+\.[cm]?js$/,
    unlessNode: true,
    reason: `Files of this folder are sent to the browser, where there is no environment and ${visitors}.`,
    wayOut: serverOnly,
  },
];

/** What is there in Node.js alone; bundlers replace the variables that they publish. */
const nodeOnly =
  /(?<![\w$.])(?:process\s*\.(?!\s*env\s*\.\s*(?:REACT_APP|NEXT_PUBLIC|VUE_APP|GATSBY|EXPO_PUBLIC)_)|require\s*\(|module\.exports|__dirname|Bun\s*\.|Deno\s*\.)|from\s+['"](?:node:|ink['"])/;

/** Why no literal of this file can become a read of the environment. */
export function refuseScriptFile(source: Source): Refusal | undefined {
  const { path, text } = source;
  const node = nodeOnly.test(text);
  const home = homes.find(each => {
    if (each.unlessNode && node) return false;
    return (
      each.path?.test(path) === true || each.text?.test(text) === true || (each.code && standsInCode(source, each.code))
    );
  });
  return home && refuse(home.reason, home.wayOut);
}

function standsInCode(source: Source, pattern: RegExp): boolean {
  const spans = spansOf(source);
  return Array.from(source.text.matchAll(new RegExp(pattern, 'g'))).some(({ index }) => {
    const span = spans.at(index);
    return !span || span.holes.some(hole => hole.start <= index && index < hole.end);
  });
}

export function rewriteScript(site: Site): SiteOutcome {
  const near = new Neighbours(site);
  const refusal = refuseScriptPlace(site, near);
  if (refusal) return refusal;
  const { text } = site.source;
  const { first, last } = site;
  const read = readOf(site);
  const pieces = piecesOf(site);
  const whole = pieces.length === 1;
  if (first.role === 'attribute')
    return oneEdit(first.start, last.end, `{${whole ? read : template(pieces, read, escapeAttribute)}}`);
  if (first.quote === '`' && first === last && !whole) {
    return { kind: 'edits', form: 'code', edits: site.ranges.map(range => ({ ...range, text: `\${${read}}` })) };
  }
  if (!whole && pieces.some(piece => piece.kind === 'text' && /\\[1-7]|\\0\d/.test(piece.raw))) {
    return refuse(
      'The text holds an octal escape, which a template cannot.',
      'Write the escape as \\x.. and move the value then.',
    );
  }
  const end = endWithAssertion(site, near);
  return {
    kind: 'edits',
    form: 'code',
    edits: [fitted(text, first.start, end, whole ? read : template(pieces, read, escapeQuoted))],
  };
}

/** `as const` is no assertion for a computed value. */
function endWithAssertion(site: Site, near: Neighbours): number {
  if (near.after.text !== 'as') return site.last.end;
  const next = near.next(near.after.end);
  return next.text === 'const' ? next.end : site.last.end;
}

function template(pieces: readonly Piece[], read: string, escapeText: (raw: string) => string): string {
  return `\`${pieces.map(piece => (piece.kind === 'read' ? `\${${read}}` : escapeText(piece.raw))).join('')}\``;
}

function escapeQuoted(raw: string): string {
  return raw.replace(/\\[\s\S]|`|\$\{/g, found => (found.startsWith('\\') ? found : `\\${found}`));
}

function escapeAttribute(raw: string): string {
  return raw.replace(/[\\`]|\$\{/g, found => `\\${found}`);
}

/** Reads the variable; where types are checked it stays a `string` and fails loudly. */
function readOf({ source, name, first, spans }: Site): string {
  const quote = first.quote === '"' ? '"' : "'";
  if (/(?<![\w$.])Deno\s*\.|from\s+['"](?:https:\/\/deno\.land|jsr:|npm:)/.test(source.text)) {
    return `(Deno.env.get(${quote}${name}${quote}) ?? (() => { throw new Error(${quote}${name} is not set${quote}); })())`;
  }
  const brackets = /process\.env\[(['"])\w/.exec(source.text)?.[1];
  const env = declaresProcess(spans) ? 'globalThis.process.env' : 'process.env';
  const read = brackets ? `${env}[${brackets}${name}${brackets}]` : `${env}.${name}`;
  const typed = spans.syntax.id.startsWith('typescript') || /^\s*\/\/\s*@ts-check/m.test(source.text.slice(0, 2000));
  return typed ? `(${read} ?? (() => { throw new Error(${quote}${name} is not set${quote}); })())` : read;
}

/** Whether something else is called `process` here. */
function declaresProcess(spans: Spans): boolean {
  return usesOf(spans, 'process').some(at => {
    const before = spans.text.slice(Math.max(0, at - 60), at);
    const after = spans.text.slice(at + 7, at + 80);
    if (/(?:function\*?|class)\s+$/.test(before)) return true;
    if (/(?:const|let|var)\s+$/.test(before))
      return !/^\s*=\s*(?:require\(\s*['"](?:node:)?process['"]|globalThis\.process)/.test(after);
    return (
      /[(,]\s*$/.test(before) && /^\s*(?::[^),]{1,40})?[,)](?:[^()]{0,40}\))?\s*(?:=>|:[^;{}]{0,40}\{|\{)/.test(after)
    );
  });
}

function refuseScriptPlace(site: Site, near: Neighbours): Refusal | undefined {
  const { first, source, spans } = site;
  const { text } = source;
  const { before, after } = near;
  if (first.role === 'attribute') return undefined;
  if (
    first.quote === '`' &&
    (before.kind === 'word'
      ? before.end === first.start && !operators.has(before.text)
      : /^[)>]$/.test(before.text) && before.end === first.start)
  ) {
    return refuse(
      'A tagged template hands its parts to a function, which would see other parts.',
      'Move the value by hand.',
    );
  }
  const line = near.lineBefore(first.start);
  const specifier = before.kind === 'word' && /^(?:from|import|export|module)$/.test(before.text);
  if (specifier || /^\s*(?:import|export)\b.*\b(?:with|assert)\s*\{[^}]*$/.test(line)) return importRefusal();
  const bracket = near.enclosing();
  const call = bracket?.sign === '(' && bracket.commas === 0 ? near.lineBefore(bracket.start) : '';
  if (/(?<![\w$.])(?:require(?:\.resolve)?|import|(?:jest|vi)\.(?:mock|unmock|doMock))\s*$/.test(call))
    return importRefusal();
  if (/<[A-Za-z][^<>;]*\s[\w:-]+=$/.test(line)) {
    return refuse(
      'This element is not closed yet, so what stands in it cannot be told.',
      'Finish the element, then move the value.',
    );
  }
  const isKey = after.text === ':' && bracket?.sign === '{' && (before.text === '{' || before.text === ',');
  if (isKey || after.text === '(' || (before.text === 'as' && !spans.syntax.id.startsWith('typescript'))) {
    return refuse(
      'The value is the name of a property, not its content.',
      'Build the object in code and move the value then.',
    );
  }
  if (first.parent < 0 && startsStatement(before, after, text.slice(before.end, first.start))) {
    return refuse('The text stands alone, as a directive does.', 'Delete the line.');
  }
  return spans.syntax.id.startsWith('typescript') ? refuseTypePlace(site, near, bracket) : undefined;
}

const operators: ReadonlySet<string> = new Set(
  'return typeof case in of do else void delete throw new await yield default'.split(' '),
);

function importRefusal(): Refusal {
  return refuse(
    'A module specifier must be a constant text.',
    'Take the credential out of the address, or configure the registry in .npmrc.',
  );
}

function startsStatement(before: { kind: string; text: string }, after: { text: string }, gap: string): boolean {
  if (before.kind === 'start' || before.text === ';' || before.text === '}') return true;
  if (before.text === '{') return after.text !== '}' && after.text !== ':';
  const ended =
    before.kind === 'literal' ||
    (before.kind === 'word' && !operators.has(before.text)) ||
    before.text === ')' ||
    before.text === ']';
  return ended && gap.includes('\n') && !/^(?:[,:?+]|\?\?)/.test(after.text);
}

const asType = refuse('The value is a type here, and types are gone when the program runs.', 'Use string as the type.');

function refuseTypePlace(
  site: Site,
  near: Neighbours,
  bracket: ReturnType<Neighbours['enclosing']>,
): Refusal | undefined {
  const { first, source } = site;
  const bracketAt = bracket?.start;
  const { before, after } = near;
  const line = near.lineBefore(first.start);
  const typed =
    (before.kind === 'word' && /^(?:as|satisfies|extends|is|keyof)$/.test(before.text)) ||
    before.text === '|' ||
    before.text === '<' ||
    after.text === '|' ||
    (after.text === '>' && before.text === ',') ||
    /\btype\s+\w+(?:<[^=]*>)?\s*=\s*$/.test(line) ||
    (before.text === ':' && after.text === '=');
  if (before.text === '[' && after.text === ']' && /[\w)\]]$/.test(near.lineBefore(before.start))) {
    return refuse('The value is the name of a property, not its content.', 'Use a Map, and move the value then.');
  }
  // `(name: "..."` and `): "..."`, unless a condition stands before.
  const annotates =
    before.text === ':' &&
    (bracket?.sign === '(' || near.previous(before.start).text === ')') &&
    !/\?(?![.:?])/.test(line);
  if (annotates && !near.isConditional()) return asType;
  const outer = bracketAt === undefined ? undefined : near.previous(bracketAt);
  const member = before.text === ':' && (after.text === ';' || after.text === '}' || after.text === ',');
  const closed = member && after.text === '}' ? near.next(after.end).text : '';
  const inTypes = outer !== undefined && (outer.text === '|' || outer.text === '&' || outer.text === '<');
  if (member && (inTypes || closed === '>' || (after.text === ';' && !near.isConditional()))) {
    return asType;
  }
  const head = bracketAt === undefined ? '' : source.text.slice(Math.max(0, bracketAt - 200), bracketAt);
  if (typed || /\binterface\s[^{};]*$/.test(head) || /\btype\s+\w+(?:<[^=]*>)?\s*=\s*$/.test(head)) {
    return asType;
  }
  if (/\benum\s+\w+\s*$/.test(head))
    return refuse('A member of a string enum must be a constant.', 'Make the member a constant outside of the enum.');
  if (/:[^=;]*(?:["'`]|\bkeyof\b|\btypeof\b)[^=;]*=\s*$/.test(line) || isListed(source, line)) {
    return refuse(
      'The declared type allows only certain texts, and a value from the environment is any text.',
      'Declare it as string.',
    );
  }
  return undefined;
}

/** Whether the declared type is one of this file's that lists its texts. */
function isListed(source: Source, line: string): boolean {
  const name = /:\s*([\w$]+)\s*=\s*$/.exec(line)?.[1];
  if (name === undefined || !source.text.includes(`type ${name}`)) return false;
  return new RegExp(`\\btype\\s+${name.replaceAll('$', '\\$')}\\s*=\\s*\\|?\\s*(?:["'\`]|keyof\\b|\\(?typeof\\b)`).test(
    source.text,
  );
}
