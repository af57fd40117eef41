import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { after, before, describe, type TestContext, test } from 'node:test';
import type { Reference } from '../../server/engine/reference.ts';
import { SecretValue } from '../../server/stores/secretValue.ts';
import { type SecretStore, StoreError } from '../../server/stores/store.ts';
import type { StoreOptions } from '../../server/stores/stores.ts';
import { startKeyring } from '../support/keyring.ts';
import { type OpenBao, startOpenBao } from '../support/openbao.ts';
import { openStoresFor } from '../support/openStoresFor.ts';
import { tempFolder } from '../support/tempFolder.ts';

type Environment = Readonly<Record<string, string | undefined>>;

const signal = new AbortController().signal;
const marker = `marker${Math.random().toString(36).slice(2)}`;

describe('a real OpenBao', () => {
  let bao: OpenBao;
  let store: SecretStore;
  let reference: Reference;
  before(async () => {
    bao = await startOpenBao();
    store = vaultFor(bao.environment);
    reference = store.referenceFor('billing', 'API_KEY');
    await store.create(reference, secret(marker), {}, signal);
  });
  after(() => bao.close());

  test('keeps one path a name, with what is known of it', async () => {
    const described = store.referenceFor('billing', 'DESCRIBED');
    const metadata = {
      kind: 'token',
      owner: 'payments',
      purpose: 'charges',
      expires: '2027-01-31',
      folder: '/home/me/shop',
    };
    await store.create(described, secret(marker), metadata, signal);
    assert.deepEqual(described, { backend: 'vault', path: 'secret/billing/DESCRIBED', parameters: {}, key: 'value' });
    const { data } = (await bao.call('GET', 'secret/data/billing/DESCRIBED')) as { data: { data: unknown } };
    assert.deepEqual(data.data, { value: marker });
    const kept = (await bao.call('GET', 'secret/metadata/billing/DESCRIBED')) as { data: { custom_metadata: unknown } };
    const custom = {
      kind: 'token',
      owner: 'payments',
      purpose: 'charges',
      expires: '2027-01-31',
      'managed-by': 'keysweep',
    };
    assert.deepEqual(kept.data.custom_metadata, custom);
    await store.remove(described, signal);
  });

  test('other mounts, prefixes, keys and versions', async () => {
    await bao.call('POST', 'sys/mounts/team/kv', { type: 'kv', options: { version: '2' } });
    const options = { vault: { address: '', namespace: '', mount: '/team/kv/', pathPrefix: 'dev/me/' } };
    const prefixed = vaultFor(bao.environment, options);
    const own = prefixed.referenceFor('shop', 'KEY');
    assert.equal(own.path, 'team/kv/dev/me/shop/KEY');
    await prefixed.create(own, secret(`${marker}-1`), {}, signal);
    await prefixed.set(own, secret(`${marker}-2`), {}, signal);
    assert.deepEqual(await prefixed.list('shop', signal), [own]);
    assert.equal((await prefixed.get({ ...own, parameters: { version: '1' } }, signal)).reveal(), `${marker}-1`);
    assert.equal((await prefixed.get(reference, signal)).reveal(), marker);

    await bao.call('POST', 'secret/data/foreign/db', { data: { password: marker, port: 5432, deep: { a: 'inner' } } });
    const foreign = { backend: 'vault', path: 'secret/foreign/db', parameters: {}, key: 'password' };
    assert.equal((await store.get(foreign, signal)).reveal(), marker);
    assert.equal((await store.get({ ...foreign, key: 'port' }, signal)).reveal(), '5432');
    assert.equal((await store.get({ ...foreign, key: 'deep/a' }, signal)).reveal(), 'inner');
    assert.equal(await store.has({ ...foreign, key: 'deep/a' }, signal), true);
    assert.match(await failureOf(store.get({ ...foreign, key: 'deep' }, signal)), /^invalid: .*not a single value/);
    assert.match(await failureOf(store.get({ ...foreign, key: 'user' }, signal)), /^absent: /);
    assert.equal(await store.has({ ...foreign, key: 'user' }, signal), false);
    // Its neighbours stay.
    await store.set(foreign, secret(`${marker}-new`), {}, signal);
    await store.remove({ ...foreign, key: 'port' }, signal);
    const { data } = (await bao.call('GET', 'secret/data/foreign/db')) as { data: { data: unknown } };
    assert.deepEqual(data.data, { password: `${marker}-new`, deep: { a: 'inner' } });
  });

  test('deleted in the store: said, not overwritten, set anew or removed for good', async () => {
    const gone = store.referenceFor('billing', 'GONE');
    await store.create(gone, secret(marker), {}, signal);
    await bao.call('DELETE', 'secret/data/billing/GONE');
    for (const act of [
      () => store.get(gone, signal),
      () => store.has(gone, signal),
      () => store.create(gone, secret(marker), {}, signal),
    ])
      assert.match(await failureOf(act()), /^deleted: .*undelete/);
    await store.set(gone, secret(`${marker}-2`), {}, signal);
    assert.equal((await store.get(gone, signal)).reveal(), `${marker}-2`);
    await store.remove(gone, signal);
    await store.create(gone, secret(marker), {}, signal);
    await store.remove(gone, signal);
  });

  test('a version 1 mount, another engine and no mount are told apart', async () => {
    await bao.call('POST', 'sys/mounts/old', { type: 'kv', options: { version: '1' } });
    await bao.call('POST', 'old/billing/API_KEY', { value: marker });
    const at = (path: string): Reference => ({ ...reference, path });
    for (const path of ['old/billing/API_KEY', 'old/billing/OTHER'])
      for (const act of [() => store.get(at(path), signal), () => store.create(at(path), secret(marker), {}, signal)])
        assert.match(await failureOf(act()), /^unsupported: .*version 1/);
    assert.match(await failureOf(store.create(at('sys/billing/X'), secret(marker), {}, signal)), /^unsupported: /);
    assert.match(await failureOf(store.get(at('nowhere/billing/X'), signal)), /^invalid: .*no such mount/);
    const old = vaultFor(bao.environment, { vault: { address: '', namespace: '', mount: 'old', pathPrefix: '' } });
    assert.equal((await old.check(signal))?.code, 'unsupported');
  });

  test('a refused token and a missing right are told apart', async () => {
    const wrong = vaultFor({ ...bao.environment, BAO_TOKEN: `s.${marker}` });
    assert.match(
      await failureOf(wrong.get(reference, signal)),
      /^unauthenticated: .*the token in BAO_TOKEN.*Log in again/,
    );
    assert.equal((await wrong.check(signal))?.code, 'unauthenticated');

    const reader = vaultFor({
      ...bao.environment,
      BAO_TOKEN: await tokenWith('path "secret/data/billing/*" { capabilities = ["read"] }'),
    });
    assert.equal((await reader.get(reference, signal)).reveal(), marker);
    assert.equal(await reader.has(reference, signal), true);
    const fresh = store.referenceFor('billing', 'FRESH');
    assert.match(await failureOf(reader.create(fresh, secret(marker), {}, signal)), /^denied: .*does not allow create/);
    assert.match(await failureOf(reader.list('billing', signal)), /^denied: .*does not allow list/);
    assert.match(await failureOf(reader.remove(reference, signal)), /^denied: .*does not allow delete/);
    assert.match(
      await failureOf(reader.get(store.referenceFor('other', 'KEY'), signal)),
      /^denied: .*does not allow read/,
    );

    const writer = vaultFor({
      ...bao.environment,
      BAO_TOKEN: await tokenWith('path "secret/data/billing/*" { capabilities = ["create", "read"] }'),
    });
    await writer.create(fresh, secret(marker), { owner: 'me' }, signal);
    await store.remove(fresh, signal);
  });

  test('a token from a file', async context => {
    const home = await tempFolder(context, { '.vault-token': `${bao.token}\n` });
    const store = vaultFor({ HOME: home, VAULT_ADDR: bao.address });
    assert.equal((await store.get(reference, signal)).reveal(), marker);
  });

  test('a check asks nobody for a token: it says that there is none, or that one can be asked for', async context => {
    const home = await tempFolder(context);
    const environment = { HOME: home, VAULT_ADDR: bao.address };
    const signal = AbortSignal.timeout(10_000);
    const alone = await openStoresFor(environment).get('vault')!.check(signal);
    assert.equal(alone?.code, 'unauthenticated');
    const asking = openStoresFor(environment, {
      askVaultToken: () => Promise.reject(new Error('asked during a check')),
    });
    assert.equal(await asking.get('vault')!.check(signal), undefined);
  });

  test('a token that is asked for is kept in the keychain, asked for again once it is refused', async context => {
    const keyring = await startKeyring();
    context.after(() => keyring.close());
    const asked: string[] = [];
    const tokens = [await tokenWith('path "secret/*" { capabilities = ["read"] }'), bao.token];
    const options: Partial<StoreOptions> = {
      vault: { address: bao.address, namespace: '', mount: 'secret', pathPrefix: '' },
      askVaultToken: async address => {
        asked.push(address);
        return new SecretValue(tokens[asked.length - 1]!);
      },
    };
    const read = async () => {
      const stores = openStoresFor(keyring.environment, options);
      const many = await stores.resolve([reference, { ...reference, path: 'secret/billing/NONE' }, reference], signal);
      await stores.dispose();
      return many.map(one => (one.kind === 'value' ? one.value.reveal() : one.error.code));
    };
    assert.deepEqual(await read(), [marker, 'absent', marker]);
    assert.deepEqual(await read(), [marker, 'absent', marker]);
    assert.deepEqual(asked, [bao.address]);
    await bao.call('POST', 'auth/token/revoke', { token: tokens[0] });
    assert.deepEqual(await read(), [marker, 'absent', marker]);
    assert.deepEqual(asked, [bao.address, bao.address]);
    assert.match(
      await failureOf(vaultFor({ ...bao.environment, BAO_TOKEN: `two words ${marker}` }).get(reference, signal)),
      /^unauthenticated: .*BAO_TOKEN is no Vault token/,
    );
    const none = openStoresFor(keyring.environment, {
      ...options,
      vault: { ...options.vault!, address: `${bao.address}/` },
      askVaultToken: async () => undefined,
    });
    assert.match(
      await failureOf(none.get('vault')!.get(reference, signal)),
      /^unauthenticated: .*no token.*vault login/,
    );
    await none.dispose();
  });

  test('a question for a token goes on to the next when the one who asked leaves', async context => {
    const leaving = new AbortController();
    let asked = 0;
    const stores = openStoresFor(
      { HOME: await tempFolder(context) },
      {
        vault: { address: bao.address, namespace: '', mount: 'secret', pathPrefix: '' },
        askVaultToken: async (_address, asker) => {
          asked++;
          if (asker !== leaving.signal) return new SecretValue(bao.token);
          leaving.abort();
          throw asker.reason;
        },
      },
    );
    const store = stores.get('vault')!;
    const [first, second] = await Promise.all([
      failureOf(store.get(reference, leaving.signal)),
      store.get(reference, signal),
    ]);
    assert.match(first, /^cancelled: /);
    assert.equal(second.reveal(), marker);
    assert.equal(asked, 2);
    await stores.dispose();
  });

  test('a namespace that is not there is not taken for an empty one', async () => {
    const elsewhere = vaultFor({ ...bao.environment, BAO_NAMESPACE: 'nowhere' });
    assert.match(await failureOf(elsewhere.get(reference, signal)), /^invalid: .*namespace/);
    await bao.call('POST', 'sys/namespaces/team');
    const namespaced = vaultFor({ ...bao.environment, BAO_NAMESPACE: 'team' });
    assert.match(await failureOf(namespaced.get(reference, signal)), /^invalid: .*no such mount/);
  });

  test('a write whose answer is lost counts, one that cannot be finished is taken back', async context => {
    const lost = { drop: (request: IncomingMessage) => request.method === 'POST', status: 0 };
    const address = await faulty(context, async (request, response) => {
      let body = '';
      for await (const chunk of request) body += chunk;
      const answer = await bao.call(
        request.method!,
        request.url!.slice('/v1/'.length),
        body === '' ? undefined : JSON.parse(body),
      );
      if (lost.drop(request))
        return lost.status === 0 ? request.socket.destroy() : response.writeHead(lost.status).end();
      response.writeHead('errors' in answer ? 404 : 200).end(JSON.stringify(answer));
    });
    const between = vaultFor({ ...bao.environment, BAO_ADDR: address });
    const first = store.referenceFor('lost', 'FIRST');
    lost.drop = request => request.method === 'POST' && request.url!.includes('/data/');
    await between.create(first, secret(marker), {}, signal);
    assert.equal((await store.get(first, signal)).reveal(), marker);
    const second = store.referenceFor('lost', 'SECOND');
    Object.assign(lost, {
      drop: (request: IncomingMessage) => request.method === 'POST' && request.url!.includes('/metadata/'),
      status: 500,
    });
    assert.match(await failureOf(between.create(second, secret(marker), {}, signal)), /^unavailable: .*status 500/);
    assert.equal(await store.has(second, signal), false);
    await store.create(second, secret(marker), {}, signal);
  });

  test('sealed, then gone', async () => {
    const other = await startOpenBao();
    const sealed = vaultFor(other.environment);
    await other.seal();
    assert.match(await failureOf(sealed.get(reference, signal)), /^sealed: .*unseal/);
    assert.equal((await sealed.check(signal))?.code, 'sealed');
    await other.close();
    assert.match(await failureOf(sealed.get(reference, signal)), /^unavailable: Nothing listens/);
  });

  async function tokenWith(policy: string): Promise<string> {
    const name = `p${Math.random().toString(36).slice(2)}`;
    await bao.call('PUT', `sys/policies/acl/${name}`, { policy });
    const answer = await bao.call('POST', 'auth/token/create', { policies: [name], no_parent: true });
    return (answer as { auth: { client_token: string } }).auth.client_token;
  }
});

