import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { type AwsCredentials, signedHeaders } from './awsSignature.ts';
import { runCommand } from './command.ts';
import { at, textAt } from './json.ts';
import { addressOf, type Environment, inSeconds, type Lent, RemoteApi } from './remoteApi.ts';
import { StoreError } from './store.ts';

const login =
  'Set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or log in with "aws sso login"; then try again.';
const label = 'AWS';
/** Profiles that name each other. */
const deepest = 8;

type Profile = Readonly<Record<string, string>>;

/** Sections of ~/.aws/config and ~/.aws/credentials, as `profile NAME`, `sso-session NAME`. */
type Sections = ReadonlyMap<string, Profile>;

/** What the user's environment and `~/.aws` say, read once. https://docs.aws.amazon.com/sdkref/latest/guide/settings-reference.html */
export class AwsSettings {
  readonly environment: Environment;
  readonly #sections: Sections;
  readonly profileName: string;

  constructor(environment: Environment) {
    this.environment = environment;
    const home = environment.HOME || environment.USERPROFILE || homedir();
    this.#sections = readSections(
      environment.AWS_CONFIG_FILE || join(home, '.aws', 'config'),
      environment.AWS_SHARED_CREDENTIALS_FILE || join(home, '.aws', 'credentials'),
    );
    this.profileName = environment.AWS_PROFILE || environment.AWS_DEFAULT_PROFILE || 'default';
  }

  /** Undefined when there is none. */
  profile(name: string): Profile | undefined {
    return this.#sections.get(`profile ${name}`);
  }

  ssoSession(name: string): Profile | undefined {
    return this.#sections.get(`sso-session ${name}`);
  }

  get region(): string {
    const { AWS_REGION, AWS_DEFAULT_REGION } = this.environment;
    const region = AWS_REGION || AWS_DEFAULT_REGION || this.profile(this.profileName)?.region || '';
    // It becomes part of a host's name.
    return /^[a-z0-9-]+$/.test(region) ? region : '';
  }

  /** Where the environment lets one expect credentials. */
  get hasCredentials(): boolean {
    const { AWS_ACCESS_KEY_ID, AWS_PROFILE, AWS_WEB_IDENTITY_TOKEN_FILE } = this.environment;
    const { AWS_CONTAINER_CREDENTIALS_RELATIVE_URI, AWS_CONTAINER_CREDENTIALS_FULL_URI } = this.environment;
    return [
      AWS_ACCESS_KEY_ID,
      AWS_PROFILE,
      AWS_WEB_IDENTITY_TOKEN_FILE,
      AWS_CONTAINER_CREDENTIALS_RELATIVE_URI,
      AWS_CONTAINER_CREDENTIALS_FULL_URI,
      this.profile(this.profileName) && 'profile',
    ].some(Boolean);
  }

  /** `service` as in AWS_ENDPOINT_URL_SECRETS_MANAGER; `host` as in the address: `secretsmanager`. */
  endpoint(service: string, host: string, region = this.region): URL {
    const { environment } = this;
    const name = service.toUpperCase().replaceAll(' ', '_');
    const ignored = /^true$/i.test(environment.AWS_IGNORE_CONFIGURED_ENDPOINT_URLS ?? '');
    const own =
      environment[`AWS_ENDPOINT_URL_${name}`] ||
      environment.AWS_ENDPOINT_URL ||
      this.profile(this.profileName)?.endpoint_url;
    if (own && !ignored) return addressOf(own, label, `AWS_ENDPOINT_URL_${name}`);
    if (region === '') throw noRegion();
    return new URL(`https://${host}.${region}.amazonaws.com${region.startsWith('cn-') ? '.cn' : ''}`);
  }
}

export function noRegion(): StoreError {
  return new StoreError(
    'invalid',
    'No AWS region is set here.',
    'Set AWS_REGION, or "region" of the profile in ~/.aws/config.',
  );
}

