import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { githubToken, stripeKey } from '../support/exampleWorkspace.ts';
import { type Keyring, startKeyring } from '../support/keyring.ts';
import { type OpenBao, startOpenBao } from '../support/openbao.ts';
import { type LeakWatch, watchForLeaks } from './leaks.ts';
import { packedExtension } from './packedExtension.ts';
import { type EditorSession, openSession } from './session.ts';

/* The main job: type a secret, see it flagged, move it by keyboard, run the program, reload. One window, in order. */

const cli = join(import.meta.dirname, '../../dist/cli.js');
const github = githubToken();
const stripe = stripeKey();
const shared = githubToken();
const program = 'import sys\n\n\n\nsys.stdout.write(str(len(TOKEN)) + TOKEN[-4:])\n';

let keyring: Keyring;
let bao: OpenBao;
let session: EditorSession;
let leaks: LeakWatch;

before(async () => {
  leaks = watchForLeaks([github, stripe, shared]);
  keyring = await startKeyring();
  bao = await startOpenBao();
  session = await openSession({
    vsix: packedExtension(),
    environment: { ...keyring.environment, ...bao.environment },
    files: {
      'show.py': program,
      'charge.ts': `const stripe = { apiKey: '' };\nstripe.apiKey = '${stripe}';\nprocess.stdout.write(String(stripe.apiKey.length));\n`,
      'one.py': `TOKEN = "${shared}"\nprint(len(TOKEN))\n`,
      'two.js': `const token = '${shared}';\nconsole.log(token.length);\n`,
      'three.go': `package main\n\nimport "fmt"\n\nfunc main() {\n\ttoken := "${shared}"\n\tfmt.Println(len(token))\n}\n`,
      'settings.json': `{\n  "token": "${shared}"\n}\n`,
      '.vscode/tasks.json': JSON.stringify({
        version: '2.0.0',
        tasks: [
          { label: 'Show', type: 'shell', command: 'python3 show.py > out.txt; echo > done.txt', problemMatcher: [] },
        ],
      }),
    },
  });
  execFileSync('git', ['init', '-q', session.folder]);
});

after(async () => {
  leaks?.stop();
  await session?.close();
  await bao?.close();
  await keyring?.close();
});

test('a token that is typed is flagged, exactly on the value, without showing it', async () => {
  await session.open('show.py', '\n\nsys');
  await session.page.keyboard.type(`TOKEN = "${github}`);
  const found = await session.until(
    'the typed token is flagged',
    () => session.diagnostics('show.py'),
    diagnostics => diagnostics.some(({ code }) => code === 'github-personal-access-token'),
  );
  assert.deepEqual(
    found.map(({ code, text }) => ({ code, text })),
    [{ code: 'github-personal-access-token', text: github }],
  );
  assert.match(found[0]!.message, /GitHub personal access token/);
  assert.ok(!found[0]!.message.includes(github.slice(0, 10)));
  await session.page.keyboard.press('End');
  await session.page.keyboard.press('Enter');
  await session.page.keyboard.press('Control+s');
  await session.page.keyboard.press('F8');
  await session.screenshot('flagged');
  await session.page.keyboard.press('Escape');
});

test('hover says why, what it can do and how to rotate it', async () => {
  await session.open('show.py', github.slice(4, 12));
  await session.page.keyboard.press('Control+k');
  await session.page.keyboard.press('Control+i');
  const hover = session.page.locator('.monaco-hover:visible').filter({ hasText: 'GitHub' }).first();
  await hover.filter({ hasText: 'Why it is flagged' }).waitFor();
  await session.screenshot('hover');
  const text = (await hover.textContent()) ?? '';
  assert.match(text, /checksum/i);
  assert.match(text, /rotate/i);
  assert.ok(!text.includes(github.slice(0, 10)));
  await session.page.keyboard.press('Escape');
});

test('the quick fix moves it into the keychain, by keyboard alone', async () => {
  await session.open('show.py', github.slice(4, 12));
  await session.quickFix('Move to Keychain');
  const prompts = await session.acceptPrompts();
  assert.ok(prompts <= 4, `${prompts} prompts`);
  await session.until(
    'the file reads the environment',
    async () => session.read('show.py'),
    text => text.includes('os.environ["GITHUB_TOKEN"]'),
  );
  assert.match(await session.notification(/Moved/), /GITHUB_TOKEN.*undo/i);
  await session.screenshot('moved');
  assert.ok(!session.read('show.py').includes(github));
  assert.match(session.read('.env.schema'), /^GITHUB_TOKEN="ref\+keychain:\/\/[^"]+\/GITHUB_TOKEN"$/m);
  const items = secretTool(['search', '--all', '--unlock', 'account', process.env.USER ?? 'root']);
  assert.equal(items.split(github).length - 1, 1, 'exactly one item holds the value');
  await session.until(
    'nothing is flagged any more',
    () => session.diagnostics('show.py'),
    list => list.length === 0,
  );
});

