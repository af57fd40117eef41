import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { Finding } from '../../server/engine/detector.ts';
import { openJournal } from '../../server/secrets/journal.ts';
import {
  type ApplyOutcome,
  type MoveHost,
  type MoveOutcome,
  type MoveRequest,
  moveSecret,
  projectOf,
  proposeMove,
  type TextEdits,
} from '../../server/secrets/moveSecret.ts';
import { SecretValue } from '../../server/stores/secretValue.ts';
import { type SecretStore, StoreError } from '../../server/stores/store.ts';
import { gitRepository } from '../support/gitRepository.ts';
import { type MemoryStore, memoryStore } from '../support/memoryStore.ts';
import { tempFolder } from '../support/tempFolder.ts';

const signal = new AbortController().signal;
// Made up, and of no provider's shape.
const value = ['Zq7', 'hT2m', 'Vx9L', 'w4Rb'].join('-');
const other = ['Kp3', 'nY8s', 'Dc6J', 'u1Fe'].join('-');

/** Finds the two values above, each wherever it stands in quotes or behind `=`. */
function findIn(text: string): readonly Finding[] {
  return [value, other].flatMap((secret, index) =>
    [...text.matchAll(new RegExp(`(?<=["'=])${secret}`, 'g'))].map(
      (match): Finding => ({
        rule: 'test-token',
        title: 'Test token',
        provider: '',
        kind: 'token',
        confidence: 'high',
        severity: 'error',
        start: match.index,
        end: match.index + secret.length,
        assigned: 'api_key',
        variable: 'API_KEY',
        parts: [],
        evidence: [],
        fingerprint: `f${index}`,
        guessable: false,
      }),
    ),
  );
}

interface Bench {
  readonly root: string;
  readonly store: MemoryStore;
  readonly host: MoveHost;
  readonly request: (over?: Partial<MoveRequest>) => Promise<MoveRequest>;
  readonly text: (path: string) => Promise<string>;
  /** What the host was told of. */
  readonly bugs: readonly unknown[];
}

/** A folder with files, and a host on it whose `apply` answers `outcome` without writing when that is not `applied`. */
async function bench(
  t: TestContext,
  files: Readonly<Record<string, string>>,
  outcome: ApplyOutcome | 'throws' = 'applied',
): Promise<Bench> {
  const root = await tempFolder(t, files);
  const store = memoryStore();
  const bugs: unknown[] = [];
  const text = (path: string) => readFile(join(root, path), 'utf8').catch(() => '');
  const host: MoveHost = {
    async read(file) {
      const found = await readFile(file, 'utf8').catch(() => undefined);
      if (found === undefined) return undefined;
      return { text: { file, source: { text: found, path: relative(root, file) } }, findings: findIn(found) };
    },
    async copies(fingerprint, except, _signal, mentions) {
      const paths = Object.keys(files).map(path => join(root, path));
      const texts = await Promise.all(paths.map(path => readFile(path, 'utf8')));
      return paths.filter((path, index) => {
        const found = texts[index] ?? '';
        return path !== except && (findIn(found).some(each => each.fingerprint === fingerprint) || mentions?.(found));
      });
    },
    failed: error => void bugs.push(error),
    async apply(edits) {
      if (outcome === 'throws') throw new Error('disk');
      if (outcome === 'applied') await write(edits);
      return outcome;
    },
  };
  const request = async (over: Partial<MoveRequest> = {}) => {
    const file = over.file ?? join(root, Object.keys(files)[0]!);
    const [finding] = findIn(await readFile(file, 'utf8'));
    const { start, end } = finding!;
    return { root, file, start, end, name: 'API_KEY', store, everywhere: false, ...over };
  };
  return { root, store, host, request, text, bugs };
}

