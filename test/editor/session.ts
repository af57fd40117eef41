import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';
import type * as VSCode from 'vscode';
import { type EmbeddedEditor, installExtension, startEmbeddedEditor, writeMachineSettings } from './embeddedEditor.ts';

/** A real VS Code with the installed VSIX, seen through a browser page and a probe extension beside it. */
export interface EditorSession {
  readonly page: Page;
  /** The folder that stands open (the first one of several). */
  readonly folder: string;
  /** Everything the session writes: data, extensions, home. */
  readonly base: string;
  readonly environment: NodeJS.ProcessEnv;
  /** Runs a function in the extension host, with `vscode`. */
  probe<T, A extends readonly unknown[]>(
    code: (vscode: typeof VSCode, ...args: A) => T | Promise<T>,
    ...args: A
  ): Promise<T>;
  /** Opens a file of the folder in the editor and puts the cursor before `text`. */
  open(path: string, text?: string): Promise<void>;
  /** Runs a command from the palette, by its title. */
  command(title: string): Promise<void>;
  /** Opens the quick fixes at the cursor and takes one by keyboard. */
  quickFix(title: string): Promise<void>;
  /** The titles of the quick fixes at the cursor. */
  quickFixes(): Promise<readonly string[]>;
  /** Presses Enter on every prompt until none is left; the number of prompts. */
  acceptPrompts(): Promise<number>;
  /** Waits for a notification that holds the text, and presses its button when one is named. */
  notification(text: string | RegExp, button?: string): Promise<string>;
  /** Waits until the function's answer satisfies the condition; the last answer stands in the error. */
  until<T>(what: string, read: () => Promise<T>, condition: (answer: T) => boolean, seconds?: number): Promise<T>;
  /** Diagnostics of ours on a file, with the text they stand on. */
  diagnostics(path: string): Promise<readonly { message: string; code: string; text: string; severity: number }[]>;
  read(path: string): string;
  screenshot(name: string): Promise<void>;
  /** Closes and opens the page again, as a window reload does. */
  reload(): Promise<void>;
  close(): Promise<void>;
}

export interface SessionOptions {
  readonly vsix: string;
  /** Path -> text. Paths that begin with a folder of `folders` when there are several. */
  readonly files: Readonly<Record<string, string>>;
  /** Several folders: a multi-root workspace. */
  readonly folders?: readonly string[];
  /** Answers the trust question with yes (default) or leaves the workspace in Restricted Mode. */
  readonly trusted?: boolean;
  readonly settings?: Readonly<Record<string, unknown>>;
  readonly environment?: NodeJS.ProcessEnv;
}

