import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { after, before, type TestContext, test } from 'node:test';
import { type AwsCredentials, signedHeaders } from '../../server/stores/awsSignature.ts';
import { SecretValue } from '../../server/stores/secretValue.ts';
import { StoreError } from '../../server/stores/store.ts';
import { type Answerer, forwardTo, startLoopback } from '../support/loopback.ts';
import { type Moto, startMoto } from '../support/moto.ts';
import { openStoresFor } from '../support/openStoresFor.ts';
import { tempFolder } from '../support/tempFolder.ts';

const signal = new AbortController().signal;

/** The keys of AWS's published examples, whose parts alone look like no secret. */
const example: AwsCredentials = {
  accessKeyId: ['AKID', 'EXAMPLE'].join(''),
  secretAccessKey: ['wJalr', 'XUtn', 'FEMI/', 'K7MD', 'ENG+', 'bPxR', 'fiCY', 'EXAM', 'PLE', 'KEY'].join(''),
  sessionToken: '',
};
const moment = new Date('2015-08-30T12:36:00Z');
const scope = { region: 'us-east-1', service: 'service' };

/** From AWS's test suite for Signature Version 4 (aws-sig-v4-test-suite): its name, method, target, headers, body -> signature. */
const vectors: readonly (readonly [string, string, string, Record<string, string>, string, string])[] = [
  ['get-vanilla', 'GET', '/', {}, '', '5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31'],
  ['post-vanilla', 'POST', '/', {}, '', '5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b'],
  [
    'get-vanilla-query-order-key-case',
    'GET',
    '/?Param2=value2&Param1=value1',
    {},
    '',
    'b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500',
  ],
  [
    'get-header-value-trim',
    'GET',
    '/',
    { 'my-header1': ' value1', 'my-header2': ' "a   b   c"' },
    '',
    'acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736',
  ],
  [
    'post-x-www-form-urlencoded',
    'POST',
    '/',
    { 'content-type': 'application/x-www-form-urlencoded' },
    'Param1=value1',
    'ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a',
  ],
];

for (const [name, method, target, headers, text, signature] of vectors) {
  test(`Signature Version 4, ${name}`, () => {
    const url = new URL(target, 'https://example.amazonaws.com');
    const { authorization } = signedHeaders({ method, url, headers, text }, example, scope, moment);
    assert.equal(authorization?.split('Signature=')[1], signature);
  });
}

let moto: Moto;
before(async () => {
  moto = await startMoto();
});
after(() => moto?.close());

const id = (name: string) => `AKIA${name.toUpperCase().padEnd(12, '0')}`;
const keys = (name: string) => `aws_access_key_id = ${id(name)}\naws_secret_access_key = made-up-${name}\n`;
const later = () => new Date(Date.now() + 3_600_000).toISOString();
const given = (name: string) => ({
  AccessKeyId: id(name),
  SecretAccessKey: `made-up-${name}`,
  Token: 'made-up',
  SessionToken: 'made-up',
  Expiration: later(),
  Version: 1,
});

/** What stands beside AWS's services in the chain: SSO's portal, the container's and the instance's metadata. */
const surroundings: Answerer = ({ method, url, headers }) => {
  if (url.pathname === '/federation/credentials') {
    const isAsked = url.searchParams.get('role_name') === 'dev' && headers['x-amz-sso_bearer_token'] === 'sso-token';
    const { AccessKeyId, SecretAccessKey, Token } = given('sso');
    const roleCredentials = { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: Token };
    return isAsked
      ? { status: 200, body: { roleCredentials: { ...roleCredentials, expiration: Date.parse(later()) } } }
      : { status: 401 };
  }
  if (url.pathname === '/container')
    return headers.authorization === 'container-token' ? { status: 200, body: given('container') } : { status: 401 };
  if (url.pathname === '/latest/api/token')
    return method === 'PUT' ? { status: 200, body: 'imds-token' } : { status: 405 };
  if (headers['x-aws-ec2-metadata-token'] !== 'imds-token') return { status: 401 };
  if (url.pathname.endsWith('/security-credentials/')) return { status: 200, body: 'my role\n' };
  return url.pathname.endsWith('/my%20role') ? { status: 200, body: given('instance') } : { status: 404 };
};

interface Case {
  readonly config?: string;
  readonly credentials?: string;
  readonly environment?: (near: string, home: string) => Readonly<Record<string, string | undefined>>;
  /** The key that signs, a pattern, or the text of the failure. */
  readonly signs?: string | RegExp;
  readonly fails?: RegExp;
}