async function write(all: readonly TextEdits[]): Promise<void> {
  for (const { file, before, edits } of all) {
    assert.equal(await readFile(file, 'utf8').catch(() => ''), before);
    const after = [...edits]
      .reverse()
      .reduce((text, edit) => text.slice(0, edit.start) + edit.text + text.slice(edit.end), before);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, after);
  }
}

const python = `api_key = "${value}"\nprint(len(api_key))\n`;

test('a value is stored, read back, and its literal becomes a read of the environment', async t => {
  const { root, store, host, request, text } = await bench(t, { 'app.py': python });
  const outcome = await moveSecret(await request(), host, signal);
  assert.ok(outcome.kind === 'moved', JSON.stringify(outcome));
  const { reference } = outcome.moved;
  assert.deepEqual([...store.values.values()], [value]);
  assert.match(reference, /^ref\+keychain:\/\/.+\/API_KEY$/);
  assert.ok((await text('.env.schema')).includes(`API_KEY="${reference}"`));
  assert.ok(!(await text('app.py')).includes(value) && (await text('app.py')).includes('API_KEY'));
  assert.deepEqual(outcome.moved, {
    name: 'API_KEY',
    reference,
    manifest: join(root, '.env.schema'),
    files: [join(root, 'app.py')],
    left: [],
    rotate: 'no',
    manifestIgnored: false,
  });
});

test('a secret belongs to the repositories whose manifests name it, not to the folder that is open', async t => {
  const { root, store, host, request, text } = await bench(t, {
    'code/shop/app.py': python,
    'code/shop/.git/HEAD': '',
    'code/tool/app.py': python,
    'code/tool/.git/HEAD': '',
  });
  const owners: (string | undefined)[] = [];
  const owned: SecretStore = {
    ...store,
    create: (reference, secret, metadata, ...rest) => {
      owners.push(metadata.folder);
      return store.create(reference, secret, metadata, ...rest);
    },
    addOwner: async (_, folder) => void owners.push(folder),
  };
  const outcome = await moveSecret(await request({ store: owned, everywhere: true }), host, signal);
  assert.ok(outcome.kind === 'moved', JSON.stringify(outcome));
  assert.deepEqual(owners, [join(root, 'code/shop'), join(root, 'code/tool')]);
  assert.equal(outcome.moved.manifest, join(root, 'code/shop/.env.schema'));
  assert.ok((await text('code/tool/.env.schema')).includes(outcome.moved.reference));
});

test('a copy in a repository inside another gets a name in its own manifest', async t => {
  const { root, host, request, text } = await bench(t, {
    'app.py': python,
    'tool/app.py': python,
    'lib/app.py': python,
  });
  for (const folder of ['.', 'tool']) execFileSync('git', ['init', '-q', folder], { cwd: root });
  const outcome = await moveSecret(await request({ everywhere: true }), host, signal);
  assert.ok(outcome.kind === 'moved', JSON.stringify(outcome));
  const named = await Promise.all(['', 'tool/', 'lib/'].map(folder => text(`${folder}.env.schema`)));
  assert.deepEqual(
    named.map(manifest => manifest.includes(outcome.moved.reference)),
    [true, true, false],
  );
});

const copies = {
  'app.py': `${python}# once: ${value}\n`,
  'other.py': `key = "${value}"\nelse_ = "${other}"\n`,
  'untouched.py': `key = "${other}"\n`,
};

test('every copy moves in one step when asked for, comments included', async t => {
  const { root, host, request, text } = await bench(t, copies);
  const outcome = await moveSecret(await request({ everywhere: true }), host, signal);
  assert.ok(outcome.kind === 'moved', JSON.stringify(outcome));
  assert.deepEqual(
    outcome.moved.files,
    ['app.py', 'other.py'].map(path => join(root, path)),
  );
  assert.deepEqual(outcome.moved.left, []);
  for (const path of Object.keys(copies)) assert.ok(!(await text(path)).includes(value), path);
  assert.ok((await text('other.py')).includes(other));
  assert.equal(await text('untouched.py'), copies['untouched.py']);
});

