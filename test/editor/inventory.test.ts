import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { githubToken, password, random, stripeKey } from '../support/exampleWorkspace.ts';
import { type Keyring, startKeyring } from '../support/keyring.ts';
import { type LeakWatch, watchForLeaks } from './leaks.ts';
import { packedExtension } from './packedExtension.ts';
import { type EditorSession, openSession } from './session.ts';

/* The inventory as a place to work: a teammate's missing value, launches, row actions, Accept, Move All. One window, in order. */

const cli = join(import.meta.dirname, '../../dist/cli.js');
const filled = `filled-${random('abcdefghijkmnpqrstuvwxyz', 14)}`;
const accepted = githubToken();
const [stripe, slackPassword] = [stripeKey(), password()];

let keyring: Keyring;
let session: EditorSession;
let leaks: LeakWatch;

before(async () => {
  leaks = watchForLeaks([filled, stripe, slackPassword]);
  keyring = await startKeyring();
  session = await openSession({
    vsix: packedExtension(),
    environment: keyring.environment,
    files: {
      '.env.schema':
        '# owner: payments; expires: 2031-01-31\nSERVICE_PASSWORD="ref+keychain://workspace/SERVICE_PASSWORD"\n',
      'length.js':
        "require('node:fs').writeFileSync('length.txt', String((process.env.SERVICE_PASSWORD ?? '').length));\n",
      'fixture.js': `const sample = '${accepted}';\n`,
      'all.py': `STRIPE_KEY = "${stripe}"\nDB_PASSWORD = "${slackPassword}"\nprint(len(STRIPE_KEY), len(DB_PASSWORD))\n`,
      '.vscode/launch.json': JSON.stringify({
        version: '0.2.0',
        configurations: [
          {
            type: 'node',
            request: 'launch',
            name: 'Length',
            program: '${workspaceFolder}/length.js',
            console: 'internalConsole',
          },
        ],
      }),
    },
  });
});

after(async () => {
  leaks?.stop();
  await session?.close();
  await keyring?.close();
});

const row = (text: string | RegExp) => session.page.locator('.monaco-list-row', { hasText: text }).first();

/** By mouse, as a user would: the menu closes when the tree below it is drawn anew, and is then opened again. */
async function rowAction(text: string | RegExp, action: RegExp): Promise<void> {
  const item = session.page.getByRole('menuitem', { name: action }).first();
  for (let attempt = 0; attempt < 5; attempt++) {
    await row(text).click({ button: 'right' });
    await item.waitFor();
    await session.page.waitForTimeout(300);
    const clicked = await item.click({ timeout: 3_000 }).then(
      () => true,
      () => false,
    );
    if (clicked) return;
  }
  throw new Error(`The menu of ${text} closes before ${action} can be chosen.`);
}

test('a name that the manifest has and this machine has not is missing, with its owner', async () => {
  await session.open('.env.schema');
  await session.command('Keysweep: Show Inventory');
  await row('SERVICE_PASSWORD').waitFor();
  await row('Missing Here').waitFor();
  await session.screenshot('missing');
});

test('Fill In asks for it without showing it', async () => {
  await session.command('Keysweep: Fill In Missing Secrets…');
  await session.page.waitForSelector('.quick-input-widget input[type=password]', { state: 'visible' });
  await session.page.keyboard.type(filled);
  await session.page.keyboard.press('Enter');
  await row('Referenced and Stored').waitFor();
});

test('hovering over a reference says that it is there and where, never the value; names are completed', async () => {
  await session.open('.env.schema', 'keychain://');
  await session.page.keyboard.press('Control+k');
  await session.page.keyboard.press('Control+i');
  const hover = session.page.locator('.monaco-hover:visible').filter({ hasText: 'SERVICE_PASSWORD' }).first();
  await hover.waitFor();
  await session.screenshot('reference');
  const text = (await hover.textContent()) ?? '';
  assert.match(text, /keychain/i);
  assert.match(text, /payments/);
  assert.ok(!text.includes(filled));
  await session.page.keyboard.press('Escape');
  const items = await session.probe(
    async (vscode, file) => {
      const list = await vscode.commands.executeCommand<{ items: { label: string | { label: string } }[] }>(
        'vscode.executeCompletionItemProvider',
        vscode.Uri.file(file),
        new vscode.Position(1, 'SERVICE_PASSWORD="ref+'.length),
      );
      return list.items.map(({ label }) => (typeof label === 'string' ? label : label.label));
    },
    join(session.folder, '.env.schema'),
  );
  assert.ok(
    items.some(label => label.startsWith('ref+keychain://')),
    items.join(),
  );
});