const ssoConfig = (session: string) =>
  `[profile work]\nsso_session = corp\nsso_account_id = 1\nsso_role_name = dev\n[sso-session ${session}]\nsso_start_url = https://corp.example/start\nsso_region = eu-west-1\n`;

const chain: Readonly<Record<string, Case>> = {
  environment: {
    credentials: `[default]\n${keys('default')}`,
    environment: () => ({ AWS_ACCESS_KEY_ID: id('env'), AWS_SECRET_ACCESS_KEY: 'made-up-env' }),
    signs: id('env'),
  },
  'the default profile': { credentials: `\uFEFF[default]\r\n${keys('default')}`, signs: id('default') },
  'a named profile of the config file': {
    config: `[profile work]\n${keys('work')}`,
    environment: () => ({ AWS_PROFILE: 'work' }),
    signs: id('work'),
  },
  'an assumed role, from a source profile': {
    config: `[profile work]\nrole_arn = arn:aws:iam::123456789012:role/dev\nsource_profile = base\nexternal_id = x\n[profile base]\n${keys('base')}`,
    environment: () => ({ AWS_PROFILE: 'work' }),
    signs: /^ASIA/,
  },
  'an assumed role, from the environment': {
    config: '[default]\nrole_arn = arn:aws:iam::123456789012:role/dev\ncredential_source = EcsContainer\n',
    environment: near => ({
      AWS_CONTAINER_CREDENTIALS_FULL_URI: `${near}/container`,
      AWS_CONTAINER_AUTHORIZATION_TOKEN: 'container-token',
    }),
    signs: /^ASIA/,
  },
  'web identity': {
    environment: (_near, home) => ({
      AWS_WEB_IDENTITY_TOKEN_FILE: join(home, 'token'),
      AWS_ROLE_ARN: 'arn:aws:iam::123456789012:role/dev',
    }),
    signs: /^ASIA/,
  },
  'SSO, logged in': {
    config: ssoConfig('corp'),
    environment: near => ({ AWS_PROFILE: 'work', AWS_ENDPOINT_URL_SSO: near }),
    signs: id('sso'),
  },
  'SSO, not logged in': {
    config: ssoConfig('corp').replaceAll('corp', 'other'),
    environment: near => ({ AWS_PROFILE: 'work', AWS_ENDPOINT_URL_SSO: near }),
    fails: /not logged in.*aws sso login --profile work/,
  },
  'a process': {
    config: `[default]\ncredential_process = '${process.execPath}' -e "console.log(process.env.PROCESS_ANSWER)"\n`,
    environment: () => ({ PROCESS_ANSWER: JSON.stringify(given('process')) }),
    signs: id('process'),
  },
  'a process that fails': {
    config: `[default]\ncredential_process = '${process.execPath}' -e "process.exit(3)"\n`,
    fails: /credential_process.*ended with 3/,
  },
  'a container': {
    environment: near => ({
      AWS_CONTAINER_CREDENTIALS_FULL_URI: `${near}/container`,
      AWS_CONTAINER_AUTHORIZATION_TOKEN: 'container-token',
    }),
    signs: id('container'),
  },
  'a container at a stranger': {
    environment: () => ({ AWS_CONTAINER_CREDENTIALS_FULL_URI: 'http://elsewhere.example/container' }),
    fails: /neither this machine nor reached by https/,
  },
  'an instance': {
    environment: near => ({ AWS_PROFILE: 'plain', AWS_EC2_METADATA_SERVICE_ENDPOINT: near }),
    config: '[profile plain]\noutput = json\n',
    signs: id('instance'),
  },
  nothing: {
    config: '[profile plain]\noutput = json\n',
    environment: () => ({ AWS_PROFILE: 'plain', AWS_EC2_METADATA_DISABLED: 'true' }),
    fails: /no AWS credentials/,
  },
  'a profile that is not there': { environment: () => ({ AWS_PROFILE: 'gone' }), fails: /no AWS profile gone/ },
  'a profile that is its own source': {
    config: '[profile a]\nrole_arn = x\nsource_profile = b\n[profile b]\nrole_arn = y\nsource_profile = a\n',
    environment: () => ({ AWS_PROFILE: 'a' }),
    fails: /names itself/,
  },
  'a profile with a one-time code': {
    config: `[profile a]\nrole_arn = x\nsource_profile = b\nmfa_serial = y\n[profile b]\n${keys('b')}`,
    environment: () => ({ AWS_PROFILE: 'a' }),
    fails: /one-time code/,
  },
};

