// `npm start`: opens VS Code with the extension on an example workspace. The user's own VS Code where `code` is on PATH, else an
// embedded one, whose local address is printed and opened.
import { spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { makeExampleWorkspace } from '../support/exampleWorkspace.ts';
import { cacheFolder, onPath } from '../support/prerequisites.ts';
import { installEmbeddedEditor, startEmbeddedEditor, writeMachineSettings } from './embeddedEditor.ts';

const project = join(import.meta.dirname, '..', '..');
const example = join(cacheFolder(), 'example');
if (!existsSync(join(example, '.git'))) {
  mkdirSync(example, { recursive: true });
  makeExampleWorkspace(example);
}
console.log(`Example workspace: ${example} (its secrets were made up just now; delete the folder for new ones)`);

if (onPath('code') || onPath('code.cmd')) {
  spawn('code', ['--new-window', `--extensionDevelopmentPath=${project}`, example], {
    stdio: 'inherit',
    shell: process.platform === 'win32',
  }).on('exit', code => process.exit(code ?? 0));
} else {
  await installEmbeddedEditor();
  const folders = { data: join(cacheFolder(), 'start/data'), extensions: join(cacheFolder(), 'start/extensions') };
  shareExtension(folders.extensions);
  writeMachineSettings(folders);
  const editor = await startEmbeddedEditor(folders);
  const address = `${editor.address}/?folder=${encodeURIComponent(example)}`;
  console.log(`VS Code is at ${address} (Ctrl+C stops it)`);
  openInBrowser(address);
  const stop = () => void editor.close().then(() => process.exit(0));
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
}

/** The extension as it was just built, without packing it. */
function shareExtension(extensions: string): void {
  const folder = join(extensions, 'keysweep.keysweep-0.0.0');
  rmSync(extensions, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const part of ['package.json', 'README.md', 'LICENSE']) cpSync(join(project, part), join(folder, part));
  for (const part of ['dist', 'media', 'rules', 'syntaxes'])
    symlinkSync(join(project, part), join(folder, part), 'junction');
}

function openInBrowser(address: string): void {
  const opener = { darwin: 'open', win32: 'explorer' }[process.platform as string] ?? 'xdg-open';
  if (process.platform !== 'win32' && !onPath(opener)) return;
  spawn(opener, [address], { stdio: 'ignore', detached: true })
    .on('error', () => undefined)
    .unref();
}
