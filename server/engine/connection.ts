import { type Candidate, lineAround, type Recogniser } from './candidate.ts';
import type { Part } from './finding.ts';
import { senseOf } from './names.ts';

/** Schemes of databases and queues: whose address holds all that is needed to get in. */
const providers: Readonly<Record<string, string>> = {
  postgres: 'PostgreSQL',
  postgresql: 'PostgreSQL',
  mysql: 'MySQL',
  mysqlx: 'MySQL',
  mariadb: 'MariaDB',
  mongodb: 'MongoDB',
  redis: 'Redis',
  rediss: 'Redis',
  valkey: 'Valkey',
  amqp: 'RabbitMQ',
  amqps: 'RabbitMQ',
  mssql: 'SQL Server',
  sqlserver: 'SQL Server',
  oracle: 'Oracle',
  cockroachdb: 'CockroachDB',
  clickhouse: 'ClickHouse',
  cassandra: 'Cassandra',
  neo4j: 'Neo4j',
  bolt: 'Neo4j',
  couchbase: 'Couchbase',
  couchdb: 'CouchDB',
  influxdb: 'InfluxDB',
  snowflake: 'Snowflake',
  redshift: 'Amazon Redshift',
  nats: 'NATS',
  memcached: 'Memcached',
  ldap: 'LDAP',
  ldaps: 'LDAP',
};

const longestAddress = 1000;

/**
 * `scheme://user:password@host`, RFC 3986, and looser: people forget to escape `/`, `#` and `@` in passwords of databases.
 * The finding is the password as written.
 */