export async function openSession(options: SessionOptions): Promise<EditorSession> {
  const base = mkdtempSync(join(tmpdir(), 'keysweep-editor-'));
  const folders = { data: join(base, 'data'), extensions: join(base, 'extensions') };
  const folder = join(base, 'workspace');
  for (const [path, text] of Object.entries(options.files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  mkdirSync(folder, { recursive: true });
  mkdirSync(folders.extensions, { recursive: true });
  await installExtension(options.vsix, folders);
  cpSync(join(import.meta.dirname, 'probe'), join(folders.extensions, 'keysweep-test.probe-0.0.1'), {
    recursive: true,
  });
  rmSync(join(folders.extensions, 'extensions.json'), { force: true });
  writeMachineSettings(folders, options.settings);
  let target = `folder=${encodeURIComponent(folder)}`;
  if (options.folders !== undefined) {
    const file = join(base, 'many.code-workspace');
    writeFileSync(file, JSON.stringify({ folders: options.folders.map(path => ({ path: join(folder, path) })) }));
    target = `workspace=${encodeURIComponent(file)}`;
  }
  const port = join(base, 'probe-port');
  const environment = { ...process.env, ...options.environment, KEYSWEEP_PROBE: port };
  const editor = await startEmbeddedEditor(folders, environment);
  const browser = await chromium.launch({
    executablePath: ['/usr/bin/chromium', '/usr/bin/google-chrome'].find(existsSync),
    args: [
      ...['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-sync'],
      ...['--disable-background-networking', '--disable-component-update'],
    ],
  });
  const context = await browser.newContext({
    viewport: { width: 1280, height: 800 },
    permissions: ['clipboard-read', 'clipboard-write'],
  });
  const page = await context.newPage();
  const session = createSession(page, browser, editor, folder, base, port, environment);
  try {
    await openPage(page, `${editor.address}/?${target}`, port, options.trusted ?? true);
  } catch (error) {
    await session.screenshot('failed-to-open');
    await session.close();
    throw error;
  }
  return session;
}

async function openPage(page: Page, address: string, port: string, trusted: boolean): Promise<void> {
  rmSync(port, { force: true });
  await page.goto(address);
  await page.waitForSelector('.monaco-workbench', { timeout: 60_000 });
  if (trusted) {
    // Restricted Mode is the default here: trust is granted as a user does it.
    await page.getByText('Manage', { exact: true }).click({ timeout: 30_000 });
    await page.getByRole('button', { name: 'Trust', exact: true }).click();
    await page.getByText('You trust this', { exact: false }).first().waitFor({ timeout: 15_000 });
    const dialog = page.locator('.monaco-modal-editor-block');
    await dialog
      .getByRole('button', { name: /^Close/ })
      .first()
      .click();
    await dialog.waitFor({ state: 'hidden', timeout: 5_000 });
  }
  await waitForFile(port);
}

function createSession(
  page: Page,
  browser: Browser,
  editor: EmbeddedEditor,
  folder: string,
  base: string,
  port: string,
  environment: NodeJS.ProcessEnv,
): EditorSession {
  const session: EditorSession = {
    page,
    folder,
    base,
    environment,
    async probe(code, ...args) {
      const response = await fetch(`http://127.0.0.1:${readFileSync(port, 'utf8')}`, {
        method: 'POST',
        body: JSON.stringify({ code: code.toString(), args }),
      });
      const answer = (await response.json()) as { result?: never; error?: string };
      if (answer.error !== undefined) throw new Error(answer.error);
      return answer.result as never;
    },
    async open(path, text) {
      const at = await session.probe(
        async (vscode, file, before) => {
          const document = await vscode.workspace.openTextDocument(vscode.Uri.file(file));
          await vscode.window.showTextDocument(document, { preview: false });
          const position = document.positionAt(before === '' ? 0 : Math.max(0, document.getText().indexOf(before)));
          return `${position.line + 1}:${position.character + 1}`;
        },
        join(folder, path),
        text ?? '',
      );
      await page
        .getByRole('tab', { name: basename(path), selected: true })
        .first()
        .waitFor({ timeout: 15_000 });
      await page.keyboard.press('Control+g');
      await page.waitForSelector('.quick-input-widget input', { state: 'visible' });
      await page.keyboard.type(`${at}`);
      await page.keyboard.press('Enter');
      await page.waitForSelector('.quick-input-widget', { state: 'hidden' });
    },
    async command(title) {
      await page.keyboard.press('F1');
      await page.waitForSelector('.quick-input-widget input', { state: 'visible' });
      await page.keyboard.type(title);
      await page
        .getByRole('option', { name: new RegExp(`^${exactly(title)}(,|$)`) })
        .first()
        .waitFor({ timeout: 15_000 });
      for (let step = 0; step < 20; step++) {
        const focused = await page.locator('.quick-input-list .monaco-list-row.focused').getAttribute('aria-label');
        if (focused === title || focused?.startsWith(`${title},`)) break;
        await page.keyboard.press('ArrowDown');
      }
      await page.keyboard.press('Enter');
    },
    async quickFixes() {
      await page.keyboard.press('Control+.');
      const rows = page.locator('.action-widget .monaco-list-row');
      await rows.first().waitFor({ timeout: 15_000 });
      const titles = await rows.allTextContents();
      await page.keyboard.press('Escape');
      return titles;
    },
    async quickFix(title) {
      // A menu that opened before a language's own server was up does not grow: it is opened again.
      const wanted = page.locator('.action-widget .monaco-list-row').filter({ hasText: title }).first();
      const shown = async () => {
        await page.keyboard.press('Control+.');
        if (await settled(() => wanted.isVisible(), 3_000)) return true;
        await page.keyboard.press('Escape');
        return false;
      };
      let attempts = 0;
      while (!(await shown())) if (++attempts === 5) throw new Error(`There is no quick fix ${title}.`);
      for (let step = 0; step < 30; step++) {
        const focused = await page.locator('.action-widget .monaco-list-row.focused').textContent();
        if (focused?.includes(title)) break;
        await page.keyboard.press('ArrowDown');
      }
      await page.keyboard.press('Enter');
    },
    async acceptPrompts() {
      const prompt = page.locator('.quick-input-widget');
      let count = 0;
      await prompt.waitFor({ state: 'visible', timeout: 15_000 });
      for (; count < 6; count++) {
        const before = await prompt.textContent();
        await page.keyboard.press('Enter');
        const next = await settled(
          async () => !(await prompt.isVisible()) || (await prompt.textContent()) !== before,
          10_000,
        );
        if (!next) throw new Error(`Enter does not accept the prompt: ${before}`);
        const again = await settled(() => prompt.isVisible(), 1_000);
        if (!again) return count + 1;
      }
      throw new Error('More than six prompts.');
    },
    async notification(text, button) {
      const toast = page.locator('.notification-toast').filter({ hasText: text }).first();
      await toast.waitFor({ timeout: 20_000 });
      const message = (await toast.locator('.notification-list-item-message').first().textContent()) ?? '';
      if (button !== undefined) await toast.getByRole('button', { name: button, exact: false }).first().click();
      return message;
    },
    async until(what, read, condition, seconds = 20) {
      const end = Date.now() + seconds * 1000;
      for (;;) {
        const answer = await read();
        if (condition(answer)) return answer;
        if (Date.now() > end) {
          await session.screenshot('timed-out');
          throw new Error(`Not within ${seconds} s: ${what}. Last: ${JSON.stringify(answer)}`);
        }
        await new Promise(resolve => setTimeout(resolve, 50));
      }
    },
    diagnostics(path) {
      return session.probe(
        async (vscode, file) => {
          const uri = vscode.Uri.file(file);
          const document = await vscode.workspace.openTextDocument(uri);
          return vscode.languages
            .getDiagnostics(uri)
            .filter(diagnostic => diagnostic.source === 'keysweep')
            .map(diagnostic => ({
              message: diagnostic.message,
              code: String(typeof diagnostic.code === 'object' ? diagnostic.code.value : diagnostic.code),
              text: document.getText(diagnostic.range),
              severity: diagnostic.severity as number,
            }));
        },
        join(folder, path),
      );
    },
    read: path => readFileSync(join(folder, path), 'utf8'),
    async screenshot(name) {
      const shots = join(import.meta.dirname, 'screenshots');
      mkdirSync(shots, { recursive: true });
      await page.screenshot({ path: join(shots, `${name}.png`) });
    },
    async reload() {
      rmSync(port, { force: true });
      await page.reload();
      await page.waitForSelector('.monaco-workbench', { timeout: 60_000 });
      await waitForFile(port);
    },
    async close() {
      await browser.close();
      await editor.close();
      rmSync(base, { recursive: true, force: true });
    },
  };
  return session;
}

function exactly(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

async function settled(condition: () => Promise<boolean>, milliseconds: number): Promise<boolean> {
  const end = Date.now() + milliseconds;
  while (Date.now() < end) {
    if (await condition()) return true;
    await new Promise(resolve => setTimeout(resolve, 40));
  }
  return false;
}

async function waitForFile(file: string): Promise<void> {
  for (let attempt = 0; !existsSync(file) || readFileSync(file, 'utf8') === ''; attempt++) {
    if (attempt > 600) throw new Error('The probe extension did not start.');
    await new Promise(resolve => setTimeout(resolve, 100));
  }
}
