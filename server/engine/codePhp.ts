import type { Place } from './codePlace.ts';
import type { Edit } from './finding.ts';
import type { CodeFile, CodeLanguage, Reader } from './rewriteCode.ts';
import { lineEndOf, oneEdit, piecesOf, type Refusal, refuse, type SiteOutcome } from './rewriteSite.ts';

export const php: CodeLanguage = {
  reader(file) {
    const constants = file.places.filter(isConstantPlace);
    const root = /^\s*namespace\b/m.test(file.text) ? '\\' : '';
    const read = (name: string) => `getenv('${name}') ?: throw new ${root}RuntimeException('${name} is not set')`;
    const name = constants[0]?.site.name;
    return {
      read: wanted => ({ text: `(${read(wanted)})`, binds: 'atom' }),
      edits: name === undefined ? [] : [defined(file, name, read(name))],
    };
  },
  join: ' . ',
  joints: /^[\s.]*$/,
  context: phpContext,
  special(place, reader) {
    if (place.literal.role === 'heredoc') return heredocOfPhp(place, reader);
    return isConstantPlace(place) ? constantExpression(place) : undefined;
  },
};

/**
 * Where PHP takes constant expressions alone (class constants, defaults of properties and parameters, attributes), a constant of the
 * program can still be named: this one, which is defined at the file's head.
 */
const constantOf = (name: string) => `ENV_${name}`;

function constantExpression({ site, text, literal }: Place): SiteOutcome {
  const open = text.slice(literal.start, literal.contentStart);
  const parts = piecesOf(site).map(piece =>
    piece.kind === 'read' ? `\\${constantOf(site.name)}` : open + piece.raw + literal.quote,
  );
  return oneEdit(literal.start, site.last.end, parts.join(' . '));
}

/** Behind the opening tag, its header comment, and what must come first. */
function defined({ text, spans }: CodeFile, name: string, read: string): Edit {
  const constant = constantOf(name);
  const statement = `defined('${constant}') || define('${constant}', ${read});`;
  const tag = /<\?php\b/i.exec(text);
  let at = tag ? tag.index + tag[0].length : 0;
  let best = at;
  for (;;) {
    at += /^\s*/.exec(text.slice(at))?.[0].length ?? 0;
    const comment = spans.at(at);
    if (comment?.comment) {
      at = comment.end;
      if (/^[ \t]*\r?\n[ \t]*\r?\n/.test(text.slice(at, at + 200))) best = at;
      continue;
    }
    const head = /^(?:declare\s*\([^)]*\)|namespace\s+[\w\\]+|use\s[^;]*)\s*([;{])/i.exec(text.slice(at, at + 4000));
    if (!head) break;
    at += head[0].length;
    best = at;
    if (head[1] === '{') break;
  }
  const line = lineEndOf(text);
  const sameLine = !/^[ \t]*(?:\r?\n|$)/.test(text.slice(best, best + 200));
  return { start: best, end: best, text: sameLine ? ` ${statement}` : `${line}${line}${statement}` };
}

function phpContext(place: Place): Refusal | undefined {
  if (/\bcase\s+\w+\s*=\s*$/.test(place.line))
    return refuse('The value of an enum case must be a constant.', 'Read the value in a method of the enum.');
  return undefined;
}

/** Whether PHP takes constant expressions alone here. */
function isConstantPlace(place: Place): boolean {
  const { text, literal, around } = place;
  const inner = around.findIndex(({ sign }) => sign === '{');
  const brackets = inner < 0 ? around : around.slice(0, inner);
  const parameters = brackets.some(({ sign, start }) => {
    if (sign === '[') return text.charAt(start - 1) === '#';
    return sign === '(' && /\b(?:function|fn)\b\s*&?\s*\w*\s*$/.test(text.slice(Math.max(0, start - 100), start));
  });
  if (parameters) return true;
  const start = brackets.at(-1)?.start ?? literal.anchor;
  const statement = place.statementBefore(start);
  return (
    /(?:^|\s)(?:const|public|protected|private|var|static|readonly)\s[^=]*(?<!=)=(?!=)(?:[^=>]|=>)*$/.test(
      statement.replace(/<\?php/i, ' '),
    ) && !/\bfunction\b/.test(statement)
  );
}

/** `<<<EOT` holds no call: it is closed before the value and opened again behind it. */
function heredocOfPhp(place: Place, reader: Reader): SiteOutcome {
  const { site, literal, text, near } = place;
  const opener = /^<<<[ \t]*["']?(\w+)["']?/.exec(text.slice(literal.anchor, literal.anchor + 100));
  const close = /^[ \t]*/.exec(text.slice(literal.contentEnd, literal.contentEnd + 200))?.[0] ?? '';
  const word = opener?.[1];
  if (!opener || word === undefined || isConstantPlace(place))
    return refuse('The value stands in a text that takes no code.', 'Put it between quotes, then move it.');
  const line = lineEndOf(text);
  const end = text.slice(0, literal.contentEnd).replace(/\r?\n$/, '').length;
  const parts: string[] = [];
  let at = literal.contentStart;
  for (const range of [...site.ranges, { start: end, end }]) {
    const raw = text.slice(at, range.start);
    if (at === literal.contentStart ? raw !== close : raw !== '')
      parts.push(`${opener[0]}${line}${at === literal.contentStart ? '' : close}${raw}${line}${close}${word}`);
    if (range.start < range.end) parts.push(reader.read(site.name).text);
    at = range.end;
  }
  const closed = literal.contentEnd + close.length + word.length;
  const joined = parts.join(' . ');
  const loose =
    /^[=(,[:]$|^=>$|^(?:return|echo|print)$/.test(near.before.text) && /^\s*[;,)\]]/.test(text.slice(closed));
  return oneEdit(literal.anchor, closed, loose || parts.length === 1 ? joined : `(${joined})`);
}
