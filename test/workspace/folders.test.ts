import assert from 'node:assert/strict';
import { posix, win32 } from 'node:path';
import { test } from 'node:test';
import { pathBelow } from '../../server/workspace/folders.ts';

test('a path is below a folder when every folder between them is', () => {
  const below: readonly (readonly [folder: string, path: string, way: string | undefined])[] = [
    ['/a/b', '/a/b', ''],
    ['/a/b', '/a/b/c/d', 'c/d'],
    ['/a/b/', '/a/b/c', 'c'],
    ['/', '/a', 'a'],
    ['/a/b', '/a/b/..c', '..c'],
    ['/a/b', '/a/b/..c/d', '..c/d'],
    ['/a/b', '/a/b/...', '...'],
    ['/a/b', '/a', undefined],
    ['/a/b', '/a/bc', undefined],
    ['/a/b', '/a/..b', undefined],
    ['/a/b', '/', undefined],
    ['/a/b', '/A/B/c', undefined],
  ];
  for (const [folder, path, way] of below) assert.equal(pathBelow(folder, path, posix), way, `${folder} ${path}`);
  const onWindows: readonly (readonly [folder: string, path: string, way: string | undefined])[] = [
    ['C:\\a', 'C:\\a\\b\\c', 'b/c'],
    ['C:\\a', 'c:\\A\\b', 'b'],
    ['C:/a', 'C:\\a\\b', 'b'],
    ['C:\\', 'C:\\a', 'a'],
    ['C:\\a', 'C:\\a\\..b', '..b'],
    ['C:\\a', 'D:\\a\\b', undefined],
    ['C:\\a', 'C:\\', undefined],
    ['\\\\host\\share\\a', '\\\\HOST\\share\\a\\b', 'b'],
    ['\\\\host\\share\\a', '\\\\host\\other\\a\\b', undefined],
    ['C:\\a', '\\\\host\\share\\a\\b', undefined],
    ['\\\\host\\share', 'C:\\a', undefined],
  ];
  for (const [folder, path, way] of onWindows) assert.equal(pathBelow(folder, path, win32), way, `${folder} ${path}`);
});