for (const [name, { config = '', credentials = '', environment, signs, fails }] of Object.entries(chain)) {
  test(`credentials: ${name}`, async t => {
    const { near, home, aws } = await place(t, config, credentials);
    const variables = { PATH: process.env.PATH, HOME: home, AWS_REGION: 'eu-central-1', AWS_ENDPOINT_URL: aws.address };
    const stores = openStoresFor({ ...variables, ...environment?.(near.address, home) });
    const store = stores.get('awssecrets')!;
    const outcome = await store.has(store.referenceFor('p', 'N'), signal).catch((error: unknown) => error);
    if (fails) {
      assert.ok(outcome instanceof StoreError);
      assert.match(`${outcome.message} ${outcome.advice}`, fails);
      return;
    }
    assert.equal(outcome, false);
    const header = aws.received.at(-1)!.headers.authorization ?? '';
    assert.match(
      /Credential=([^/]+)\//.exec(header)?.[1] ?? header,
      signs instanceof RegExp ? signs : new RegExp(`^${signs}$`),
    );
  });
}

async function place(t: TestContext, config: string, credentials: string) {
  const cached = { accessToken: 'sso-token', expiresAt: later() };
  const home = await tempFolder(t, {
    '.aws/config': config,
    '.aws/credentials': credentials,
    [`.aws/sso/cache/${createHash('sha1').update('corp').digest('hex')}.json`]: JSON.stringify(cached),
    token: 'web.identity.token',
  });
  const near = await startLoopback(surroundings);
  const aws = await startLoopback(forwardTo(moto.address));
  t.after(() => Promise.all([near.close(), aws.close()]));
  return { near, home, aws };
}

test('without a region or credentials the store is not set up, and says what to set', async t => {
  const home = await tempFolder(t);
  const stores = openStoresFor({ HOME: home, KEYSWEEP_STORES: 'awssecrets' });
  assert.equal(stores.get('awssecrets'), undefined);
  assert.deepEqual(
    stores.all.map(store => store.id),
    ['keychain'],
  );
  const [outcome] = await stores.resolve([{ backend: 'awsssm', path: 'a/B', parameters: {}, key: '' }], signal);
  assert.ok(outcome?.kind === 'failed');
  assert.match(`${outcome.error.message} ${outcome.error.advice}`, /AWS Parameter Store is not set up.*AWS_REGION/);
});

test('a store is offered once it is named, and used wherever a reference names it', async () => {
  const offered = openStoresFor({ ...moto.environment, KEYSWEEP_STORES: 'awsssm, nothing' });
  assert.deepEqual(
    offered.all.map(store => [store.id, store.place]),
    [
      ['keychain', undefined],
      ['awsssm', `${moto.address}, eu-central-1`],
    ],
  );
  assert.equal(offered.of({ backend: 'awssecrets', path: 'a', parameters: {}, key: '' })?.id, 'awssecrets');
});

test('one key of a JSON secret is read and set, the others stay', async () => {
  const store = openStoresFor(moto.environment).get('awssecrets')!;
  const whole = { backend: 'awssecrets', path: 'prod/db', parameters: {}, key: '' };
  const key = { ...whole, key: 'password' };
  await store.create(whole, new SecretValue('{"user":"ada","password":"one","nested":{"deep":2}}'), {}, signal);
  assert.equal((await store.get(key, signal)).reveal(), 'one');
  assert.equal((await store.get({ ...whole, key: 'nested/deep' }, signal)).reveal(), '2');
  assert.equal(await store.has({ ...whole, key: 'none' }, signal), false);
  await store.set(key, new SecretValue('two'), {}, signal);
  assert.equal((await store.get(whole, signal)).reveal(), '{"user":"ada","password":"two","nested":{"deep":2}}');
  await assert.rejects(store.create({ ...whole, key: 'other' }, new SecretValue('x'), {}, signal), { code: 'invalid' });
  await assert.rejects(store.remove(key, signal), { code: 'invalid' });
  const previous = { ...whole, parameters: { version_stage: 'AWSPREVIOUS' } };
  assert.match((await store.get(previous, signal)).reveal(), /"one"/);
  await assert.rejects(store.set(previous, new SecretValue('x'), {}, signal), { code: 'invalid' });
});
