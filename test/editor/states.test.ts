import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { githubToken, password, stripeKey } from '../support/exampleWorkspace.ts';
import { type Keyring, startKeyring } from '../support/keyring.ts';
import { type OpenBao, startOpenBao } from '../support/openbao.ts';
import { packedExtension } from './packedExtension.ts';
import { type EditorSession, openSession } from './session.ts';

/* What goes wrong, and what a workspace may look like. */

let keyring: Keyring;
before(async () => {
  keyring = await startKeyring();
});
after(() => keyring?.close());

describe('a trusted workspace of two folders with a team pack', () => {
  let session: EditorSession;
  const token = githubToken();
  const many = Array.from({ length: 2_000 }, (_, at) => `const token${at} = '${githubToken()}';`).join('\n');
  const acme = `acme_${'k3'.repeat(10)}`;
  const notebook = JSON.stringify({
    cells: [{ cell_type: 'code', execution_count: null, metadata: {}, outputs: [], source: [`token = "${token}"\n`] }],
    metadata: { language_info: { name: 'python' } },
    nbformat: 4,
    nbformat_minor: 5,
  });

  before(async () => {
    session = await openSession({
      vsix: packedExtension(),
      environment: keyring.environment,
      folders: ['app', 'infra'],
      files: {
        'app/index.js': `// 🎉\r\nconst token = '${token}';\r\nconsole.log(token.length);\r\n`,
        'app/many.js': many,
        'app/notes.ipynb': notebook,
        'app/deploy.sh': `export ACME='${acme}'\n`,
        'app/.vscode/settings.json': '{ "keysweep.rulePacks": ["./security/keysweep.yaml"] }',
        'app/security/keysweep.yaml': `rules:\n  - id: acme-token\n    name: ACME token\n    pattern: '(acme_[a-z0-9]{20})'\n  - id: broken\n    pattern: '(unclosed'\n`,
        'infra/.env': `API_TOKEN=${token}\n`,
        'infra/app.py': `DATABASE_PASSWORD = "${password()}"\n`,
      },
    });
  });
  after(() => session?.close());

  test('emoji and CRLF before the secret leave the range exact', async () => {
    const found = await session.until(
      'flagged',
      () => session.diagnostics('app/index.js'),
      list => list.length > 0,
    );
    assert.deepEqual(
      found.map(({ text }) => text),
      [token],
    );
  });

  test('both folders are scanned, closed files too', async () => {
    const found = await session.until(
      'flagged',
      () => session.diagnostics('infra/.env'),
      list => list.length > 0,
    );
    assert.equal(found[0]!.text, token);
  });

  test('the pack’s rule counts in its folder; its broken rule is reported at its line', async () => {
    await session.until(
      'the team’s rule',
      () => session.diagnostics('app/deploy.sh'),
      list => list.some(({ code }) => code === 'acme-token'),
    );
    const problems = await session.until(
      'the problem',
      () => session.diagnostics('app/security/keysweep.yaml'),
      list => list.length > 0,
    );
    assert.match(problems[0]!.text, /unclosed/);
  });

  test('a pack that turns hostile is stopped and reported; the rest keeps working', async () => {
    await session.open('app/security/keysweep.yaml');
    await session.probe(async (vscode, text) => {
      const editor = vscode.window.activeTextEditor!;
      const whole = new vscode.Range(0, 0, editor.document.lineCount, 0);
      await editor.edit(edit => edit.replace(whole, text));
      await editor.document.save();
    }, `rules:\n  - id: hostile\n    keywords: [aaaa]\n    pattern: '((a+)+)\\$$'\n`);
    mkdirSync(join(session.folder, 'app/hostile'), { recursive: true });
    writeFileSync(join(session.folder, 'app/hostile/long.txt'), `${'a'.repeat(5_000)}!\n`);
    await session.open('app/hostile/long.txt');
    const problems = await session.until(
      'the hostile rule is reported',
      () => session.diagnostics('app/security/keysweep.yaml'),
      list => list.some(({ message }) => /switched off/i.test(message)),
      60,
    );
    assert.ok(problems.length >= 1);
    const found = await session.until(
      'others still work',
      () => session.diagnostics('app/index.js'),
      list => list.length > 0,
    );
    assert.equal(found[0]!.text, token);
  });

  test('2,000 findings in one file: the editor shows 1,000, the inventory all', async () => {
    await session.open('app/many.js');
    const shown = await session.until(
      'flagged',
      () => session.diagnostics('app/many.js'),
      list => list.length >= 999,
      60,
    );
    assert.ok(shown.length <= 1_000);
    await session.command('Keysweep: Show Inventory');
    await session.page.locator('.monaco-list-row', { hasText: 'In Code' }).first().waitFor();
    await session.screenshot('many');
  });

  test('a notebook’s cell is flagged', async () => {
    await session.probe(
      async (vscode, file) => {
        const document = await vscode.workspace.openNotebookDocument(vscode.Uri.file(file));
        await vscode.window.showNotebookDocument(document);
      },
      join(session.folder, 'app/notes.ipynb'),
    );
    const found = await session.until(
      'flagged in the cell',
      () =>
        session.probe(vscode =>
          vscode.languages
            .getDiagnostics()
            .filter(([uri]) => uri.scheme === 'vscode-notebook-cell')
            .flatMap(([, list]) => list.filter(one => one.source === 'keysweep').map(one => one.message)),
        ),
      list => list.length > 0,
    );
    assert.equal(found.length, 1);
  });

  test('a click on a row opens the line', async () => {
    await session.command('Keysweep: Show Inventory');
    await session.page
      .getByRole('button', { name: /Filter Inventory/ })
      .first()
      .click();
    await session.page.locator('.quick-input-widget', { hasText: 'Filter Inventory' }).waitFor();
    await session.page.waitForTimeout(500); // nobody types into a box before it is drawn
    await session.page.keyboard.type('app.py');
    await session.page.keyboard.press('Enter');
    const row = session.page.locator('.monaco-list-row', { hasText: /app\.py:\d/ }).first();
    await row.waitFor();
    await row.click();
    await session.until(
      'the file is open',
      () => session.probe(vscode => vscode.window.activeTextEditor?.document.fileName ?? ''),
      name => name.endsWith('app.py'),
    );
  });

  test('the text changed during the prompts: nothing is edited, nothing is left in the store', async () => {
    await session.open('app/index.js', token.slice(4, 12));
    await session.quickFix('Move to Keychain');
    await session.page.locator('.quick-input-widget').waitFor({ state: 'visible' });
    await session.probe(
      async (vscode, file) => {
        const edit = new vscode.WorkspaceEdit();
        edit.insert(vscode.Uri.file(file), new vscode.Position(0, 0), '// another line\r\n');
        await vscode.workspace.applyEdit(edit);
      },
      join(session.folder, 'app/index.js'),
    );
    await session.acceptPrompts();
    await session.notification(/changed/i);
    const text = await session.probe(vscode => vscode.window.activeTextEditor?.document.getText() ?? '');
    assert.ok(text.includes(token));
    await session.screenshot('stale');
  });

  test('a locked keyring: nothing is edited, the message says what to do', async () => {
    await keyring.lock();
    const before = readFileSync(join(session.folder, 'infra/app.py'), 'utf8');
    await session.open('infra/app.py', 'DATABASE_PASSWORD');
    await session.page.keyboard.press('End');
    await session.page.keyboard.press('ArrowLeft');
    await session.page.keyboard.press('ArrowLeft');
    await session.quickFix('Move to Keychain');
    const outcome = await Promise.race([
      session.notification(/locked/i),
      session
        .acceptPrompts()
        .catch(() => 0)
        .then(() => session.notification(/locked/i)),
    ]);
    assert.match(outcome, /unlock/i);
    assert.equal(readFileSync(join(session.folder, 'infra/app.py'), 'utf8'), before);
    await session.screenshot('locked');
  });
});