describe('TLS', () => {
  test('an unknown authority, a named one, none wanted', async context => {
    const bao = await startOpenBao({ tls: true });
    context.after(() => bao.close());
    const strict = vaultFor(bao.environment);
    const reference = strict.referenceFor('billing', 'API_KEY');
    assert.match(await failureOf(strict.get(reference, signal)), /^tls: .*authority.*VAULT_CACERT/);
    const accepted: Environment[] = [
      { BAO_CACERT: bao.authority },
      { VAULT_CACERT: bao.authority },
      { VAULT_CACERT_BYTES: readFileSync(bao.authority, 'utf8') },
      { VAULT_SKIP_VERIFY: 'true' },
    ];
    for (const variables of accepted)
      assert.equal(await vaultFor({ ...bao.environment, ...variables }).check(signal), undefined);
    const missing = vaultFor({ ...bao.environment, BAO_CACERT: '/nowhere.pem' });
    assert.match(await failureOf(missing.get(reference, signal)), /^tls: .*cannot be read/);
    const plain = vaultFor({ ...bao.environment, BAO_ADDR: bao.address.replace('https', 'http') });
    assert.match(await failureOf(plain.get(reference, signal)), /^(tls|invalid|unavailable): /);
  });

  test('an expired certificate and one for another host', async context => {
    const folder = await tempFolder(context, { 'index.txt': '', serial: '01', 'ca.conf': authorityConfig });
    const cases: readonly [string, string, RegExp][] = [
      ['IP:127.0.0.1', '20200102000000Z', /^tls: .*expired/],
      ['DNS:other.example', '20490101000000Z', /^tls: .*another host/],
    ];
    for (const [name, end, message] of cases) {
      const [key, request, certificate] = ['key.pem', 'request.pem', 'certificate.pem'];
      const openssl = (line: string) =>
        execFileSync('openssl', line.split(' '), { cwd: folder, env: { ...process.env, NAME: name }, stdio: 'ignore' });
      openssl(`req -new -newkey rsa:2048 -nodes -keyout ${key} -out ${request} -subj /CN=x -config ca.conf`);
      const dates = `-startdate 20200101000000Z -enddate ${end}`;
      openssl(
        `ca -batch -selfsign -config ca.conf -keyfile ${key} -in ${request} -out ${certificate} -notext ${dates}`,
      );
      const server = createSecureServer({
        key: readFileSync(join(folder, key)),
        cert: readFileSync(join(folder, certificate)),
      }).listen(0, '127.0.0.1');
      await once(server, 'listening');
      const { port } = server.address() as AddressInfo;
      const address = `https://127.0.0.1:${port}`;
      const store = vaultFor({ ...tokenOnly, BAO_ADDR: address, BAO_CACERT: join(folder, certificate) });
      assert.match(await failureOf(store.get(store.referenceFor('p', 'N'), signal)), message);
      server.close();
    }
  });

  test('https:// to a server that speaks none', async context => {
    const address = await faulty(context, (_request, response) => response.end('{}'));
    const store = vaultFor({ ...tokenOnly, BAO_ADDR: address.replace('http:', 'https:') });
    assert.match(await failureOf(store.get(store.referenceFor('p', 'N'), signal)), /^tls: /);
  });
});

