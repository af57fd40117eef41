import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import {
  createProtocolConnection,
  DidOpenTextDocumentNotification,
  InitializedNotification,
  InitializeRequest,
  type ProtocolConnection,
  PublishDiagnosticsNotification,
  StreamMessageReader,
  StreamMessageWriter,
} from 'vscode-languageserver-protocol/node';
import { serverEnvironment, serverFlags } from '../../client/serverProcess.ts';
import { inventory } from '../../server/protocol/messages.ts';
import { githubToken } from '../support/exampleWorkspace.ts';
import { packageSources } from './engine.ts';
import { type Figure, median } from './figures.ts';

const program = join(import.meta.dirname, '../../dist/server.js');

export async function serverFigures(): Promise<readonly Figure[]> {
  const starts: number[] = [];
  for (let round = 0; round < 7; round++) starts.push(await firstDiagnostic());
  return [
    { name: 'server start to first diagnostic, median', value: median(starts), unit: 'ms', bar: 500 },
    { name: 'memory of the server on a workspace of 5,000 files', value: await memory(), unit: 'MB', bar: 150 },
  ];
}

async function firstDiagnostic(): Promise<number> {
  const begun = performance.now();
  const { child, connection } = startServer();
  try {
    const diagnosed = new Promise<void>(resolve => {
      connection.onNotification(PublishDiagnosticsNotification.type, sent => {
        if (sent.diagnostics.length > 0) resolve();
      });
    });
    await initialize(connection, undefined);
    await connection.sendNotification(DidOpenTextDocumentNotification.type, {
      textDocument: {
        uri: 'file:///bench/token.js',
        languageId: 'javascript',
        version: 1,
        text: `const token = '${githubToken()}';\n`,
      },
    });
    await diagnosed;
    return performance.now() - begun;
  } finally {
    child.kill('SIGKILL');
  }
}

/** Peak resident memory once the workspace is scanned, from the kernel's own account. */
async function memory(): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'keysweep-bench-'));
  const { child, connection } = startServer();
  try {
    const sources = packageSources(60);
    for (let file = 0; file < 5_000; file++) {
      const at = join(folder, `d${Math.floor(file / 100)}`);
      mkdirSync(at, { recursive: true });
      writeFileSync(join(at, `f${file}.ts`), sources[file % sources.length]!.text.slice(0, 40_000));
    }
    writeFileSync(join(folder, 'zz.js'), `const token = '${githubToken()}';\n`);
    await initialize(connection, folder);
    for (;;) {
      await new Promise(resolve => setTimeout(resolve, 200));
      const answer = await connection.sendRequest(inventory, {});
      if (!answer.scanning && answer.rows.some(row => row.path === 'zz.js')) break;
    }
    const status = readFileSync(`/proc/${child.pid}/status`, 'utf8');
    return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) / 1000;
  } finally {
    child.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  }
}

function startServer(): { child: ChildProcess; connection: ProtocolConnection } {
  // As the client forks it.
  const child = spawn(process.execPath, [...serverFlags, program, '--stdio'], {
    stdio: ['pipe', 'pipe', 'ignore'],
    env: serverEnvironment(process.env),
  });
  const connection = createProtocolConnection(
    new StreamMessageReader(child.stdout!),
    new StreamMessageWriter(child.stdin!),
  );
  connection.onRequest('client/registerCapability', () => null);
  connection.onRequest('window/workDoneProgress/create', () => null);
  connection.onRequest('workspace/configuration', (asked: { items: unknown[] }) => asked.items.map(() => ({})));
  connection.listen();
  return { child, connection };
}

async function initialize(connection: ProtocolConnection, folder: string | undefined): Promise<void> {
  const workspaceFolders = folder === undefined ? null : [{ uri: pathToFileURL(folder).href, name: 'bench' }];
  await connection.sendRequest(InitializeRequest.type, {
    processId: process.pid,
    rootUri: null,
    capabilities: { workspace: { workspaceFolders: true, configuration: true }, window: { workDoneProgress: true } },
    workspaceFolders,
    initializationOptions: { trusted: true },
  });
  await connection.sendNotification(InitializedNotification.type, {});
}
