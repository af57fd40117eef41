import assert from 'node:assert/strict';
import { chmod } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { SecretValue } from '../../server/stores/secretValue.ts';
import { StoreError } from '../../server/stores/store.ts';
import { openStoresFor } from '../support/openStoresFor.ts';
import { programStores, startProgramStore } from '../support/programStores.ts';
import { tempFolder } from '../support/tempFolder.ts';

const signal = new AbortController().signal;
const marker = `marker${Math.random().toString(36).slice(2)}`;

for (const id of programStores) {
  test(`${id}: a program that quotes what it was given and fails is told without it`, async t => {
    const { environment } = start(t, id);
    const script = '#!/bin/sh\necho "[GNUPG:] NO_SECKEY" >&2\ncat >&2\necho "$@"\nexit 3\n';
    const store = openStoresFor(await before(t, environment, id, script)).get(id)!;
    const reference = store.referenceFor('p', 'N');
    const failure = await store
      .create(reference, new SecretValue(marker), { owner: 'me' }, signal)
      .catch(error => error);
    assert.ok(failure instanceof StoreError);
    assert.equal(failure.code, 'denied');
    assert.doesNotMatch(`${failure.message}${failure.advice}${failure.stack}`, new RegExp(marker));
    assert.equal(await store.has(reference, signal), false);
  });

  test(`${id}: a program that hangs is ended when nobody waits any more`, async t => {
    const { environment } = start(t, id);
    const store = openStoresFor(await before(t, environment, id, '#!/bin/sh\nexec tail -f /dev/null\n')).get(id)!;
    const giving = new AbortController();
    const creating = store.create(store.referenceFor('p', 'N'), new SecretValue(marker), {}, giving.signal);
    setImmediate(() => giving.abort());
    await assert.rejects(creating, { code: 'cancelled' });
  });

  test(`${id}: without the program the store is not set up`, async t => {
    const { environment } = start(t, id);
    const stores = openStoresFor({ ...environment, PATH: await tempFolder(t) });
    assert.equal(stores.get(id), undefined);
    assert.match(stores.missing(id).advice, new RegExp(`Install ${id}`));
  });

  test(`${id}: what another key encrypted is denied`, async t => {
    const [mine, other] = [start(t, id), start(t, id)];
    const { GNUPGHOME, AGE_IDENTITY_FILE } = other.environment;
    const store = openStoresFor(mine.environment).get(id)!;
    const reference = store.referenceFor('p', 'N');
    await store.create(reference, new SecretValue(marker), {}, signal);
    const stranger = openStoresFor({ ...mine.environment, GNUPGHOME, AGE_IDENTITY_FILE }).get(id)!;
    await assert.rejects(stranger.get(reference, signal), { code: 'denied' });
    assert.equal(await stranger.has(reference, signal), true);
  });
}

test("pass: entries that others made are read as pass's own programs mean them", async t => {
  const { environment } = start(t, 'pass');
  const { execFileSync } = await import('node:child_process');
  const insert = (name: string, text: string) =>
    execFileSync('pass', ['insert', '-m', name], {
      env: environment,
      input: text,
      stdio: ['pipe', 'ignore', 'ignore'],
    });
  insert('web/shop', `${marker}\nuser: ada\nurl: https://shop.example\n`);
  insert('keys/site', `-----BEGIN X-----\n${marker}\n-----END X-----\n`);
  const store = openStoresFor(environment).get('pass')!;
  const [shop, site] = ['web/shop', 'keys/site'].map(path => ({ backend: 'pass', path, parameters: {}, key: '' }));
  assert.equal((await store.get(shop!, signal)).reveal(), marker);
  assert.equal((await store.get(site!, signal)).reveal(), `-----BEGIN X-----\n${marker}\n-----END X-----`);
  await store.set(shop!, new SecretValue('two'), {}, signal);
  const shown = execFileSync('pass', ['show', 'web/shop'], { env: environment, encoding: 'utf8' });
  assert.equal(shown, 'two\nuser: ada\nurl: https://shop.example\n');
  await assert.rejects(store.set(site!, new SecretValue('two'), {}, signal), { code: 'invalid' });
  await store.withdraw(shop!, new SecretValue('two'), signal);
  assert.equal(await store.has(shop!, signal), true);
});

function start(t: TestContext, id: (typeof programStores)[number]) {
  const store = startProgramStore(id);
  t.after(() => store.close());
  return store;
}

/** The environment with a script of that name before the program on the PATH. */
async function before(
  t: TestContext,
  environment: Readonly<Record<string, string | undefined>>,
  name: string,
  script: string,
) {
  const folder = await tempFolder(t, { [name]: script });
  await chmod(join(folder, name), 0o755);
  return { ...environment, PATH: [folder, environment.PATH].join(delimiter) };
}
