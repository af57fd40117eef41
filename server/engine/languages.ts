import type { EscapesName } from './decode.ts';
import type { Source } from './finding.ts';

/** What opens inside a literal and holds code again: `${...}`, `#{...}`, `{...}` after a doubled brace is excluded, `$name`. */
export type Hole =
  | 'dollarBrace'
  | 'dollar'
  | 'brace'
  | 'hashBrace'
  | 'backslashParenthesis'
  | 'dollarParenthesis'
  | 'dollarAt';

/** One way to write a string literal. */
export interface StringForm {
  readonly open: string;
  readonly close: string;
  readonly escapes: EscapesName;
  readonly multiline?: boolean;
  /** Without a prefix. */
  readonly hole?: Hole;
  /** Written directly before `open`, in lower case; `''` when it may be missing. Undefined: none. */
  readonly prefixes?: readonly string[];
  /** Holds one character (or one escape): anything longer is no literal (lifetimes, primes, apostrophes). */
  readonly character?: boolean;
}

/** What a prefix letter changes. */
export interface Prefix {
  readonly escapes?: EscapesName;
  readonly hole?: Hole;
}

/** How the text is cut into literals and comments. */
export type Scanner = 'code' | 'shell' | 'json' | 'yaml' | 'lines' | 'markup' | 'text';

export interface Syntax {
  readonly id: string;
  /** Programs, as against data and plain text. */
  readonly code: boolean;
  readonly scanner: Scanner;
  readonly lineComments: readonly string[];
  readonly blockComments: readonly (readonly [open: string, close: string])[];
  readonly nestedComments?: boolean;
  readonly strings: readonly StringForm[];
  /** By prefix letter or sign. */
  readonly prefixes?: Readonly<Record<string, Prefix>>;
  /** `/x/` may be a literal of its own: read so where an operand is expected. */
  readonly slashLiterals?: boolean;
  /** `r#"..."#`, `R"x(...)x"`, `[==[...]==]`, `<<~TEXT`, `%q(...)`: read by code of their own. */
  readonly special?:
    | 'rust'
    | 'cpp'
    | 'lua'
    | 'ruby'
    | 'perl'
    | 'php'
    | 'swift'
    | 'csharp'
    | 'r'
    | 'terraform'
    | 'jsx'
    | 'elixir';
  /** LSP language ids. */
  readonly languageIds: readonly string[];
  /** Lower-case file name endings, with the dot, or whole lower-case file names. */
  readonly files: readonly string[];
}

const slashes = { lineComments: ['//'], blockComments: [['/*', '*/']] } as const;
const hash = { lineComments: ['#'], blockComments: [] } as const;
const none = { lineComments: [], blockComments: [] } as const;

function quoted(quote: string, escapes: EscapesName, more: Partial<StringForm> = {}): StringForm {
  return { open: quote, close: quote, escapes, ...more };
}

const characterForm = quoted("'", 'c', { character: true });

const javascriptStrings: readonly StringForm[] = [
  quoted('"', 'javascript'),
  quoted("'", 'javascript'),
  quoted('`', 'javascript', { multiline: true, hole: 'dollarBrace' }),
];

const pythonPrefixes = ['', 'r', 'b', 'u', 'f', 't', 'rb', 'br', 'fr', 'rf', 'tr', 'rt'];

