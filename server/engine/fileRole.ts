/** What kind of file a path names, as far as it bears on secrets. */
export type FileRole = 'generated' | 'labels' | 'example' | 'test' | 'documentation' | 'vendored' | 'ordinary';

const roles: readonly (readonly [FileRole, RegExp])[] = [
  [
    'generated',
    /(?:^|\/)(?:package-lock\.json|npm-shrinkwrap\.json|yarn\.lock|pnpm-lock\.ya?ml|bun\.lockb?|deno\.lock|cargo\.lock|poetry\.lock|uv\.lock|pdm\.lock|pipfile\.lock|composer\.lock|gemfile\.lock|go\.sum|flake\.lock|packages\.lock\.json|gradle\.lockfile|pubspec\.lock|podfile\.lock|mix\.lock|conan\.lock|\.terraform\.lock\.hcl|verification-metadata\.xml)$/,
  ],
  [
    'generated',
    /\.(?:min\.(?:js|css|mjs)|map|bundle\.js|pb\.go|snap|svg|woff2?|ttf|sum)$|(?:^|\/)(?:node_modules|\.next|\.nuxt|bower_components)\//,
  ],
  [
    'labels',
    /(?:^|\/)(?:locales?|i18n|l10n|lang|langs|languages|translations?|intl)\/|\.(?:po|pot|arb|strings|resx|xlf|xliff)$|(?:^|\/)messages(?:_\w+)?\.properties$/,
  ],
  [
    'example',
    /(?:^|\/)(?:examples?|samples?|demos?|templates?)\/|[.-](?:example|sample|template|dist|tpl)(?:\.\w+)?$|(?:^|\/)examples?[-_\d]*\.\w+$/,
  ],
  [
    'test',
    /(?:^|\/)(?:tests?|specs?|__tests__|__mocks__|fixtures?|testdata|mocks?|cypress|e2e|testing)\/|(?:[._-](?:test|tests|spec|specs|mock)|(?:test|tests|spec))\.\w+$|(?:^|\/)test_/,
  ],
  ['vendored', /(?:^|\/)(?:vendor|third[_-]?party|3rdparty|externals?)\//],
  ['documentation', /(?:^|\/)(?:docs?|documentation)\/|\.(?:md|mdx|rst|adoc|txt)$/],
];

/** Whether a name says there what its value is: not in what a program has made, nor beside the words of a user interface. */
export function namesTell(role: FileRole): boolean {
  return role !== 'generated' && role !== 'labels';
}

/** `path` with `/`. */
export function roleOf(path: string): FileRole {
  const lower = path.toLowerCase();
  return roles.find(([, expression]) => expression.test(lower))?.[0] ?? 'ordinary';
}

/** Whether a path leads through a folder of tests. A file that is called a test and stands alone may well be a trial run with what is real. */
export function isTestFolder(path: string): boolean {
  return testFolder.test(path.toLowerCase());
}

const testFolder =
  /(?:^|[/_.-])(?:tests?|testing|test(?:data|cases?|helpers?|utils?|certs?|servers?|suites?|support|bed|keys|files|lib|env)|(?:self|integ|unit|func|functional|smoke|fs|win|s3|load|perf|http|system)tests?|__(?:tests|mocks)__|specs?|fixtures?|mocks?|mirage|stubs?|regress(?:ion)?s?|cypress|e2e|molecule)(?:[_.-][^/]*)?\//;