/**
 * The chain of AWS's own tools: environment; profile (keys, assumed role, web identity, SSO, process); web identity; container;
 * instance metadata (version 2 alone). https://docs.aws.amazon.com/sdkref/latest/guide/standardized-credentials.html
 */
export async function findAwsCredentials(settings: AwsSettings, signal: AbortSignal): Promise<Lent<AwsCredentials>> {
  const finder = new Finder(settings, signal);
  return finder.find();
}

class Finder {
  readonly #settings: AwsSettings;
  readonly #environment: Environment;
  readonly #signal: AbortSignal;
  readonly #api: RemoteApi;

  constructor(settings: AwsSettings, signal: AbortSignal) {
    this.#settings = settings;
    this.#environment = settings.environment;
    this.#signal = signal;
    const { environment } = settings;
    this.#api = new RemoteApi({ label: 'AWS', environment, authorityVariables: ['AWS_CA_BUNDLE'], login });
  }

  async find(): Promise<Lent<AwsCredentials>> {
    const { AWS_PROFILE, AWS_WEB_IDENTITY_TOKEN_FILE, AWS_ROLE_ARN, AWS_ROLE_SESSION_NAME } = this.#environment;
    const own = this.#fromVariables();
    if (own !== undefined) return own;
    const { profileName } = this.#settings;
    const profile = this.#settings.profile(profileName);
    if (AWS_PROFILE && profile === undefined) throw noProfile(AWS_PROFILE);
    const found = profile && (await this.#fromProfile(profileName, 0));
    if (found) return found;
    if (AWS_WEB_IDENTITY_TOKEN_FILE && AWS_ROLE_ARN)
      return this.#fromWebIdentity(AWS_WEB_IDENTITY_TOKEN_FILE, AWS_ROLE_ARN, AWS_ROLE_SESSION_NAME);
    return (await this.#fromContainer()) ?? (await this.#fromInstance());
  }

  #fromVariables(): Lent<AwsCredentials> | undefined {
    const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN } = this.#environment;
    if (!AWS_ACCESS_KEY_ID || !AWS_SECRET_ACCESS_KEY) return undefined;
    return lasting(AWS_ACCESS_KEY_ID.trim(), AWS_SECRET_ACCESS_KEY.trim(), AWS_SESSION_TOKEN?.trim() ?? '');
  }