test('only the one literal moves when not asked for more', async t => {
  const { host, request, text } = await bench(t, copies);
  assert.equal((await moveSecret(await request(), host, signal)).kind, 'moved');
  assert.equal(await text('other.py'), copies['other.py']);
});

test('a copy that cannot be rewritten stays and is told with the reason', async t => {
  const files = { 'app.py': python, 'data.json': `{ "key": "${value}" }\n` };
  const { root, host, request, text } = await bench(t, files);
  const outcome = await moveSecret(await request({ everywhere: true }), host, signal);
  assert.ok(outcome.kind === 'moved');
  assert.deepEqual(
    outcome.moved.left.map(({ file }) => file),
    [join(root, 'data.json')],
  );
  assert.notEqual(outcome.moved.left[0]?.reason, '');
  assert.equal(await text('data.json'), files['data.json']);
});

test('a .env line of another name goes too, and its name stands for the same entry', async t => {
  const { root, store, host, request, text } = await bench(t, {
    'a.py': python,
    '.env': `A=1\nOLD_NAME=${value} # ${value}\n`,
    'kept/.env.schema': 'THEIRS="ref+keychain://billing/THEIRS"\n',
    'kept/.env': `THEIRS=${value}\n`,
  });
  const outcome = await moveSecret(await request({ everywhere: true }), host, signal);
  assert.deepEqual(outcome.kind === 'moved' && outcome.moved.left, [
    {
      file: join(root, 'kept/.env'),
      reason: `THEIRS already stands for something else in ${join('kept', '.env.schema')}.`,
    },
  ]);
  assert.equal(await text('.env'), 'A=1\n');
  const [path] = store.values.keys();
  const names = (await text('.env.schema')).split('\n').filter(line => /^\w/.test(line));
  assert.deepEqual(names, [`API_KEY="ref+keychain://${path}"`, `OLD_NAME="ref+keychain://${path}"`]);
});

test('a .env line is proposed under its own name, and moves under the one given', async t => {
  const { host, request, text } = await bench(t, { '.env': `own_name="${value}"\n` });
  const proposal = await proposeMove(await request(), host, signal);
  assert.equal(proposal.kind === 'proposal' && proposal.name, 'API_KEY');
  assert.equal((await moveSecret(await request({ name: 'GIVEN' }), host, signal)).kind, 'moved');
  assert.match(await text('.env.schema'), /^GIVEN="(.*)"$[\s\S]*^own_name="\1"$/m);
});

test('a value that stands in the manifest itself leaves it', async t => {
  const { host, request, text, store } = await bench(t, { '.env.schema': `# ours\nAPI_KEY="${value}"\nPORT=3000\n` });
  const outcome = await moveSecret(await request(), host, signal);
  assert.equal(outcome.kind, 'moved', JSON.stringify(outcome));
  assert.deepEqual([...store.values.values()], [value]);
  const manifest = await text('.env.schema');
  assert.ok(!manifest.includes(value) && manifest.includes('# ours') && manifest.includes('PORT=3000'));
  assert.equal(manifest.match(/^API_KEY="ref\+keychain:\/\/.*"$/gm)?.length, 1);
});

test('the same value under the same name is used as it is', async t => {
  const { host, request, store, root } = await bench(t, {
    'app.py': python,
    '.env.schema': 'API_KEY="ref+keychain://kept/API_KEY"\n',
  });
  store.values.set('kept/API_KEY', value);
  const outcome = await moveSecret(await request({ file: join(root, 'app.py') }), host, signal);
  assert.ok(
    outcome.kind === 'moved' && outcome.moved.reference === 'ref+keychain://kept/API_KEY',
    JSON.stringify(outcome),
  );
  assert.deepEqual([...store.values], [['kept/API_KEY', value]]);
});

