import { packedExtension } from '../editor/packedExtension.ts';
import { openSession } from '../editor/session.ts';
import { githubToken } from '../support/exampleWorkspace.ts';
import { type Figure, quantile } from './figures.ts';

/** Whole keystrokes in the real editor: from the change event to our diagnostics, debounce included. */
export async function editorFigures(): Promise<readonly Figure[]> {
  const lines = Array.from(
    { length: 200 },
    (_, line) => `export const value${line} = compute(${line}, 'text ${line}');`,
  );
  const session = await openSession({ vsix: packedExtension(), files: { 'code.ts': `${lines.join('\n')}\n` } });
  try {
    await session.open('code.ts');
    await session.probe(vscode => {
      const times: number[] = [];
      let changed = 0;
      const scope = globalThis as { keystrokes?: number[] };
      scope.keystrokes = times;
      vscode.workspace.onDidChangeTextDocument(event => {
        if (event.document.fileName.endsWith('code.ts') && event.contentChanges.length > 0) changed = performance.now();
      });
      vscode.languages.onDidChangeDiagnostics(event => {
        const ours = event.uris.some(
          uri =>
            uri.path.endsWith('code.ts') && vscode.languages.getDiagnostics(uri).some(one => one.source === 'keysweep'),
        );
        if (ours && changed > 0) times.push(performance.now() - changed);
        changed = 0;
      });
    });
    for (let round = 0; round < 40; round++) {
      // Everything but the last character makes no token: the last keystroke makes one, the next takes it away.
      await session.page.keyboard.insertText(`const t = '${githubToken()}`);
      await session.page.keyboard.type("';");
      await session.page.waitForTimeout(150);
      await session.page.keyboard.press('Shift+Home');
      await session.page.keyboard.press('Delete');
      await session.page.waitForTimeout(100);
    }
    const times = await session.probe(() => (globalThis as { keystrokes?: number[] }).keystrokes ?? []);
    return [
      {
        name: `keystroke to diagnostic in the editor, p50 of ${times.length}`,
        value: quantile(times, 0.5),
        unit: 'ms',
      },
      {
        name: `keystroke to diagnostic in the editor, p95 of ${times.length}`,
        value: quantile(times, 0.95),
        unit: 'ms',
        bar: 100,
      },
      { name: 'activation', value: await activation(session), unit: 'ms', bar: 50 },
    ];
  } finally {
    await session.close();
  }
}

/** As *Developer: Show Running Extensions* tells it. */
async function activation(session: Awaited<ReturnType<typeof openSession>>): Promise<number> {
  // The slowest come first, and rows out of sight are not there.
  await session.page.setViewportSize({ width: 1280, height: 3000 });
  await session.command('Developer: Show Running Extensions');
  const row = session.page.locator('.runtime-extensions-editor .monaco-list-row', { hasText: 'Keysweep' }).first();
  const text = await row.textContent();
  return Number(/(?:Activation|Startup Activation):\s*(\d+)\s*ms/.exec(text ?? '')?.[1]);
}