test('the program runs as before from a task, once the user agreed', async () => {
  await session.notification(/terminals, tasks and debug sessions/, 'Allow');
  await session.until(
    'the task prints what it printed before',
    async () => {
      for (const name of ['out.txt', 'done.txt']) rmSync(join(session.folder, name), { force: true });
      await session.command('Tasks: Run Task');
      await session.page
        .getByRole('option', { name: /^Show(,|$)/ })
        .first()
        .waitFor();
      await session.page.keyboard.type('Show');
      await session.page.keyboard.press('Enter');
      await session.until(
        'the task wrote its output',
        async () => existsSync(join(session.folder, 'out.txt')) && existsSync(join(session.folder, 'done.txt')),
        Boolean,
      );
      return session.read('out.txt');
    },
    text => text === `${github.length}${github.slice(-4)}`,
    60,
  );
  await session.screenshot('task');
});

test('and from keysweep run', () => {
  const output = execFileSync(process.execPath, [cli, 'run', '--', 'python3', 'show.py'], {
    cwd: session.folder,
    env: { ...process.env, ...keyring.environment },
    encoding: 'utf8',
  });
  assert.equal(output, `${github.length}${github.slice(-4)}`);
});

test('one undo brings the text back; the value stays stored', async () => {
  await session.open('show.py');
  await session.page.keyboard.press('Control+z');
  await session.until(
    'the literal is back',
    () => session.probe(vscode => vscode.window.activeTextEditor?.document.getText() ?? ''),
    text => text.includes('TOKEN = "gh') && !text.includes('os.environ'),
  );
  await session.command('File: Save All Files');
  await session.open('show.py', github.slice(4, 12));
  await session.quickFix('Move to Keychain');
  await session.acceptPrompts();
  await session.until(
    'moved again, under the name that already holds this value',
    async () => session.read('show.py'),
    text => text.includes('os.environ["GITHUB_TOKEN"]'),
  );
});

test('the same into Vault', async () => {
  await session.open('charge.ts', stripe.slice(8, 14));
  await session.quickFix('Move to Vault');
  await session.acceptPrompts();
  await session.until(
    'the file reads the environment',
    async () => session.read('charge.ts'),
    text => text.includes('process.env.STRIPE_API_KEY'),
  );
  assert.ok(!session.read('charge.ts').includes(stripe));
  assert.match(session.read('.env.schema'), /^STRIPE_API_KEY="ref\+vault:\/\/secret\/[^"]+#\/[^"]+"$/m);
  const output = execFileSync(process.execPath, [cli, 'run', '--', process.execPath, 'charge.ts'], {
    cwd: session.folder,
    env: { ...process.env, ...keyring.environment, ...bao.environment },
    encoding: 'utf8',
  });
  assert.equal(output, String(stripe.length));
});

test('one value in three programs moves in one step; plain JSON stays and is said', async () => {
  await session.open('one.py', shared.slice(6, 14));
  await session.quickFix('Move to Keychain');
  await session.page.locator('.quick-input-widget').waitFor({ state: 'visible' });
  await session.page.keyboard.press('Control+a');
  await session.page.keyboard.type('SHARED_TOKEN');
  await session.acceptPrompts();
  await session.until(
    'all three read the environment',
    async () => ['one.py', 'two.js', 'three.go'].map(path => session.read(path)),
    texts => texts.every(text => text.includes('SHARED_TOKEN') && !text.includes(shared)),
  );
  assert.ok(session.read('settings.json').includes(shared));
  const run = (program: string, ...rest: string[]) =>
    execFileSync(process.execPath, [cli, 'run', '--', program, ...rest], {
      cwd: session.folder,
      env: { ...process.env, ...keyring.environment, ...bao.environment },
      encoding: 'utf8',
    }).trim();
  assert.equal(run('python3', 'one.py'), String(shared.length));
  assert.equal(run(process.execPath, 'two.js'), String(shared.length));
  await session.open('settings.json', shared.slice(6, 14));
  await session.screenshot('refused-json');
});

test('after a reload everything is still there', async () => {
  await session.reload();
  await session.command('Keysweep: Show Inventory');
  const rows = session.page.locator('.monaco-list-row', { hasText: 'SHARED_TOKEN' });
  await rows.first().waitFor({ timeout: 30_000 });
  await session.screenshot('inventory');
});

test('no value stands anywhere but in documents and stores', async () => {
  assert.deepEqual(await leaks.found([session.base, keyring.environment.HOME!], session.page), []);
});

function secretTool(parameters: readonly string[]): string {
  return execFileSync('secret-tool', parameters, {
    env: { ...process.env, ...keyring.environment },
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}