/** A row a language. The first row whose language id or file name fits counts. */
export const syntaxes: readonly Syntax[] = [
  {
    id: 'javascript',
    code: true,
    scanner: 'code',
    ...slashes,
    strings: javascriptStrings,
    slashLiterals: true,
    special: 'jsx',
    languageIds: ['javascript', 'javascriptreact'],
    files: ['.js', '.mjs', '.cjs', '.jsx'],
  },
  {
    id: 'typescript',
    code: true,
    scanner: 'code',
    ...slashes,
    strings: javascriptStrings,
    slashLiterals: true,
    languageIds: ['typescript'],
    files: ['.ts', '.mts', '.cts'],
  },
  {
    id: 'typescriptreact',
    code: true,
    scanner: 'code',
    ...slashes,
    strings: javascriptStrings,
    slashLiterals: true,
    special: 'jsx',
    languageIds: ['typescriptreact'],
    files: ['.tsx'],
  },
  {
    id: 'html',
    code: false,
    scanner: 'markup',
    lineComments: [],
    blockComments: [['<!--', '-->']],
    strings: [],
    languageIds: ['html', 'vue', 'svelte', 'astro'],
    files: ['.html', '.htm', '.xhtml', '.vue', '.svelte', '.astro'],
  },
  {
    id: 'python',
    code: true,
    scanner: 'code',
    ...hash,
    strings: [
      quoted('"""', 'python', { multiline: true, prefixes: pythonPrefixes }),
      quoted("'''", 'python', { multiline: true, prefixes: pythonPrefixes }),
      quoted('"', 'python', { prefixes: pythonPrefixes }),
      quoted("'", 'python', { prefixes: pythonPrefixes }),
    ],
    prefixes: {
      r: { escapes: 'none' },
      b: { escapes: 'pythonBytes' },
      f: { hole: 'brace' },
      t: { hole: 'brace' },
      u: {},
    },
    languageIds: ['python'],
    files: ['.py', '.pyi', '.pyw', 'sconstruct'],
  },
  {
    id: 'go',
    code: true,
    scanner: 'code',
    ...slashes,
    strings: [quoted('"', 'go'), quoted('`', 'none', { multiline: true }), characterForm],
    languageIds: ['go'],
    files: ['.go'],
  },
  {
    id: 'java',
    code: true,
    scanner: 'code',
    ...slashes,
    strings: [quoted('"""', 'java', { multiline: true }), quoted('"', 'java'), characterForm],
    languageIds: ['java'],
    files: ['.java'],
  },
  {
    id: 'kotlin',
    code: true,
    scanner: 'code',
    ...slashes,
    nestedComments: true,
    strings: [
      quoted('"""', 'none', { multiline: true, hole: 'dollar' }),
      quoted('"', 'kotlin', { hole: 'dollar' }),
      characterForm,
    ],
    languageIds: ['kotlin'],
    files: ['.kt', '.kts'],
  },
  {
    id: 'groovy',
    code: true,
    scanner: 'code',
    ...slashes,
    strings: [
      quoted('"""', 'groovy', { multiline: true, hole: 'dollar' }),
      quoted("'''", 'groovy', { multiline: true }),
      quoted('"', 'groovy', { hole: 'dollar' }),
      quoted("'", 'groovy'),
    ],
    slashLiterals: true,
    languageIds: ['groovy', 'jenkinsfile'],
    files: ['.groovy', '.gradle', '.jenkinsfile', 'jenkinsfile'],
  },
  {
    id: 'csharp',
    code: true,
    scanner: 'code',
    ...slashes,
    strings: [
      quoted('"""', 'none', { multiline: true, prefixes: ['', '$'] }),
      quoted('"', 'csharp', { prefixes: ['', '@', '$', '$@', '@$'] }),
      characterForm,
    ],
    prefixes: { '@': { escapes: 'doubledDouble' }, $: { hole: 'brace' } },
    languageIds: ['csharp', 'razor', 'aspnetcorerazor', 'fsharp'],
    files: ['.cs', '.csx', '.cshtml', '.razor', '.fs', '.fsx'],
  },
  {
    id: 'vb',
    code: true,
    scanner: 'code',
    lineComments: ["'"],
    blockComments: [],
    strings: [quoted('"', 'doubledDouble', { prefixes: ['', '$'] })],
    prefixes: { $: { hole: 'brace' } },
    languageIds: ['vb'],
    files: ['.vb', '.vbs', '.bas'],
  },
  {
    id: 'ruby',
    code: true,
    scanner: 'code',
    lineComments: ['#'],
    blockComments: [['\n=begin', '\n=end']],
    strings: [
      quoted('"', 'ruby', { multiline: true, hole: 'hashBrace' }),
      quoted("'", 'quotesOnly', { multiline: true }),
      quoted('`', 'ruby', { hole: 'hashBrace' }),
    ],
    slashLiterals: true,
    special: 'ruby',
    languageIds: ['ruby'],
    files: ['.rb', '.rake', '.gemspec', '.ru', 'rakefile', 'gemfile', 'vagrantfile', 'fastfile', 'podfile', 'brewfile'],
  },
  {
    id: 'php',
    code: true,
    scanner: 'code',
    lineComments: ['//', '#'],
    blockComments: [['/*', '*/']],
    strings: [quoted('"', 'php', { multiline: true, hole: 'dollar' }), quoted("'", 'quotesOnly', { multiline: true })],
    special: 'php',
    languageIds: ['php'],
    files: ['.php', '.phtml', '.inc', '.module', '.php5'],
  },
  {
    id: 'rust',
    code: true,
    scanner: 'code',
    ...slashes,
    nestedComments: true,
    strings: [quoted('"', 'rust', { multiline: true, prefixes: ['', 'b', 'c'] }), characterForm],
    special: 'rust',
    languageIds: ['rust'],
    files: ['.rs'],
  },
  {
    id: 'swift',
    code: true,
    scanner: 'code',
    ...slashes,
    nestedComments: true,
    strings: [
      quoted('"""', 'swift', { multiline: true, hole: 'backslashParenthesis' }),
      quoted('"', 'swift', { hole: 'backslashParenthesis' }),
    ],
    special: 'swift',
    languageIds: ['swift'],
    files: ['.swift'],
  },
  {
    id: 'c',
    code: true,
    scanner: 'code',
    ...slashes,
    strings: [quoted('"', 'c', { prefixes: ['', 'l', 'u', 'u8', '@'] }), characterForm],
    special: 'cpp',
    languageIds: ['c', 'cpp', 'objective-c', 'objective-cpp', 'arduino', 'cuda-cpp'],
    files: ['.c', '.h', '.cpp', '.cc', '.cxx', '.hpp', '.hh', '.hxx', '.ino', '.m', '.mm', '.pch', '.cu'],
  },
  {
    id: 'dart',
    code: true,
    scanner: 'code',
    ...slashes,
    strings: [
      quoted('"""', 'dart', { multiline: true, hole: 'dollar', prefixes: ['', 'r'] }),
      quoted("'''", 'dart', { multiline: true, hole: 'dollar', prefixes: ['', 'r'] }),
      quoted('"', 'dart', { hole: 'dollar', prefixes: ['', 'r'] }),
      quoted("'", 'dart', { hole: 'dollar', prefixes: ['', 'r'] }),
    ],
    prefixes: { r: { escapes: 'none' } },
    languageIds: ['dart'],
    files: ['.dart'],
  },
  {
    id: 'scala',
    code: true,
    scanner: 'code',
    ...slashes,
    nestedComments: true,
    strings: [
      quoted('"""', 'none', { multiline: true, prefixes: ['', 's', 'f', 'raw'] }),
      quoted('"', 'java', { prefixes: ['', 's', 'f', 'raw'] }),
      characterForm,
    ],
    prefixes: { s: { hole: 'dollar' }, f: { hole: 'dollar' } },
    languageIds: ['scala'],
    files: ['.scala', '.sc', '.sbt'],
  },
  {
    id: 'clojure',
    code: true,
    scanner: 'code',
    lineComments: [';'],
    blockComments: [],
    strings: [quoted('"', 'java', { multiline: true })],
    languageIds: ['clojure', 'lisp', 'scheme'],
    files: ['.clj', '.cljs', '.cljc', '.edn', '.lisp', '.scm', '.el'],
  },
  {
    id: 'elixir',
    code: true,
    scanner: 'code',
    ...hash,
    strings: [
      quoted('"""', 'elixir', { multiline: true, hole: 'hashBrace' }),
      quoted('"', 'elixir', { multiline: true, hole: 'hashBrace' }),
      quoted("'''", 'elixir', { multiline: true, hole: 'hashBrace' }),
      quoted("'", 'elixir', { multiline: true, hole: 'hashBrace' }),
    ],
    special: 'elixir',
    languageIds: ['elixir'],
    files: ['.ex', '.exs', '.heex'],
  },
  {
    id: 'erlang',
    code: true,
    scanner: 'code',
    lineComments: ['%'],
    blockComments: [],
    strings: [quoted('"', 'erlang', { multiline: true }), quoted("'", 'erlang')],
    languageIds: ['erlang'],
    files: ['.erl', '.hrl'],
  },
  {
    id: 'haskell',
    code: true,
    scanner: 'code',
    lineComments: ['--'],
    blockComments: [['{-', '-}']],
    nestedComments: true,
    strings: [quoted('"', 'haskell'), characterForm],
    languageIds: ['haskell', 'elm', 'purescript'],
    files: ['.hs', '.elm', '.purs'],
  },
  {
    id: 'ocaml',
    code: true,
    scanner: 'code',
    lineComments: [],
    blockComments: [['(*', '*)']],
    nestedComments: true,
    strings: [
      quoted('"', 'c', { multiline: true }),
      { open: '{|', close: '|}', escapes: 'none', multiline: true },
      characterForm,
    ],
    languageIds: ['ocaml'],
    files: ['.ml', '.mli'],
  },
  {
    id: 'lua',
    code: true,
    scanner: 'code',
    lineComments: ['--'],
    blockComments: [['--[[', ']]']],
    strings: [quoted('"', 'lua'), quoted("'", 'lua')],
    special: 'lua',
    languageIds: ['lua'],
    files: ['.lua', '.rockspec'],
  },
  {
    id: 'perl',
    code: true,
    scanner: 'code',
    lineComments: ['#'],
    blockComments: [
      ['\n=pod', '\n=cut'],
      ['\n=head', '\n=cut'],
    ],
    strings: [
      quoted('"', 'ruby', { multiline: true, hole: 'dollarAt' }),
      quoted("'", 'quotesOnly', { multiline: true }),
    ],
    slashLiterals: true,
    special: 'perl',
    languageIds: ['perl', 'raku'],
    files: ['.pl', '.pm', '.t', '.cgi'],
  },
  {
    id: 'r',
    code: true,
    scanner: 'code',
    ...hash,
    strings: [quoted('"', 'c', { multiline: true }), quoted("'", 'c', { multiline: true })],
    special: 'r',
    languageIds: ['r'],
    files: ['.r', '.rmd', '.qmd', '.rprofile'],
  },
  {
    id: 'julia',
    code: true,
    scanner: 'code',
    lineComments: ['#'],
    blockComments: [['#=', '=#']],
    nestedComments: true,
    strings: [
      quoted('"""', 'c', { multiline: true, hole: 'dollarParenthesis', prefixes: ['', 'raw', 'b', 'r'] }),
      quoted('"', 'c', { multiline: true, hole: 'dollarParenthesis', prefixes: ['', 'raw', 'b', 'r'] }),
      characterForm,
    ],
    prefixes: { raw: { escapes: 'none' } },
    languageIds: ['julia'],
    files: ['.jl'],
  },
  {
    id: 'powershell',
    code: true,
    scanner: 'code',
    lineComments: ['#'],
    blockComments: [['<#', '#>']],
    strings: [
      { open: '@"\n', close: '\n"@', escapes: 'powershell', multiline: true, hole: 'dollarParenthesis' },
      { open: "@'\n", close: "\n'@", escapes: 'none', multiline: true },
      quoted('"', 'powershell', { multiline: true, hole: 'dollarParenthesis' }),
      quoted("'", 'doubledSingle', { multiline: true }),
    ],
    languageIds: ['powershell'],
    files: ['.ps1', '.psm1', '.psd1'],
  },
  {
    id: 'terraform',
    code: true,
    scanner: 'code',
    lineComments: ['#', '//'],
    blockComments: [['/*', '*/']],
    strings: [quoted('"', 'c', { hole: 'dollarBrace' })],
    special: 'terraform',
    languageIds: ['terraform', 'hcl', 'terraform-vars', 'opentofu'],
    files: ['.tf', '.tfvars', '.hcl', '.nomad'],
  },
  {
    id: 'sql',
    code: true,
    scanner: 'code',
    lineComments: ['--'],
    blockComments: [['/*', '*/']],
    strings: [
      quoted("'", 'sql', { multiline: true, prefixes: ['', 'e', 'n', 'b', 'x'] }),
      { open: '$$', close: '$$', escapes: 'none', multiline: true },
      quoted('"', 'doubledDouble'),
    ],
    prefixes: { e: { escapes: 'doubledBackslash' } },
    languageIds: ['sql', 'plsql', 'mysql', 'postgres'],
    files: ['.sql', '.ddl', '.psql', '.pgsql', '.plsql'],
  },
  {
    id: 'solidity',
    code: true,
    scanner: 'code',
    ...slashes,
    strings: [quoted('"', 'javascript', { prefixes: ['', 'hex', 'unicode'] }), quoted("'", 'javascript')],
    languageIds: ['solidity'],
    files: ['.sol'],
  },
  {
    id: 'graphql',
    code: true,
    scanner: 'code',
    ...hash,
    strings: [quoted('"""', 'none', { multiline: true }), quoted('"', 'json')],
    languageIds: ['graphql'],
    files: ['.graphql', '.gql'],
  },
  {
    id: 'nix',
    code: true,
    scanner: 'code',
    lineComments: ['#'],
    blockComments: [['/*', '*/']],
    strings: [
      quoted('"', 'nix', { multiline: true, hole: 'dollarBrace' }),
      { open: "''", close: "''", escapes: 'none', multiline: true, hole: 'dollarBrace' },
    ],
    languageIds: ['nix'],
    files: ['.nix'],
  },
  {
    id: 'tcl',
    code: true,
    scanner: 'code',
    ...hash,
    strings: [quoted('"', 'tcl', { multiline: true, hole: 'dollar' })],
    languageIds: ['tcl'],
    files: ['.tcl', '.exp'],
  },
  {
    id: 'shell',
    code: true,
    scanner: 'shell',
    ...hash,
    strings: [],
    languageIds: ['shellscript', 'fish', 'zsh', 'bash'],
    files: [
      '.sh',
      '.bash',
      '.zsh',
      '.fish',
      '.ksh',
      '.bats',
      '.envrc',
      '.bashrc',
      '.zshrc',
      '.profile',
      '.bash_profile',
      '.zshenv',
      '.zprofile',
      '.bash_aliases',
      '.ebuild',
      'pkgbuild',
    ],
  },
  {
    id: 'dockerfile',
    code: true,
    scanner: 'shell',
    ...hash,
    strings: [],
    languageIds: ['dockerfile'],
    files: ['dockerfile', 'containerfile', '.dockerfile'],
  },
  {
    id: 'makefile',
    code: true,
    scanner: 'lines',
    ...hash,
    strings: [],
    languageIds: ['makefile', 'just'],
    files: ['makefile', 'gnumakefile', '.mk', '.mak', 'justfile'],
  },
  {
    id: 'batch',
    code: true,
    scanner: 'lines',
    lineComments: ['::', 'rem ', 'REM ', '@rem ', '@REM '],
    blockComments: [],
    strings: [],
    languageIds: ['bat'],
    files: ['.bat', '.cmd'],
  },
  {
    id: 'dotenv',
    code: false,
    scanner: 'lines',
    ...hash,
    strings: [
      quoted('"', 'dotenv', { multiline: true, hole: 'dollar' }),
      quoted("'", 'none', { multiline: true }),
      quoted('`', 'none', { multiline: true }),
    ],
    languageIds: ['dotenv', 'env'],
    files: ['.env', '.flaskenv', '.renviron'],
  },
  {
    id: 'json',
    code: false,
    scanner: 'json',
    ...slashes,
    strings: [quoted('"', 'json'), quoted("'", 'json')],
    languageIds: ['json', 'jsonc', 'json5', 'jsonl', 'snippets'],
    files: [
      '.json',
      '.jsonc',
      '.json5',
      '.jsonl',
      '.ndjson',
      '.tfstate',
      '.har',
      '.webmanifest',
      '.ipynb',
      '.code-workspace',
      '.code-snippets',
      '.geojson',
      '.babelrc',
      '.eslintrc',
      '.prettierrc',
      '.arb',
    ],
  },
  {
    id: 'yaml',
    code: false,
    scanner: 'yaml',
    ...hash,
    strings: [],
    languageIds: ['yaml', 'dockercompose', 'github-actions-workflow', 'helm', 'ansible', 'spring-boot-properties-yaml'],
    files: ['.yml', '.yaml', '.sls', '.cff'],
  },
  {
    id: 'toml',
    code: false,
    scanner: 'code',
    ...hash,
    strings: [
      quoted('"""', 'toml', { multiline: true }),
      quoted("'''", 'none', { multiline: true }),
      quoted('"', 'toml'),
      quoted("'", 'none'),
    ],
    languageIds: ['toml'],
    files: ['.toml', 'pipfile', '.cargo/credentials'],
  },
  {
    id: 'properties',
    code: false,
    scanner: 'lines',
    lineComments: ['#', '!'],
    blockComments: [],
    strings: [],
    languageIds: ['properties', 'java-properties', 'spring-boot-properties'],
    files: ['.properties'],
  },
  {
    id: 'ini',
    code: false,
    scanner: 'lines',
    lineComments: ['#', ';'],
    blockComments: [],
    strings: [],
    languageIds: ['ini', 'editorconfig', 'gitconfig', 'ssh_config', 'systemd'],
    files: [
      '.ini',
      '.cfg',
      '.conf',
      '.cnf',
      '.cfg',
      '.pypirc',
      '.netrc',
      '_netrc',
      '.s3cfg',
      '.boto',
      '.my.cnf',
      '.npmrc',
      '.yarnrc',
      '.gitconfig',
      '.pgpass',
      '.service',
      '.desktop',
      '.inf',
      '.reg',
      '.toc',
      '.htaccess',
      'caddyfile',
      'credentials',
      'config',
      'hosts',
    ],
  },
  {
    id: 'xml',
    code: false,
    scanner: 'markup',
    lineComments: [],
    blockComments: [['<!--', '-->']],
    strings: [],
    languageIds: ['xml', 'xsl', 'xaml'],
    files: [
      '.xml',
      '.config',
      '.csproj',
      '.vbproj',
      '.fsproj',
      '.props',
      '.targets',
      '.pom',
      '.plist',
      '.xaml',
      '.xsd',
      '.xsl',
      '.svg',
      '.jelly',
      '.resx',
      '.nuspec',
      '.wsdl',
      '.iml',
      '.storyboard',
      '.xib',
      '.jmx',
      '.rdl',
    ],
  },
  {
    id: 'markdown',
    code: false,
    scanner: 'text',
    lineComments: [],
    blockComments: [['<!--', '-->']],
    strings: [],
    languageIds: ['markdown', 'mdx', 'restructuredtext', 'asciidoc'],
    files: ['.md', '.mdx', '.markdown', '.rst', '.adoc'],
  },
  {
    id: 'http',
    code: false,
    scanner: 'text',
    ...none,
    lineComments: ['#'],
    strings: [],
    languageIds: ['http', 'hurl'],
    files: ['.http', '.rest', '.hurl'],
  },
];