interface Fault {
  readonly files?: Readonly<Record<string, string>>;
  readonly over?: Partial<MoveRequest>;
  readonly apply?: ApplyOutcome | 'throws';
  /** What the store does instead. */
  readonly store?: (store: MemoryStore) => Partial<SecretStore>;
  readonly before?: (store: MemoryStore, project: string) => void;
  readonly kind: MoveOutcome['kind'];
  readonly says: RegExp;
  /** What the store holds in the end; nothing by default. */
  readonly left?: readonly string[];
}

const failing = (code: 'locked' | 'timeout' | 'conflict') => new StoreError(code, 'The store says no.', 'Try again.');

const faults: Readonly<Record<string, Fault>> = {
  'a name that no variable can have': {
    over: { name: 'api-key' },
    kind: 'refused',
    says: /letters, digits and underscores/,
  },
  'a name that the system needs': { over: { name: 'PATH' }, kind: 'refused', says: /means something/ },
  'a literal that cannot be rewritten': {
    files: { 'data.json': `{ "key": "${value}" }\n` },
    kind: 'refused',
    says: /./,
  },
  'a range that is no finding any more': { over: { start: 1 }, kind: 'stale', says: /changed meanwhile/ },
  'another version of the text': { over: { version: 7 }, kind: 'stale', says: /changed meanwhile/ },
  'a name that holds another value': {
    before: (store, project) => store.values.set(`${project}/API_KEY`, other),
    kind: 'refused',
    says: /another value/,
    left: [other],
  },
  'a name that the manifest gives something else': {
    files: { 'app.py': python, '.env.schema': 'API_KEY=public\n' },
    kind: 'refused',
    says: /value of its own/,
  },
  'a name that the manifest keeps in another store': {
    files: { 'app.py': python, '.env.schema': 'API_KEY="ref+vault://secret/shop/API_KEY#/value"\n' },
    kind: 'refused',
    says: /elsewhere/,
  },
  'a locked store': {
    before: store => {
      store.problem = failing('locked');
    },
    kind: 'failed',
    says: /The store says no\. Try again\./,
  },
  'a store that cannot create': {
    store: () => ({ create: async () => Promise.reject(failing('locked')) }),
    kind: 'failed',
    says: /The store says no/,
  },
  'a creation that was cut off but arrived': {
    store: store => ({
      create: async (...args) => {
        await store.create(...args);
        throw failing('timeout');
      },
    }),
    kind: 'failed',
    says: /The store says no/,
  },
  'a store that gives back something else': {
    store: store => {
      let created = false;
      return {
        create: async (...args) => {
          created = true;
          return store.create(...args);
        },
        get: async (...args) => (created ? new SecretValue(other) : store.get(...args)),
      };
    },
    kind: 'failed',
    says: /did not give API_KEY back/,
  },
  'another window that stored another value under the name just now': {
    store: store => ({
      create: async (reference, ...rest) => {
        store.values.set(reference.path, other);
        return store.create(reference, ...rest);
      },
    }),
    kind: 'refused',
    says: /another value/,
    left: [other],
  },
  'a text that changed before it was edited': { apply: 'stale', kind: 'stale', says: /nothing was left in Keychain/ },
  'files that cannot be written': {
    apply: { kind: 'failed', reason: 'app.py is read-only.' },
    kind: 'failed',
    says: /app\.py is read-only\. Every file is as it was\./,
  },
  'files of which one could not be put back: what it reads now stays': {
    apply: { kind: 'failed', reason: 'b.py cannot be written.', lost: ['/shop/a.py'] },
    kind: 'failed',
    says: /could not be put back: \/shop\/a\.py\. They read API_KEY now/,
    left: [value],
  },
  'an editor that fails': { apply: 'throws', kind: 'failed', says: /could not be edited/ },
  'files and a store that fail': {
    apply: 'failed',
    store: () => ({ withdraw: async () => Promise.reject(failing('locked')) }),
    kind: 'failed',
    says: /could not be removed/,
    left: [value],
  },
};

