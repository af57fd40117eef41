import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { dirname, join, posix, relative, sep } from 'node:path';
import { test } from 'node:test';

const root = join(import.meta.dirname, '..');

/** Section 3 of ARCHITECTURE.md: what a folder may import beside itself. A package is named as in an import, `x*` by its start. */
const table: Record<string, { readonly imports: readonly string[]; readonly face: readonly string[] | 'none' }> = {
  'server/engine': { imports: [], face: ['detector', 'rulePack', 'reference', 'rewrite', 'lexer'] },
  'server/workspace': {
    imports: ['server/engine', 'node:*', 'minimatch', 'yaml', 'smol-toml', 'ignore'],
    face: ['settings', 'rules', 'scan', 'detectorPool', 'accepted', 'manifest', 'history', 'folders'],
  },
  'server/stores': {
    imports: ['server/engine/reference', 'server/protocol/secretStorageSocket', 'node:*', 'keytar'],
    face: ['store', 'stores', 'secretValue', 'sealedText', 'secretStorage'],
  },
  'server/secrets': {
    imports: ['server/engine', 'server/workspace', 'server/stores', 'node:*'],
    face: ['moveSecret', 'moveAll', 'undoMove', 'undoRecords', 'inventory', 'environment', 'owners', 'journal'],
  },
  'server/protocol': {
    imports: ['vscode-languageserver-protocol'],
    face: ['messages', 'valueChannel', 'secretStorageSocket'],
  },
  'server/lsp': {
    imports: [
      'server/engine',
      'server/workspace',
      'server/stores',
      'server/secrets',
      'server/protocol',
      'node:*',
      'vscode-languageserver*',
    ],
    face: 'none',
  },
  'server/cli': {
    imports: ['server/engine', 'server/workspace', 'server/stores', 'server/secrets', 'node:*'],
    face: 'none',
  },
  client: { imports: ['server/protocol', 'vscode', 'vscode-languageclient*', 'node:*'], face: 'none' },
};

interface Import {
  readonly from: string;
  readonly to: string;
  readonly line: number;
}

const files = globSync('{server,client}/**/*.ts', { cwd: root }).map(file => file.split(sep).join('/'));
const imports = files.flatMap(importsOf);

test('every import stands in the table of who may import whom', () => {
  const offences = imports.filter(({ from, to }) => !mayImport(from, to)).map(show);
  assert.deepEqual(offences, []);
});

test('only the named files of a folder are imported from outside it', () => {
  const offences = imports.filter(({ from, to }) => {
    const target = folderOf(to);
    if (target === undefined || target === folderOf(from)) return false;
    const face = table[target]?.face;
    return face === undefined || face === 'none' || !face.includes(posix.basename(to, '.ts'));
  });
  assert.deepEqual(offences.map(show), []);
});

test('keytar is imported by its child process alone', () => {
  const offences = imports.filter(({ from, to }) => to === 'keytar' && from !== 'server/stores/keychainProcess.ts');
  assert.deepEqual(offences.map(show), []);
});

test('no module imports itself over others', () => {
  const edges = new Map(
    files.map(file => [file, imports.filter(i => i.from === file && files.includes(i.to)).map(i => i.to)]),
  );
  const state = new Map<string, 'open' | 'done'>();
  const cycles: string[] = [];
  const visit = (file: string, path: readonly string[]): void => {
    if (state.get(file) === 'done') return;
    if (state.get(file) === 'open') {
      cycles.push([...path.slice(path.indexOf(file)), file].join(' -> '));
      return;
    }
    state.set(file, 'open');
    for (const next of edges.get(file) ?? []) visit(next, [...path, file]);
    state.set(file, 'done');
  };
  for (const file of files) visit(file, []);
  assert.deepEqual(cycles, []);
});

test('no file hands names on', () => {
  const barrels = files.filter(file => /^export (\*|\{[^}]*\}) from /m.test(read(file)));
  assert.deepEqual(barrels, []);
});

test('a value is revealed in the stores and where an environment is filled, nowhere else', () => {
  const allowed = new Set([
    'server/secrets/environment.ts', // the environment of a launch, and `get`
    'server/lsp/values.ts', // the server's end of the value channel
  ]);
  const offences = files.filter(
    file => !file.startsWith('server/stores/') && !allowed.has(file) && /\.reveal\(\)/.test(read(file)),
  );
  assert.deepEqual(offences, []);
});

test('a function stands nowhere without its body', () => {
  assert.deepEqual(
    files.filter(file => /^export declare function /m.test(read(file))),
    [],
  );
});

function importsOf(file: string): Import[] {
  const text = read(file);
  const found = [
    ...text.matchAll(
      /(?:^|\n)\s*(?:import|export)\s[^'"`;]*?from\s+['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]\s*\)|(?:^|\n)import\s+['"]([^'"]+)['"]/g,
    ),
  ];
  return found.map(match => {
    const specifier = match[1] ?? match[2] ?? match[3]!;
    return {
      from: file,
      to: specifier.startsWith('.') ? posix.join(dirname(file).split(sep).join('/'), specifier) : specifier,
      line: text.slice(0, match.index).split('\n').length,
    };
  });
}

function mayImport(from: string, to: string): boolean {
  const folder = folderOf(from);
  const rule = folder === undefined ? undefined : table[folder];
  if (rule === undefined) return false;
  if (to.startsWith(`${folder}/`)) return true;
  return rule.imports.some(allowed =>
    allowed.endsWith('*')
      ? to.startsWith(allowed.slice(0, -1))
      : to === allowed || to === `${allowed}.ts` || to.startsWith(`${allowed}/`),
  );
}

function folderOf(file: string): string | undefined {
  return Object.keys(table).find(folder => file.startsWith(`${folder}/`));
}

function show({ from, to, line }: Import): string {
  return `${from}:${line} imports ${to}`;
}

function read(file: string): string {
  return readFileSync(join(root, relative('.', file)), 'utf8');
}
