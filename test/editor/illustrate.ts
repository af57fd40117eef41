// Retakes the README's pictures in the real VS Code: node test/editor/illustrate.ts
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { makeExampleWorkspace } from '../support/exampleWorkspace.ts';
import { startKeyring } from '../support/keyring.ts';
import { packedExtension } from './packedExtension.ts';
import { openSession } from './session.ts';

const pictures = join(import.meta.dirname, '../../media/screenshots');
mkdirSync(pictures, { recursive: true });

const example = mkdtempSync(join(tmpdir(), 'keysweep-example-'));
makeExampleWorkspace(example);
const files = Object.fromEntries(
  readdirSync(example, { recursive: true, encoding: 'utf8' })
    .filter(path => !path.startsWith('.git/') && statSync(join(example, path)).isFile())
    .map(path => [relative(example, join(example, path)), readFileSync(join(example, path), 'utf8')]),
);

const keyring = await startKeyring();
const session = await openSession({
  vsix: packedExtension(),
  environment: keyring.environment,
  settings: { 'editor.minimap.enabled': false, 'workbench.layoutControl.enabled': false },
  files,
});
try {
  const { page } = session;
  const shoot = (name: string) => page.screenshot({ path: join(pictures, `${name}.png`) });
  const theme = (name: string) =>
    session.probe(
      async (vscode, wanted) =>
        await vscode.workspace
          .getConfiguration('workbench')
          .update('colorTheme', wanted, vscode.ConfigurationTarget.Global),
      name,
    );
  await page.setViewportSize({ width: 1120, height: 560 });

  await theme('Default Dark Modern');
  await session.open('tools/release.py', 'GITHUB_TOKEN');
  await session.until(
    'flagged',
    () => session.diagnostics('tools/release.py'),
    list => list.length > 0,
  );
  await page.keyboard.press('End');
  await page.keyboard.press('ArrowLeft');
  await page.keyboard.press('ArrowLeft');
  await page.keyboard.press('Control+k');
  await page.keyboard.press('Control+i');
  await page.locator('.monaco-hover:visible').first().waitFor();
  await page.waitForTimeout(500);
  await shoot('hover-dark');
  await page.keyboard.press('Escape');

  await theme('Default Light Modern');
  await page.keyboard.press('Control+.');
  await page.locator('.action-widget .monaco-list-row').first().waitFor();
  await page.waitForTimeout(500);
  await shoot('quick-fix-light');
  await page.keyboard.press('Escape');

  await session.quickFix('Move to Keychain');
  await session.acceptPrompts();
  await session.notification(/Moved/);
  await session.notification(/terminals, tasks and debug sessions/, 'Allow');
  await theme('Default Dark Modern');
  await session.command('Notifications: Clear All Notifications');
  await session.command('Keysweep: Show Inventory');
  await page.locator('.monaco-list-row', { hasText: 'Referenced and Stored' }).first().waitFor();
  await page.waitForTimeout(1_000);
  await shoot('inventory-dark');
} finally {
  await session.close();
  await keyring.close();
}