for (const [name, fault] of Object.entries(faults)) {
  test(`nothing is edited: ${name}`, async t => {
    const files = fault.files ?? { 'app.py': python };
    const { root, store, host, request, text } = await bench(t, files, fault.apply);
    fault.before?.(store, await projectOf(join(root, '.env.schema'), undefined, signal));
    const used: SecretStore = { ...store, ...fault.store?.(store) };
    const outcome = await moveSecret(await request({ store: used, ...fault.over }), host, signal);
    const words = JSON.stringify(outcome);
    assert.equal(outcome.kind, fault.kind, words);
    assert.match(Object.values(outcome).flat().join(' '), fault.says);
    assert.ok(!words.includes(value) && !words.includes(other));
    assert.deepEqual([...store.values.values()], fault.left ?? []);
    for (const [path, before] of Object.entries(files)) assert.equal(await text(path), before);
    if (files['.env.schema' as keyof typeof files] === undefined) assert.equal(await text('.env.schema'), '');
  });
}

test('another window that stored the same value under the name just now', async t => {
  const { store, host, request } = await bench(t, { 'app.py': python });
  const create: SecretStore['create'] = async (reference, ...rest) => {
    store.values.set(reference.path, value);
    return store.create(reference, ...rest);
  };
  const outcome = await moveSecret(await request({ store: { ...store, create } }), host, signal);
  assert.equal(outcome.kind, 'moved');
  assert.deepEqual([...store.values.values()], [value]);
});

test('what another window relies on by now is not taken back', async t => {
  const one = await bench(t, { 'app.py': python }, 'failed');
  const two = await bench(t, { 'app.py': python });
  const reference = one.store.referenceFor('shared', 'API_KEY');
  const shared: SecretStore = { ...one.store, referenceFor: () => reference };
  const host: MoveHost = {
    ...one.host,
    apply: async (...edits) => {
      assert.equal((await moveSecret(await two.request({ store: shared }), two.host, signal)).kind, 'moved');
      return one.host.apply(...edits);
    },
  };
  const outcome = await moveSecret(await one.request({ store: shared }), host, signal);
  assert.equal(outcome.kind, 'failed');
  assert.deepEqual([...one.store.values.values()], [value]);
});

test('an entry that goes just before it is relied on is made anew', async t => {
  const { store, host, request } = await bench(t, { 'app.py': python });
  let gone = false;
  const claim: SecretStore['claim'] = async (reference, ...rest) => {
    if (!gone) store.values.delete(reference.path);
    gone = true;
    return store.claim(reference, ...rest);
  };
  store.values.set(
    `${await projectOf(join(dirname((await request()).file), '.env.schema'), store, signal)}/API_KEY`,
    value,
  );
  const outcome = await moveSecret(await request({ store: { ...store, claim } }), host, signal);
  assert.equal(outcome.kind, 'moved');
  assert.deepEqual([gone, ...store.values.values()], [true, value]);
});

test('a move that meets a bug says so to its host', async t => {
  const { store, host, request, bugs } = await bench(t, { 'app.py': python });
  const bug = new TypeError('no such thing');
  const create = async () => Promise.reject(bug);
  const outcome = await moveSecret(await request({ store: { ...store, create } }), host, signal);
  assert.equal(outcome.kind, 'failed');
  assert.deepEqual(bugs, [bug]);
});

test('a cancelled move leaves nothing', async t => {
  const { store, host, request, text } = await bench(t, { 'app.py': python });
  const cancelled = new AbortController();
  const create: SecretStore['create'] = async (...args) => {
    await store.create(...args);
    cancelled.abort();
  };
  const outcome = await moveSecret(await request({ store: { ...store, create } }), host, cancelled.signal);
  assert.equal(outcome.kind, 'failed');
  assert.deepEqual([store.values.size, await text('app.py')], [0, python]);
});