/** What a text is whose name says nothing. */
export const plainText: Syntax = {
  id: 'text',
  code: false,
  scanner: 'text',
  ...none,
  strings: [],
  languageIds: ['plaintext', 'log'],
  files: ['.txt', '.log'],
};

const byLanguageId: ReadonlyMap<string, Syntax> = new Map(
  syntaxes.toReversed().flatMap(syntax => syntax.languageIds.map(id => [id, syntax] as const)),
);

const byFile: ReadonlyMap<string, Syntax> = new Map(
  syntaxes.toReversed().flatMap(syntax => syntax.files.map(file => [file, syntax] as const)),
);

/** The row that a source is read by: its editor's language id, else its file name, else its first line. */
export function syntaxOf(source: Source): Syntax {
  const name = source.path
    .slice(Math.max(source.path.lastIndexOf('/'), source.path.lastIndexOf('\\')) + 1)
    .toLowerCase();
  const dotenv = byLanguageId.get('dotenv');
  if (dotenv && /^\.env(?:\.|$)|\.env$|^env\.(?:local|example|sample|template)$/.test(name) && !name.endsWith('.sh'))
    return dotenv;
  return (
    (source.languageId === undefined ? undefined : byLanguageId.get(source.languageId)) ??
    byName(name) ??
    byShebang(source.text) ??
    plainText
  );
}