/** Faults that a real server does not show on demand, from a loopback server. */
describe('a faulty server', () => {
  const good = { data: { data: { value: 'there' }, metadata: { version: 1 } } };
  const json = (response: ServerResponse, status: number, body: unknown, headers = {}) =>
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
  const cases: Readonly<
    Record<
      string,
      {
        readonly answer: (request: IncomingMessage, response: ServerResponse, turn: number) => unknown;
        readonly expected: RegExp;
      }
    >
  > = {
    'that is silent': { answer: () => undefined, expected: /^timeout: .*within 0.3 seconds/ },
    'that stops in the middle': {
      answer: (_request, response) =>
        response.writeHead(200, { 'content-length': 500 }).write(`{"data":{"data":{"value":"${marker}`),
      expected: /^timeout: /,
    },
    'that breaks off': {
      answer: (_request, response) => {
        response
          .writeHead(200, { 'content-length': 500 })
          .write(`{"data":{"data":{"value":"${marker}`, () => response.destroy());
      },
      expected: /^unavailable: .*broke/,
    },
    'that cuts its JSON': {
      answer: (_request, response) => response.end(`{"data":{"data":{"value":"${marker}`),
      expected: /^unavailable: .*cut off/,
    },
    'that is a web page': {
      answer: (_request, response) => response.end('<html>log in</html>'),
      expected: /^unavailable: .*is not Vault/,
    },
    'that answers with other JSON': {
      answer: (_request, response) => json(response, 200, [marker]),
      expected: /^(invalid|unsupported): /,
    },
    'that repeats the value in an error': {
      answer: (_request, response) => json(response, 500, { errors: [`cannot store ${marker}`] }),
      expected: /^unavailable: .*status 500/,
    },
    'that repeats it in a refusal': {
      answer: (_request, response) => json(response, 400, { errors: [`bad ${marker}`] }),
      expected: /^invalid: /,
    },
    'that is busy once': {
      answer: (_request, response, turn) =>
        turn === 0 ? json(response, 429, {}, { 'retry-after': '0' }) : json(response, 200, good),
      expected: /^there$/,
    },
    'that is busy for long': {
      answer: (_request, response) => json(response, 429, {}, { 'retry-after': '600' }),
      expected: /^throttled: /,
    },
    'that is always busy': {
      answer: (_request, response) => json(response, 429, {}, { 'retry-after': '0' }),
      expected: /^throttled: /,
    },
    'behind a proxy that fails once': {
      answer: (_request, response, turn) =>
        turn === 0 ? response.writeHead(502).end('<html>') : json(response, 200, good),
      expected: /^there$/,
    },
    'that drops the first connection': {
      answer: (request, response, turn) => (turn === 0 ? request.socket.destroy() : json(response, 200, good)),
      expected: /^there$/,
    },
    'that is a standby': {
      answer: (request, response) =>
        request.url?.includes('health')
          ? json(response, 429, { sealed: false, standby: true })
          : json(response, 503, {}),
      expected: /^unavailable: .*standby/,
    },
    'that is down behind its proxy': {
      answer: (_request, response) => response.writeHead(503).end('down'),
      expected: /^unavailable: .*503/,
    },
    'that is not initialised': {
      answer: (_request, response) => json(response, 501, {}),
      expected: /^unavailable: .*not initialised/,
    },
    'that forbids the method': { answer: (_request, response) => json(response, 405, {}), expected: /^unsupported: / },
    'that sends elsewhere for ever': {
      answer: (_request, response) => response.writeHead(307, { location: '/v1/again' }).end(),
      expected: /^unavailable: .*status 307/,
    },
    'that sends to the active node': {
      answer: (request, response) =>
        request.url?.includes('active')
          ? json(response, 200, good)
          : response.writeHead(307, { location: '/v1/active' }).end(),
      expected: /^there$/,
    },
  };
  for (const [name, { answer, expected }] of Object.entries(cases)) {
    test(name, async context => {
      let turn = 0;
      const address = await faulty(context, (request, response) => answer(request, response, turn++));
      const store = vaultFor({ ...tokenOnly, BAO_ADDR: address, VAULT_CLIENT_TIMEOUT: '300ms' });
      const reference = store.referenceFor('p', 'N');
      const outcome = await store.get(reference, signal).then(
        value => value.reveal(),
        (error: unknown) => textOf(error),
      );
      assert.match(outcome, expected);
    });
  }

  test('is asked for a few things at a time', async context => {
    let [running, most] = [0, 0];
    const address = await faulty(context, (_request, response) => {
      most = Math.max(most, ++running);
      setImmediate(() => {
        running--;
        json(response, 200, good);
      });
    });
    const store = vaultFor({ ...tokenOnly, BAO_ADDR: address });
    const names = Array.from({ length: 100 }, (_, place) => store.referenceFor('p', `N${place}`));
    assert.equal((await Promise.all(names.map(name => store.get(name, signal)))).length, 100);
    assert.ok(most <= 8, `${most} at once`);
  });

  test('whoever gives up does not wait until it is their turn', async context => {
    const held: ServerResponse[] = [];
    const full = Promise.withResolvers<void>();
    const address = await faulty(context, (_request, response) => {
      if (held.push(response) === 8) full.resolve();
    });
    const store = vaultFor({ ...tokenOnly, BAO_ADDR: address });
    const first = Array.from({ length: 8 }, (_, place) => store.get(store.referenceFor('p', `N${place}`), signal));
    await full.promise;
    const giving = new AbortController();
    const waiting = store.get(store.referenceFor('p', 'LAST'), giving.signal);
    giving.abort();
    assert.match(await waiting.then(String, textOf), /cancelled/);
    for (const response of held) json(response, 200, good);
    assert.equal((await Promise.all(first)).length, 8);
  });

  test('a write is not sent twice, and its failure says nothing of it', async context => {
    const bodies: string[] = [];
    const address = await faulty(context, async (request, response) => {
      if (request.method !== 'POST') return json(response, 404, { errors: [] });
      let body = '';
      for await (const chunk of request) body += chunk;
      bodies.push(body);
      json(response, 502, { errors: [body] });
    });
    const store = vaultFor({ ...tokenOnly, BAO_ADDR: address });
    assert.match(
      await failureOf(store.create(store.referenceFor('p', 'N'), secret(marker), {}, signal)),
      /^unavailable: .*status 502/,
    );
    assert.equal(bodies.length, 1);
  });

  test('a host name that nobody knows', async () => {
    const store = vaultFor({ ...tokenOnly, BAO_ADDR: 'http://vault.invalid:8200' });
    assert.match(
      await failureOf(store.get(store.referenceFor('p', 'N'), signal)),
      /^unavailable: .*vault\.invalid.*not known/,
    );
  });

  test('cancelled in the middle', { timeout: 30_000 }, async context => {
    const address = await faulty(context, () => undefined);
    // The server never answers: waited for, it would take longer than this test may.
    const store = vaultFor({ ...tokenOnly, BAO_ADDR: address, BAO_CLIENT_TIMEOUT: '60' });
    assert.match(await failureOf(store.get(store.referenceFor('p', 'N'), AbortSignal.timeout(50))), /^cancelled: /);
  });

  test('an address with a user in it is refused', async () => {
    const address = `http://user:${marker}@127.0.0.1:8200`;
    const stores = openStoresFor(tokenOnly, { vault: { address, namespace: '', mount: 'secret', pathPrefix: '' } });
    const store = stores.get('vault')!;
    assert.match(await failureOf(store.get(store.referenceFor('p', 'N'), signal)), /^invalid: .*plain http/);
    assert.equal((await store.check(signal))?.code, 'invalid');
  });
});

