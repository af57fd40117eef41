import { fileURLToPath } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import { createConnection, ProposedFeatures } from 'vscode-languageserver/node';
import { dataFolder, openStores } from '../stores/stores.ts';
import { type DetectorPool, fingerprintKey, openDetectorPool } from '../workspace/detectorPool.ts';
import { loadRules } from '../workspace/rules.ts';
import { defaultSettings } from '../workspace/settings.ts';
import { withoutText } from './guard.ts';
import { startServer } from './server.ts';

/** Milliseconds that one rule may run on one text. */
const deadline = 1000;
/** One for what is typed, one for what stands on disk. */
const workers = 2;

/** Files that stand beside the bundle. */
function asset(name: string): string {
  return fileURLToPath(new URL(name, import.meta.url));
}

// A young generation that never grows keeps the server small on large workspaces; scanning is no slower. Electron may have frozen
// V8's flags, and setting one would end the process: there the client gives the flag when it forks.
if (process.versions.electron === undefined) setFlagsFromString('--semi-space-growth-factor=1');

// What node prints of an uncaught error is its message, which may quote a text (invariant 1).
process.on('uncaughtException', error => {
  process.stderr.write(`Keysweep stopped: ${withoutText(error)}\n`);
  process.exit(1);
});
process.on('unhandledRejection', error => process.stderr.write(`Keysweep: ${withoutText(error)}\n`));

void main();

/** The language server as a process: LSP over stdio, values over the IPC pipe when it was forked. Ends with its client. */
async function main(): Promise<void> {
  const environment = process.env;
  const folder = dataFolder(environment);
  const connection = createConnection(ProposedFeatures.all, process.stdin, process.stdout);
  const pool = openDetectorPool({
    workers,
    worker: asset('detectorWorker.js'),
    deadline,
    fingerprintKey: await fingerprintKey(folder),
    log: message => connection.console.warn(message),
  });
  void warmUp(pool);
  startServer(connection, {
    pool,
    rulesAsset: asset('rules.json'),
    dataFolder: folder,
    environment,
    openStores: options =>
      openStores({ ...options, environment, dataFolder: folder, keychainProcess: asset('keychainProcess.js') }),
    ...(process.send === undefined ? {} : { pipe: process }),
  });
}

/** The workers start and learn the built-in rules while the client still introduces itself. */
async function warmUp(pool: DetectorPool): Promise<void> {
  const { set } = await loadRules(asset('rules.json'), defaultSettings, undefined, false);
  const { signal } = new AbortController();
  const texts = Array.from({ length: workers }, () => pool.open({ text: '', path: '' }));
  for (const text of texts) void text.detect(set, signal).then(() => text.close());
}