describe('an untrusted workspace', () => {
  let session: EditorSession;
  const stripe = stripeKey();

  before(async () => {
    session = await openSession({
      vsix: packedExtension(),
      environment: keyring.environment,
      trusted: false,
      files: {
        'a.js': `const key = '${stripe}';\n`,
        'b.sh': `export ACME='acme_${'k3'.repeat(10)}'\n`,
        '.vscode/settings.json': '{ "keysweep.rulePacks": ["./pack.yaml"], "keysweep.minimumConfidence": "certain" }',
        'pack.yaml': `rules:\n  - id: acme-token\n    pattern: '(acme_[a-z0-9]{20})'\n    confidence: certain\ndisable: ['stripe-*']\n`,
      },
    });
  });
  after(() => session?.close());

  test('built-in rules flag; its pack and settings are not used; the user is told', async () => {
    await session.open('a.js');
    const found = await session.until(
      'flagged',
      () => session.diagnostics('a.js'),
      list => list.length > 0,
    );
    assert.equal(found[0]!.text, stripe);
    assert.deepEqual(await session.diagnostics('b.sh'), []);
    await session.screenshot('untrusted');
  });

  test('once it is trusted the pack counts, without a reload', async () => {
    await session.page.getByText('Manage', { exact: true }).click();
    await session.page.getByRole('button', { name: 'Trust', exact: true }).click();
    await session.until(
      'the pack has switched Stripe’s rules off',
      () => session.diagnostics('a.js'),
      list => list.length === 0,
    );
    await session.until(
      'the pack’s rule',
      () => session.diagnostics('b.sh'),
      list => list.length > 0,
    );
  });
});

describe('a vault whose address alone is known', () => {
  let bao: OpenBao;
  let session: EditorSession;
  const [first, second] = [githubToken(), stripeKey()];

  before(async () => {
    await keyring.restartDaemon(); // locked by the journey before
    bao = await startOpenBao();
    session = await openSession({
      vsix: packedExtension(),
      environment: { ...keyring.environment, VAULT_ADDR: bao.address },
      files: { 'a.py': `FIRST = "${first}"\nSECOND = "${second}"\n` },
    });
  });
  after(async () => {
    await session?.close();
    await bao?.close();
  });

  test('the token is asked for when something is stored, and kept for the next time', async () => {
    await session.open('a.py', first.slice(6, 12));
    await session.quickFix('Move to Vault');
    await session.page.locator('.quick-input-widget', { hasText: 'Move to Vault' }).waitFor();
    await session.page.keyboard.press('Enter');
    await session.page.locator('.quick-input-widget', { hasText: 'Vault Token' }).waitFor();
    await session.screenshot('vault-token');
    await session.page.keyboard.type(bao.token);
    await session.page.keyboard.press('Enter');
    await session.until(
      'moved',
      async () => session.read('a.py'),
      text => !text.includes(first),
    );
    await session.open('a.py', second.slice(8, 14));
    await session.quickFix('Move to Vault');
    assert.equal(await session.acceptPrompts(), 1);
    await session.until(
      'moved without a question',
      async () => session.read('a.py'),
      text => !text.includes(second),
    );
  });
});