/** For `openssl ca`, which alone can set dates in the past. */
const authorityConfig = `
[ca]
default_ca = own
[own]
database = index.txt
serial = serial
new_certs_dir = .
default_md = sha256
policy = any
x509_extensions = extensions
unique_subject = no
[any]
commonName = supplied
[extensions]
subjectAltName = $ENV::NAME
basicConstraints = CA:TRUE
[req]
distinguished_name = any
`;

const tokenOnly: Environment = { HOME: '/nowhere', BAO_TOKEN: 'loopback' };

async function faulty(
  context: TestContext,
  answer: (request: IncomingMessage, response: ServerResponse) => unknown,
): Promise<string> {
  const server = createServer((request, response) => void answer(request, response)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  context.after(() => {
    server.close();
    server.closeAllConnections();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function vaultFor(environment: Environment, options: Partial<StoreOptions> = {}): SecretStore {
  return openStoresFor(environment, options).get('vault')!;
}

async function failureOf(act: Promise<unknown>): Promise<string> {
  return textOf(
    await act.then(
      () => assert.fail('it succeeded'),
      (reason: unknown) => reason,
    ),
  );
}

/** `code: message advice`, and nothing of a value or token in it. */
function textOf(error: unknown): string {
  assert.ok(error instanceof StoreError, String(error));
  const text = `${error.code}: ${error.message} ${error.advice}`;
  assert.doesNotMatch(`${text}${error.stack}`, new RegExp(marker));
  return text;
}

function secret(text: string): SecretValue {
  return new SecretValue(text);
}