test('once the user agreed, a terminal has it', async () => {
  await session.command('Keysweep: Allow Secrets in This Workspace…');
  await session.notification(/terminals, tasks and debug sessions/, 'Allow');
  await session.until(
    'a new terminal has the value',
    async () => {
      rmSync(join(session.folder, 'length.txt'), { force: true });
      await session.probe(vscode => {
        const terminal = vscode.window.createTerminal('probe');
        terminal.sendText('node length.js; exit');
      });
      await session.page.waitForTimeout(2_000);
      return existsSync(join(session.folder, 'length.txt')) ? session.read('length.txt') : '';
    },
    text => text === String(filled.length),
    60,
  );
});

test('a debug session has it', async () => {
  rmSync(join(session.folder, 'length.txt'), { force: true });
  await session.open('length.js');
  await session.page.keyboard.press('F5');
  await session.until(
    'the debugged program got the value',
    async () => (existsSync(join(session.folder, 'length.txt')) ? session.read('length.txt') : ''),
    text => text === String(filled.length),
    40,
  );
});

test('a value is shown for ten seconds, after a question', async () => {
  await session.command('Keysweep: Show Inventory');
  await rowAction('SERVICE_PASSWORD', /Reveal Value/);
  await session.page.getByRole('button', { name: 'Show' }).click();
  const input = session.page.locator('.quick-input-widget input').first();
  await session.until(
    'shown',
    () => input.inputValue(),
    value => value === filled,
  );
  await session.page.locator('.quick-input-widget').waitFor({ state: 'hidden', timeout: 15_000 });
});

test('the reference can be copied; nothing but it', async () => {
  await rowAction('SERVICE_PASSWORD', /Copy Reference/);
  await session.until(
    'the clipboard holds the reference',
    () => session.probe(async vscode => await vscode.env.clipboard.readText()),
    text => text === 'ref+keychain://workspace/SERVICE_PASSWORD',
  );
});

test('what a command elsewhere stores or removes shows within a second or so', async () => {
  const run = (...parameters: string[]) =>
    execFileSync(process.execPath, [cli, ...parameters], {
      cwd: session.folder,
      env: { ...process.env, ...keyring.environment },
      input: `${filled}\n`,
    });
  run('rm', 'SERVICE_PASSWORD');
  await row('Missing Here').waitFor({ timeout: 5_000 });
  run('set', 'SERVICE_PASSWORD', '--store', 'keychain');
  await row('Referenced and Stored').waitFor({ timeout: 5_000 });
});

test('a finding that is accepted is open no more; the file names no value', async () => {
  await session.open('fixture.js', accepted.slice(6, 14));
  await session.until(
    'flagged',
    () => session.diagnostics('fixture.js'),
    list => list.length > 0,
  );
  await session.quickFix('Accept');
  await session.acceptPrompts();
  await session.until(
    'no longer flagged',
    () => session.diagnostics('fixture.js'),
    list => list.length === 0,
  );
  const file = session.read('.keysweep-accepted.yaml');
  assert.match(file, /github-personal-access-token/);
  assert.ok(!file.includes(accepted.slice(0, 12)));
  await session.command('Keysweep: Show Inventory');
  await row('Accepted').waitFor();
});

test('Move All moves what a file has', async () => {
  await session.open('all.py');
  await session.command('Keysweep: Move All in File…');
  await session.acceptPrompts();
  await session.until(
    'both read the environment',
    async () => session.read('all.py'),
    text => !text.includes(stripe) && !text.includes(slackPassword) && text.split('os.environ').length === 3,
  );
  const output = execFileSync(process.execPath, [cli, 'run', '--', 'python3', 'all.py'], {
    cwd: session.folder,
    env: { ...process.env, ...keyring.environment },
    encoding: 'utf8',
  });
  assert.equal(output.trim(), `${stripe.length} ${slackPassword.length}`);
  await session.screenshot('moved-all');
});

test('deleting asks first, then the name is missing', async () => {
  await session.command('Keysweep: Show Inventory');
  await rowAction('SERVICE_PASSWORD', /Delete Secret/);
  await session.page.getByRole('button', { name: 'Delete' }).click();
  await row('Missing Here').waitFor();
});

test('a file that changes on disk changes the inventory', async () => {
  writeFileSync(join(session.folder, 'late.js'), `const token = '${githubToken()}';\n`);
  await row('late.js:1').waitFor({ timeout: 5_000 });
  rmSync(join(session.folder, 'late.js'));
  await row('late.js:1').waitFor({ state: 'detached', timeout: 5_000 });
});

test('no value stands anywhere but in documents and stores', async () => {
  assert.deepEqual(await leaks.found([session.base, keyring.environment.HOME!], session.page), []);
});
