// The extension in a desktop VS Code that @vscode/test-electron downloads: needs internet, and a display (xvfb-run on a server).
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runTests } from '@vscode/test-electron';
import { makeExampleWorkspace } from '../support/exampleWorkspace.ts';

const project = join(import.meta.dirname, '..', '..');
const workspace = mkdtempSync(join(tmpdir(), 'keysweep-electron-'));
makeExampleWorkspace(workspace);

/** What runs inside VS Code: the example's token must be flagged. */
const inside = `
const vscode = require('vscode');
exports.run = async () => {
  const [file] = await vscode.workspace.findFiles('tools/release.py');
  await vscode.window.showTextDocument(file);
  for (let attempt = 0; attempt < 200; attempt++) {
    if (vscode.languages.getDiagnostics(file).some(one => one.source === 'keysweep')) return;
    await new Promise(resolve => setTimeout(resolve, 100));
  }
  throw new Error('The token of tools/release.py was not flagged.');
};
`;
const testFile = join(workspace, '..', 'keysweep-electron-test.cjs');
writeFileSync(testFile, inside);
await runTests({
  extensionDevelopmentPath: project,
  extensionTestsPath: testFile,
  launchArgs: [workspace, '--disable-extensions', '--disable-workspace-trust'],
});
console.log('1 passed, 0 failed');