test('a move that is cancelled after its edits is done, and says so', async t => {
  const repository = await gitRepository(t, { 'app.py': python, '.gitignore': '.env*\n' });
  await repository.commit();
  const { store, host, request } = await bench(t, { 'app.py': python });
  const file = join(repository.folder, 'app.py');
  const cancelled = new AbortController();
  const apply: MoveHost['apply'] = async (...args) => {
    const outcome = await host.apply(...args);
    cancelled.abort();
    return outcome;
  };
  const outcome = await moveSecret(
    await request({ root: repository.folder, file }),
    { ...host, apply },
    cancelled.signal,
  );
  assert.ok(outcome.kind === 'moved', JSON.stringify(outcome));
  assert.deepEqual([outcome.moved.rotate, outcome.moved.manifestIgnored], ['committed', true]);
  assert.deepEqual([...store.values.values()], [value]);
});

test('a move is noted while it goes on, and no longer', async t => {
  const { root, host, request } = await bench(t, { 'app.py': python });
  const data = await tempFolder(t);
  const journal = openJournal(data);
  const begun: Parameters<typeof journal.begin>[0][] = [];
  const noting: typeof journal = {
    ...journal,
    begin(entry) {
      begun.push(entry);
      return journal.begin(entry);
    },
  };
  assert.equal((await moveSecret(await request(), { ...host, journal: noting }, signal)).kind, 'moved');
  const files = ['.env.schema', 'app.py'].map(path => join(root, path));
  assert.deepEqual(
    begun.map(entry => [entry.name, entry.files]),
    [['API_KEY', files]],
  );
  assert.ok(!JSON.stringify(begun).includes(value));
  assert.deepEqual(await journal.unfinished(), []);
});

test('a value that git knows is to be rotated, a manifest that git would ignore is told', async t => {
  const repository = await gitRepository(t, { 'app.py': python, '.gitignore': '.env*\n' });
  await repository.commit();
  const { host } = await bench(t, { 'app.py': python });
  const [finding] = findIn(python);
  const { start, end } = finding!;
  const file = join(repository.folder, 'app.py');
  const request = {
    root: repository.folder,
    file,
    start,
    end,
    name: 'API_KEY',
    store: memoryStore(),
    everywhere: false,
  };
  const outcome = await moveSecret(request, host, signal);
  assert.ok(outcome.kind === 'moved', JSON.stringify(outcome));
  assert.deepEqual([outcome.moved.rotate, outcome.moved.manifestIgnored], ['committed', true]);
});

test('a proposal has a name that is free, and every file that holds the value once more', async t => {
  const { root, host, request, text } = await bench(t, {
    ...copies,
    '.env.schema': 'API_KEY="ref+keychain://a/API_KEY"\nAPI_KEY_2=\n',
  });
  assert.deepEqual(await proposeMove(await request(), host, signal), {
    kind: 'proposal',
    name: 'API_KEY_3',
    copies: [join(root, 'app.py'), join(root, 'other.py')],
    takenNames: ['API_KEY', 'API_KEY_2'],
  });
  assert.deepEqual(await proposeMove(await request({ start: 2 }), host, signal), { kind: 'stale' });
  assert.equal(await text('app.py'), copies['app.py']);
  const json = await bench(t, { 'data.json': `{ "key": "${value}" }\n` });
  assert.equal((await proposeMove(await json.request(), json.host, signal)).kind, 'refused');
});

test('a project is what the manifest says, else the names of the folders', async t => {
  const { folder } = await gitRepository(t, {
    'a b/.env.schema': 'X="ref+keychain://Billing/X"\n',
    'a b/ünï/app.py': '',
  });
  const top = folder.split(/[\\/]/).at(-1)!;
  const project = (path: string) => projectOf(join(folder, path), memoryStore(), signal);
  assert.deepEqual(
    [await project('.env.schema'), await project('a b/.env.schema'), await project('a b/ünï/.env.schema')],
    [top, 'Billing', `${top}-a-b-n`],
  );
});
