import type { Place } from './codePlace.ts';
import type { CodeLanguage, Reader } from './rewriteCode.ts';
import { oneEdit, piecesOf, type Refusal, refuse, type SiteOutcome } from './rewriteSite.ts';

const rubyEscapes: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

export const ruby: CodeLanguage = {
  reader: () => ({ read: name => ({ text: `ENV.fetch("${name}")`, binds: 'atom' }), edits: [] }),
  hole: ({ escapes, raw, role }) => ((role === 'heredoc' || escapes === 'ruby') && !raw ? ['#{', '}'] : undefined),
  template: {
    open: '"',
    close: '"',
    hole: expression => `#{${expression}}`,
    escape: text => text.replace(/["\\]|#(?=[{$@])/g, '\\$&').replace(/[\n\r\t]/g, sign => rubyEscapes[sign] ?? sign),
  },
  join: ' + ',
  joints: /^[\s+]*$/,
  commands: true,
  escapeRaw: raw => raw.replace(/\\|#(?=[{$@])/g, '\\$&'),
  keepsForm: ({ quote, prefix }) => quote === '`' || /^%[xwWiI]/.test(prefix),
  context: rubyContext,
  special: wordsOfRuby,
};

function rubyContext({ text, literal, line, site }: Place): Refusal | undefined {
  if (/(?<![\w"'?!]):$/.test(text.slice(Math.max(0, literal.start - 2), literal.start)))
    return refuse('The value is a symbol.', 'Make it a text, then move it.');
  if (/^:(?!:)/.test(text.slice(site.last.end, site.last.end + 2)))
    return refuse('The value is the name of an entry.', 'Write the entry with =>, then move the value.');
  if (/^\s*in\s/.test(line) || /=>\s*$|\bin\s+$/.test(line.replace(/[([{,].*$/s, '')))
    return refuse('A pattern must be a constant.', 'Compare with when, and move the value then.');
  return undefined;
}

/** `%w[a b]` takes no code, `%W[a b]` does. */
function wordsOfRuby({ site, literal, text }: Place, reader: Reader): SiteOutcome | undefined {
  const content = text.slice(literal.contentStart, literal.contentEnd);
  if (literal.prefix !== '%w' || /[\\#]/.test(content)) return undefined;
  const read = `#{${reader.read(site.name).text}}`;
  const edits = site.ranges.map(range => ({ ...range, text: read }));
  return {
    kind: 'edits',
    form: 'code',
    edits: [{ start: literal.start + 1, end: literal.start + 2, text: 'W' }, ...edits],
  };
}

export const perl: CodeLanguage = {
  reader: () => ({
    read: name => ({ text: `$ENV{${name}} // die('${name} is not set')`, binds: 'operator' }),
    edits: [],
  }),
  hole: ({ interpolated, role, raw }) => ((role === 'heredoc' && !raw) || interpolated ? ['@{[ ', ' ]}'] : undefined),
  join: ' . ',
  joints: /^[\s.]*$/,
  escapeRaw: raw => raw.replace(/[\\$@]/g, '\\$&'),
  keepsForm: ({ prefix }) => prefix === 'qw',
  // `print (...)` would take the brackets for those of its arguments.
  group: ({ near }, expression) => (near.before.kind === 'word' ? `+(${expression})` : `(${expression})`),
  context: ({ after, literal, text }) =>
    after === '=>' && text.charAt(literal.start - 1) === '{'
      ? undefined
      : text.slice(0, literal.start).includes('\n__END__\n')
        ? refuse('Perl reads no code behind __END__.', 'Move the value by hand.')
        : undefined,
};

export const lua: CodeLanguage = {
  reader: ({ source }) =>
    source.path.endsWith('.rockspec')
      ? refuse('A rockspec is read without the environment.', 'Take the value out of the file.')
      : {
          read: name => ({ text: `os.getenv("${name}") or error("${name} is not set")`, binds: 'operator' }),
          edits: [],
        },
  join: ' .. ',
  joints: /^[\s.]*$/,
  special: bracketsOfLua,
};

/** The first line end behind `[[` is none of the text. */
function bracketsOfLua(place: Place, reader: Reader): SiteOutcome | undefined {
  const { site, literal, text } = place;
  const pieces = piecesOf(site);
  if (!literal.quote.startsWith(']') || pieces.length === 1 || site.first !== site.last) return undefined;
  const open = text.slice(literal.start, literal.contentStart);
  const read = `(${reader.read(site.name).text})`;
  const parts = pieces.map((piece, index) => {
    if (piece.kind === 'read') return read;
    return open + (index > 0 && /^\r?\n/.test(piece.raw) ? '\n' : '') + piece.raw + literal.quote;
  });
  return oneEdit(literal.start, literal.end, `(${parts.join(' .. ')})`);
}

export const r: CodeLanguage = {
  reader: ({ source, text }) =>
    /\.(?:rmd|qmd)$/i.test(source.path) && !/^```\{r\b/m.test(text)
      ? refuse('No code of R stands in this file.', 'Move the value by hand.')
      : {
          read: name => ({
            text: `if (nzchar(Sys.getenv("${name}"))) Sys.getenv("${name}") else stop("${name} is not set")`,
            binds: 'operator',
          }),
          edits: [],
        },
  join: ['paste0(', ', ', ')'],
  context: ({ after, around, text, site }) =>
    after === '=' && (around[0]?.sign === '(' || around[0]?.sign === '[') && !text.startsWith('==', site.last.end)
      ? refuse('The value is the name of an argument.', 'Give the names with setNames(), then move the value.')
      : undefined,
};
