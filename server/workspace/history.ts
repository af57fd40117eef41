import { spawn } from 'node:child_process';
import { devNull, homedir, userInfo } from 'node:os';
import { basename, dirname, isAbsolute, join, resolve } from 'node:path';

/* What git knows. Every function answers "not known" (false, undefined, empty) where there is no git or no repository. A value is
   never an argument of git: what git prints is searched here. A repository may be hostile: nothing that it names is run. */

/** True when git would ignore the file. */
export async function isIgnored(file: string, signal: AbortSignal): Promise<boolean> {
  const result = await git(dirname(file), ['check-ignore', '--quiet', '--', basename(file)], signal);
  return result?.code === 0;
}

/** Where a value already stands: in HEAD's version of the file, and in a commit that a remote has. */
export async function exposure(
  file: string,
  value: string,
  signal: AbortSignal,
): Promise<{ readonly inHead: boolean; readonly pushed: boolean }> {
  const folder = dirname(file);
  const needle = Buffer.from(value, 'utf8');
  if (needle.length === 0) return { inHead: false, pushed: false };
  const holds = async (commit: string) => {
    const shown = await git(folder, ['show', '--no-textconv', `${commit}:./${basename(file)}`], signal);
    return shown?.code === 0 && shown.stdout.includes(needle);
  };
  const inHead = await holds('HEAD');
  const reached = ['for-each-ref', '--count=1', '--format=%(refname)', '--contains=HEAD', 'refs/remotes'];
  if (inHead && (await lines(folder, reached, signal)).length > 0) return { inHead, pushed: true };
  const branches = await lines(
    folder,
    ['for-each-ref', '--format=%(objectname)', '--sort=-committerdate', 'refs/remotes'],
    signal,
  );
  for (const commit of [...new Set(branches)].slice(0, mostRemoteBranches)) {
    if (await holds(commit)) return { inHead, pushed: true };
  }
  return { inHead, pushed: false };
}

/** `user.name <user.email>` of the repository, or the operating system's user. */
export async function author(folder: string, signal: AbortSignal): Promise<string> {
  const [name] = await lines(folder, ['config', '--get', 'user.name'], signal);
  const [email] = await lines(folder, ['config', '--get', 'user.email'], signal);
  if (name) return email ? `${name} <${email}>` : name;
  return email ?? systemUser();
}

/** The repository's top folder. */
export async function topFolder(folder: string, signal: AbortSignal): Promise<string | undefined> {
  const [top] = await lines(folder, ['rev-parse', '--show-toplevel'], signal);
  return top === undefined ? undefined : resolve(top);
}

/** Absolute path of the file whose change means another commit is checked out. */
export async function headFile(folder: string, signal: AbortSignal): Promise<string | undefined> {
  const [path] = await lines(folder, ['rev-parse', '--git-path', 'HEAD'], signal);
  return path === undefined ? undefined : resolve(folder, path);
}

/**
 * The ignore files that stand in no folder of the repository, weakest first: the user's own, then the repository's. They need not
 * exist. One that the repository's own configuration names does not count: it could lead anywhere, to another machine even.
 */
export async function excludeFiles(folder: string, signal: AbortSignal): Promise<readonly string[]> {
  const [own] = await lines(folder, ['rev-parse', '--git-path', 'info/exclude'], signal);
  const personal =
    (await personalExcludes(folder, '--global', signal)) ?? (await personalExcludes(folder, '--system', signal));
  return [personal ?? defaultExcludes(), ...(own ? [own] : [])].map(path => resolve(folder, path));
}

async function personalExcludes(folder: string, scope: string, signal: AbortSignal): Promise<string | undefined> {
  const args = ['config', scope, '--includes', '--type=path', '--get', 'core.excludesFile'];
  return (await lines(folder, args, signal))[0];
}

function defaultExcludes(): string {
  const configured = process.env.XDG_CONFIG_HOME;
  return join(configured && isAbsolute(configured) ? configured : join(homedir(), '.config'), 'git', 'ignore');
}

interface GitResult {
  readonly code: number;
  readonly stdout: Buffer;
}

const timeLimit = 10_000;
const mostOutput = 64 * 1024 * 1024;
const mostRemoteBranches = 50;

/** Settings that keep a repository from running anything of its own, one that was committed into another included. */
const safeSettings = [
  'safe.bareRepository=explicit',
  'core.fsmonitor=false',
  `core.hooksPath=${devNull}`,
  'core.pager=',
  'protocol.allow=never',
].flatMap(setting => ['-c', setting]);

async function lines(folder: string, args: readonly string[], signal: AbortSignal): Promise<readonly string[]> {
  const result = await git(folder, args, signal);
  return result?.code === 0 ? result.stdout.toString('utf8').split(/\r?\n/).filter(Boolean) : [];
}

/** Undefined when git is absent, is stopped, or takes too long. Rejects only with the signal's reason. */
function git(folder: string, args: readonly string[], signal: AbortSignal): Promise<GitResult | undefined> {
  signal.throwIfAborted();
  return new Promise((resolvePromise, reject) => {
    const child = spawn('git', ['-C', folder, ...safeSettings, ...args], {
      // On Windows a program is looked for in the current folder first: a repository may bring a git of its own.
      cwd: dirname(process.execPath),
      env: gitEnvironment(),
      stdio: ['ignore', 'pipe', 'ignore'],
      windowsHide: true,
    });
    const chunks: Buffer[] = [];
    let size = 0;
    const stop = () => child.kill('SIGKILL');
    const timer = setTimeout(stop, timeLimit);
    const finish = (result: GitResult | undefined) => {
      clearTimeout(timer);
      signal.removeEventListener('abort', stop);
      if (signal.aborted) reject(signal.reason);
      else resolvePromise(result);
    };
    signal.addEventListener('abort', stop, { once: true });
    child.stdout.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > mostOutput) stop();
      else chunks.push(chunk);
    });
    child.once('error', () => finish(undefined));
    child.once('close', code => finish(code === null ? undefined : { code, stdout: Buffer.concat(chunks) }));
  });
}

/** A hook or another repository's variables must not redirect git; its messages must not depend on the language. */
function gitEnvironment(): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(([name]) => !repositoryVariables.has(name.toUpperCase()));
  return { ...Object.fromEntries(inherited), ...safeEnvironment };
}

/** Nothing is written, asked or fetched. */
const safeEnvironment = { LC_ALL: 'C', GIT_OPTIONAL_LOCKS: '0', GIT_TERMINAL_PROMPT: '0', GIT_NO_LAZY_FETCH: '1' };

const repositoryVariables: ReadonlySet<string> = new Set([
  'GIT_DIR',
  'GIT_WORK_TREE',
  'GIT_INDEX_FILE',
  'GIT_OBJECT_DIRECTORY',
  'GIT_ALTERNATE_OBJECT_DIRECTORIES',
  'GIT_COMMON_DIR',
  'GIT_NAMESPACE',
  'GIT_PREFIX',
  'GIT_EXTERNAL_DIFF',
]);

function systemUser(): string {
  try {
    return userInfo().username;
  } catch {
    return process.env.USER ?? process.env.USERNAME ?? 'unknown';
  }
}