  /** Undefined when the profile says nothing of credentials. */
  async #fromProfile(name: string, depth: number): Promise<Lent<AwsCredentials> | undefined> {
    const profile = this.#settings.profile(name);
    if (profile === undefined) throw noProfile(name);
    if (depth > deepest) throw badProfile(name, 'names itself as its source');
    const { aws_access_key_id: id, aws_secret_access_key: key, aws_session_token: token = '' } = profile;
    // A profile that is its own source means its keys.
    const isOwnSource = depth > 0 && profile.source_profile === name;
    if (profile.role_arn !== undefined && !isOwnSource) return this.#fromRole(name, profile, profile.role_arn, depth);
    if (id !== undefined && key !== undefined) return lasting(id, key, token);
    if (profile.sso_session !== undefined || profile.sso_start_url !== undefined) return this.#fromSso(name, profile);
    if (profile.credential_process !== undefined) return this.#fromProcess(profile.credential_process);
    return undefined;
  }

  async #fromRole(name: string, profile: Profile, role: string, depth: number): Promise<Lent<AwsCredentials>> {
    const { web_identity_token_file: file, role_session_name: session, source_profile, credential_source } = profile;
    if (file !== undefined) return this.#fromWebIdentity(file, role, session);
    if (profile.mfa_serial !== undefined) {
      throw new StoreError(
        'unauthenticated',
        `The AWS profile ${name} asks for a one-time code, which Keysweep does not.`,
        'Give it a session: aws sts get-session-token, or a credential_process that asks.',
      );
    }
    const source = source_profile
      ? await this.#fromProfile(source_profile, depth + 1)
      : await this.#fromSource(credential_source);
    if (source === undefined) throw badProfile(name, 'has a role and no source of credentials for it');
    const { external_id, duration_seconds } = profile;
    return this.#askSts(
      {
        Action: 'AssumeRole',
        RoleArn: role,
        RoleSessionName: session ?? 'keysweep',
        ...(external_id !== undefined && { ExternalId: external_id }),
        ...(duration_seconds !== undefined && { DurationSeconds: duration_seconds }),
      },
      source.credential,
    );
  }

  #fromSource(source: string | undefined): Promise<Lent<AwsCredentials> | undefined> {
    if (source === 'Environment') return Promise.resolve(this.#fromVariables());
    if (source === 'EcsContainer') return this.#fromContainer();
    return source === 'Ec2InstanceMetadata' ? this.#fromInstance() : Promise.resolve(undefined);
  }

  #fromWebIdentity(file: string, role: string, session: string | undefined): Promise<Lent<AwsCredentials>> {
    const token = readText(file, 'AWS_WEB_IDENTITY_TOKEN_FILE');
    const asked = { RoleArn: role, RoleSessionName: session || 'keysweep', WebIdentityToken: token };
    return this.#askSts({ Action: 'AssumeRoleWithWebIdentity', ...asked }, undefined);
  }

  /** https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html */
  async #askSts(
    asked: Readonly<Record<string, string>>,
    credentials: AwsCredentials | undefined,
  ): Promise<Lent<AwsCredentials>> {
    const url = this.#settings.endpoint('sts', 'sts');
    const text = new URLSearchParams({ ...asked, Version: '2011-06-15' }).toString();
    const headers = { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' };
    const scope = { region: this.#settings.region || 'us-east-1', service: 'sts' };
    const signed =
      credentials === undefined
        ? headers
        : signedHeaders({ method: 'POST', url, headers, text }, credentials, scope, new Date());
    const request = { method: 'POST', url, headers: signed, text, answers: 'text', repeatable: true } as const;
    const { body } = await this.#api.send(request, [], this.#signal);
    const field = (name: string) => new RegExp(`<${name}>([^<]+)</${name}>`).exec(String(body))?.[1] ?? '';
    return lent(field('AccessKeyId'), field('SecretAccessKey'), field('SessionToken'), field('Expiration'));
  }

  /** https://docs.aws.amazon.com/sdkref/latest/guide/feature-sso-credentials.html */
  async #fromSso(name: string, profile: Profile): Promise<Lent<AwsCredentials>> {
    const session = profile.sso_session === undefined ? profile : this.#settings.ssoSession(profile.sso_session);
    const { sso_start_url: start, sso_region: region } = session ?? {};
    const { sso_account_id: account, sso_role_name: role } = profile;
    if (start === undefined || region === undefined || account === undefined || role === undefined)
      throw badProfile(name, 'misses a part of its SSO settings');
    if (!/^[a-z0-9-]+$/.test(region)) throw badProfile(name, 'names an SSO region that cannot be one');
    const token = this.#ssoToken(profile.sso_session ?? start, name);
    const url = this.#ssoAddress(region);
    url.searchParams.set('role_name', role);
    url.searchParams.set('account_id', account);
    const request = { method: 'GET', url, headers: { 'x-amz-sso_bearer_token': token } } as const;
    const { body } = await this.#api.send(request, [], this.#signal);
    const field = (key: string) => textAt(body, 'roleCredentials', key);
    const until = Number(at(body, 'roleCredentials', 'expiration'));
    const end = new Date(Number.isFinite(until) ? until : Date.now()).toISOString();
    return lent(field('accessKeyId'), field('secretAccessKey'), field('sessionToken'), end);
  }

  #ssoAddress(region: string): URL {
    const own = this.#environment.AWS_ENDPOINT_URL_SSO;
    const base = own
      ? addressOf(own, 'AWS', 'AWS_ENDPOINT_URL_SSO').href
      : `https://portal.sso.${region}.amazonaws.com`;
    return new URL(`${base.replace(/\/+$/, '')}/federation/credentials`);
  }

  /** The token that `aws sso login` left. */
  #ssoToken(key: string, profile: string): string {
    const home = this.#environment.HOME || this.#environment.USERPROFILE || homedir();
    const file = join(home, '.aws', 'sso', 'cache', `${createHash('sha1').update(key).digest('hex')}.json`);
    const cached = parsed(textOf(file) ?? '');
    const token = textAt(cached, 'accessToken');
    if (token !== '' && Date.parse(textAt(cached, 'expiresAt')) > Date.now()) return token;
    throw new StoreError(
      'unauthenticated',
      `The AWS profile ${profile} is not logged in, or its login has expired.`,
      `Run: aws sso login --profile ${profile}`,
    );
  }

  /** https://docs.aws.amazon.com/sdkref/latest/guide/feature-process-credentials.html */
  async #fromProcess(line: string): Promise<Lent<AwsCredentials>> {
    const [program = '', ...args] = wordsOf(line);
    const command = { label, program, args, environment: this.#environment, timeout: 60_000 };
    const { code, output } = await runCommand(
      { ...command, install: 'Correct credential_process in ~/.aws/config.' },
      this.#signal,
    );
    const read = code === 0 ? parsed(output.toString('utf8')) : undefined;
    const field = (name: string) => textAt(read, name);
    if (field('AccessKeyId') !== '')
      return lent(field('AccessKeyId'), field('SecretAccessKey'), field('SessionToken'), field('Expiration'));
    throw new StoreError(
      'unauthenticated',
      `The credential_process of the AWS profile ended with ${code} and gave no credentials.`,
      'Run it in a terminal to see why.',
    );
  }

  /** https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html */
  async #fromContainer(): Promise<Lent<AwsCredentials> | undefined> {
    const { AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: path, AWS_CONTAINER_CREDENTIALS_FULL_URI: full } =
      this.#environment;
    if (!path && !full) return undefined;
    const url = path
      ? new URL(path, 'http://169.254.170.2')
      : addressOf(full ?? '', label, 'AWS_CONTAINER_CREDENTIALS_FULL_URI');
    const near = ['localhost', '127.0.0.1', '[::1]', '169.254.170.2', '169.254.170.23', '[fd00:ec2::23]'];
    if (url.protocol !== 'https:' && !near.includes(url.hostname)) {
      throw new StoreError(
        'invalid',
        'AWS_CONTAINER_CREDENTIALS_FULL_URI names a host that is neither this machine nor reached by https.',
        'Correct it.',
      );
    }
    const { AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: file, AWS_CONTAINER_AUTHORIZATION_TOKEN: text } = this.#environment;
    const token = file ? readText(file, 'AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE') : text;
    const headers: Readonly<Record<string, string>> = token ? { authorization: token } : {};
    const { body } = await this.#api.send({ method: 'GET', url, headers }, [], this.#signal);
    return lentFrom(body);
  }

  /** https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-data-retrieval.html */
  async #fromInstance(): Promise<Lent<AwsCredentials>> {
    const { AWS_EC2_METADATA_DISABLED: off, AWS_EC2_METADATA_SERVICE_ENDPOINT: own } = this.#environment;
    if (/^true$/i.test(off ?? '')) throw noCredentials();
    const base = own ? addressOf(own, label, 'AWS_EC2_METADATA_SERVICE_ENDPOINT') : new URL('http://169.254.169.254');
    const { environment } = this.#settings;
    const api = new RemoteApi({ label: 'the instance metadata', environment, login, timeout: 1_000 });
    const ask = async (method: 'GET' | 'PUT', path: string, headers: Readonly<Record<string, string>>) =>
      String((await api.send({ method, url: new URL(path, base), headers, answers: 'text' }, [], this.#signal)).body);
    try {
      const token = await ask('PUT', '/latest/api/token', { 'x-aws-ec2-metadata-token-ttl-seconds': '300' });
      const headers = { 'x-aws-ec2-metadata-token': token };
      const path = '/latest/meta-data/iam/security-credentials/';
      const [role = ''] = (await ask('GET', path, headers)).trim().split('\n');
      return lentFrom(parsed(await ask('GET', `${path}${encodeURIComponent(role)}`, headers)));
    } catch (error) {
      if (error instanceof StoreError && error.code !== 'cancelled') throw noCredentials();
      throw error;
    }
  }
}

/** Keys that stand somewhere are read again after a while: the user may have changed them. */
function lasting(accessKeyId: string, secretAccessKey: string, sessionToken: string): Lent<AwsCredentials> {
  return { credential: { accessKeyId, secretAccessKey, sessionToken }, until: inSeconds(600) };
}

function lent(accessKeyId: string, secretAccessKey: string, sessionToken: string, end: string): Lent<AwsCredentials> {
  if (accessKeyId === '' || secretAccessKey === '') throw noCredentials();
  const until = Date.parse(end);
  return {
    credential: { accessKeyId, secretAccessKey, sessionToken },
    until: Number.isNaN(until) ? inSeconds(600) : until,
  };
}

function lentFrom(body: unknown): Lent<AwsCredentials> {
  const field = (name: string) => textAt(body, name);
  return lent(field('AccessKeyId'), field('SecretAccessKey'), field('Token'), field('Expiration'));
}

/** Both files have sections in brackets; in `config` a profile's is called `profile NAME`. Lines that are indented belong to the one above. */
function readSections(config: string, credentials: string): Sections {
  const sections = new Map<string, Record<string, string>>();
  for (const [file, isConfig] of [
    [config, true],
    [credentials, false],
  ] as const) {
    let current: Record<string, string> | undefined;
    for (const line of (textOf(file) ?? '').replace(/^\uFEFF/, '').split(/\r?\n/)) {
      const [, header] = /^\s*\[\s*([^\]]+?)\s*\]/.exec(line) ?? [];
      if (header !== undefined) {
        const isNamed = isConfig && header !== 'default';
        const name = (isNamed ? header : `profile ${header}`).replace(/\s+/g, ' ').replaceAll(/["']/g, '');
        current = sections.get(name) ?? {};
        sections.set(name, current);
        continue;
      }
      const [, key, value = ''] = /^([A-Za-z0-9_-]+)\s*=\s*(.*?)\s*$/.exec(line) ?? [];
      if (key !== undefined && current !== undefined) current[key.toLowerCase()] = value.replace(/\s[#;].*$/, '');
    }
  }
  return sections;
}

/** Words of a command line, with single and double quotes. */
function wordsOf(line: string): readonly string[] {
  return [...line.matchAll(/(?:"([^"]*)"|'([^']*)'|[^\s"']+)+/g)].map(match => match[0].replace(/["']/g, ''));
}

function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

function readText(file: string, variable: string): string {
  const text = textOf(file)?.trim();
  if (text) return text;
  throw new StoreError(
    'unauthenticated',
    `The token file ${file} cannot be read, or is empty.`,
    `Correct ${variable}.`,
  );
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function noProfile(name: string): StoreError {
  return new StoreError(
    'unauthenticated',
    `There is no AWS profile ${name} in ~/.aws/config or ~/.aws/credentials.`,
    'Correct AWS_PROFILE, or run "aws configure".',
  );
}

function badProfile(name: string, fault: string): StoreError {
  return new StoreError('unauthenticated', `The AWS profile ${name} ${fault}.`, 'Correct it in ~/.aws/config.');
}

function noCredentials(): StoreError {
  return new StoreError('unauthenticated', 'There are no AWS credentials here.', login);
}