export const recogniseUrl: Recogniser = ({ source, rule, start, end }) => {
  const { text } = source;
  const slashes = text.indexOf('://', start);
  if (slashes < 0 || slashes > end) return undefined;
  const scheme = /[a-z][a-z0-9+.-]{0,30}$/i.exec(text.slice(Math.max(0, slashes - 31), slashes))?.[0].toLowerCase();
  if (scheme === undefined) return undefined;
  const from = slashes + 3;
  const run = /^[^\s"'`<>\\]*/.exec(text.slice(from, from + longestAddress))?.[0] ?? '';
  const split = splitAddress(run, providers[scheme.split('+')[0] ?? ''] !== undefined);
  if (split === undefined) return undefined;
  const { user, password, host } = split;
  if (describes(user, password, host)) return undefined;
  const passwordStart = from + user.length + 1;
  const parts: Part[] = [];
  if (user !== '') parts.push({ role: 'user', start: from, end: from + user.length });
  const hostStart = passwordStart + password.length + 1;
  if (host !== '') parts.push({ role: 'host', start: hostStart, end: hostStart + host.length });
  const provider = providers[scheme.split('+')[0] ?? ''];
  const candidate: Candidate = {
    rule,
    start: passwordStart,
    end: passwordStart + password.length,
    parts,
    evidence: [
      `It stands where an address (${scheme}://…) gives the password${user === '' ? '' : ' of a user'}.`,
      ...(exampleHost.test(host) ? ['Its host is kept for examples.'] : []),
    ],
    ...(isExample(scheme, password, host) && { confidence: 'low' }),
    kind: provider === undefined ? 'password' : 'connection string',
    ...(provider !== undefined && { provider, title: `Password in a ${provider} address` }),
    purpose:
      provider === undefined ? `${nameOf(host)} PASSWORD` : provider === 'LDAP' ? 'LDAP PASSWORD' : 'DATABASE PASSWORD',
  };
  return { candidates: [candidate], next: hostStart };
};

/** `driver://user:password@host`, `treiber://konto:passwort@host`: the form of an address and no address. */
function describes(user: string, password: string, host: string): boolean {
  if (/[^\p{ASCII}]/u.test(host) || (/^\p{L}+$/u.test(password) && senseOf(password) === 'password')) return true;
  return /^\p{L}+$/u.test(password) && placeWord.test(host) && /^\p{L}[\p{L}_-]*$/u.test(user);
}

const placeWord = /^(?:[a-z]+[-_])?(?:host|hostname|server|domain|address|ip|endpoint)$/i;

/** A word on a host that is kept for examples, or on one without a dot by a way that is not known. */
function isExample(scheme: string, password: string, host: string): boolean {
  if (/^(?=.*\d).{8,}$/.test(password.replace(/%[0-9a-f]{2}/gi, ''))) return false;
  return exampleHost.test(host) || placeWord.test(host) || (!known.test(scheme) && !/[.%[]|^localhost$/.test(host));
}

const known =
  /^(?:https?|wss?|ssh|git|svn|s?ftps?|smtps?|imaps?|pop3|ldaps?|mqtts?|nats|amqps?|socks5h?|rtsp|redis|[\w+]*sql\w*|mongodb)/;

/** Hosts that RFC 2606 and 6761 keep for examples. */
const exampleHost = /(?:^|\.)(?:example(?:\.(?:com|org|net|edu))?|test|invalid)$/i;

interface Address {
  readonly user: string;
  readonly password: string;
  readonly host: string;
}

function splitAddress(run: string, loose: boolean): Address | undefined {
  const strict = /^([^:@/?#[\]]*):([^/?#]*)@([^/?#@]*)/.exec(run);
  const match = strict ?? (loose ? /^([^:@/?#[\]]*):((?!\d{1,5}[/?]).*)@([\w.-]+)/.exec(run) : null);
  if (match === null) return undefined;
  const [, user = '', password = '', rest = ''] = match;
  const host = /^(?:\[[^\]]*\]|[^:,]*)/.exec(rest)?.[0] ?? '';
  if (password.length < 3 || rest === '') return undefined;
  return { user, password, host };
}

/** `api.github.com` -> `GITHUB`. */
function nameOf(host: string): string {
  const labels = host.split('.').filter(label => /[a-z]/i.test(label));
  return labels.at(labels.length > 1 ? -2 : 0) ?? 'URL';
}

const passwordKey =
  /(?:^|[;&?\s"'`,{(])\s*((?:[\w.]*[_.\s-])?(?:password|pwd|passwd|(?:shared)?accesskey|accountkey))\s*=\s*$/i;
const otherKeys =
  /(?:^|[;&?\s"'`,{(])(?:server|data source|datasource|address|addr|host|hostname|endpoint|user id|userid|uid|user|username|database|initial catalog|dbname|db|driver|provider|port|sslmode|encrypt|accountname|sharedaccesskeyname|integrated security|trusted_connection)\s*=/i;

/** `Server=…;User ID=…;Password=…` of ADO.NET, ODBC, JDBC and libpq. The finding is the password as written. */
export const recogniseConnectionString: Recogniser = ({ source, rule, start, end }) => {
  const { text } = source;
  const equals = /^\s{0,3}=\s{0,3}/.exec(text.slice(end, end + 8))?.[0];
  if (equals === undefined) return undefined;
  const valueStart = end + equals.length;
  if (!passwordKey.test(text.slice(Math.max(0, valueStart - 80), valueStart))) return undefined;
  const line = lineAround(text, start);
  const before = text.slice(line.start, valueStart);
  const stretch = { start: lastQuote(before, line.start), end: line.end };
  const written = readValue(text.slice(valueStart, stretch.end), text.slice(stretch.start, start));
  if (written === undefined) return undefined;
  const from = valueStart + written.skip;
  const to = from + written.value.length;
  const around = `${text.slice(stretch.start, start)} ${text.slice(to, stretch.end).split(/["'`]/)[0] ?? ''}`;
  if (!otherKeys.test(around)) return undefined;
  const candidate: Candidate = {
    rule,
    start: from,
    end: to,
    parts: partsOf(text, stretch.start, stretch.end),
    evidence: ['It stands where a connection string gives the password.'],
    kind: 'connection string',
    purpose: 'DATABASE PASSWORD',
  };
  return { candidates: [candidate], next: to };
};

/** The connection string begins after the quote before it, or with the line. */
function lastQuote(before: string, lineStart: number): number {
  return lineStart + Math.max(before.lastIndexOf('"'), before.lastIndexOf("'"), before.lastIndexOf('`')) + 1;
}

/** `{…}` and quotes inside belong to the format, not to the value. */
function readValue(rest: string, before: string): { readonly value: string; readonly skip: number } | undefined {
  const quoted = /^(?:\{([^}]+)\}|'([^';]+)'(?=\s*;))/.exec(rest);
  const inner = quoted?.[1] ?? quoted?.[2];
  if (inner !== undefined) return /^\w{0,20}$/.test(inner) ? undefined : { value: inner, skip: 1 };
  const blanks = !/;/.test(before) && !/^[^\s"'`]*;/.test(rest);
  const value = (blanks ? /^[^\s"'`;&]+/ : /^[^"'`;&]+/).exec(rest)?.[0].trimEnd();
  return value === undefined || value.length < 3 ? undefined : { value, skip: 0 };
}

function partsOf(text: string, start: number, end: number): Part[] {
  const stretch = text.slice(start, end);
  const find = (role: Part['role'], expression: RegExp): Part[] => {
    const match = expression.exec(stretch);
    const value = match?.[1];
    if (match === null || value === undefined || value === '') return [];
    const at = start + match.index + match[0].length - value.length;
    return [{ role, start: at, end: at + value.length }];
  };
  return [
    ...find('user', /\b(?:user id|userid|uid|username|user)\s*=\s*([^;&\s"'`]+)/i),
    ...find('host', /\b(?:server|data source|address|addr|hostname|host|endpoint)\s*=\s*([^;&\s"'`]+)/i),
  ];
}
