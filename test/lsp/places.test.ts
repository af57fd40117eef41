import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileOf, keyOf } from '../../server/lsp/places.ts';

const base64 = (scheme: string) => Buffer.from(scheme).toString('base64');

void test('which file a document is, or its notebook', { skip: process.platform === 'win32' }, () => {
  const rows: readonly (readonly [string, string | undefined])[] = [
    ['file:///w/a%20b.js', '/w/a b.js'],
    ['untitled:Untitled-1', undefined],
    ['file://host/share/a.js', undefined],
    ['vscode-notebook-cell:/w/n.ipynb#W0s', '/w/n.ipynb'],
    [`vscode-notebook-cell:/w/n.ipynb#W12s${encodeURIComponent(base64('file'))}`, '/w/n.ipynb'],
    [`vscode-notebook-cell://wsl%2Bubuntu/w/n.ipynb#W0s${base64('vscode-remote')}`, '/w/n.ipynb'],
    [`vscode-notebook-cell:Untitled-1.ipynb#W0s${base64('untitled')}`, undefined],
  ];
  for (const [uri, expected] of rows) assert.equal(fileOf(uri), expected, uri);
});

void test('cells of a notebook are told apart', { skip: process.platform === 'win32' }, () => {
  const cell = `vscode-notebook-cell://host%3A80/w/n.ipynb#W0s${base64('vscode-remote')}`;
  assert.equal(keyOf(cell), `/w/n.ipynb#W0s${base64('vscode-remote')}`);
});