function byName(name: string): Syntax | undefined {
  const whole = byFile.get(name);
  if (whole) return whole;
  if (/^(?:dockerfile|containerfile)\./.test(name)) return byFile.get('dockerfile');
  if (/^jenkinsfile/.test(name)) return byFile.get('jenkinsfile');
  const dot = name.lastIndexOf('.');
  if (dot < 0) return undefined;
  const found = byFile.get(name.slice(dot));
  if (found) return found;
  return /\.(?:example|sample|template|dist|bak|orig|tmpl|tpl|j2|erb|local)$/.test(name)
    ? byName(name.slice(0, dot))
    : undefined;
}

const interpreters: readonly (readonly [RegExp, string])[] = [
  [/\b(?:ba|z|k|da|fi)?sh\b/, 'shellscript'],
  [/\bpython/, 'python'],
  [/\b(?:node|deno|bun)\b/, 'javascript'],
  [/\bruby\b/, 'ruby'],
  [/\bperl\b/, 'perl'],
  [/\bphp\b/, 'php'],
  [/\bpwsh\b/, 'powershell'],
  [/\blua/, 'lua'],
  [/\bRscript\b/, 'r'],
];

function byShebang(text: string): Syntax | undefined {
  const start = text.charCodeAt(0) === 0xfeff ? 1 : 0;
  if (!text.startsWith('#!', start)) return undefined;
  const line = text.slice(start, start + 200).split('\n', 1)[0] ?? '';
  const language = interpreters.find(([pattern]) => pattern.test(line))?.[1];
  return language === undefined ? undefined : byLanguageId.get(language);
}
