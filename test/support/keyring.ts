import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';

type Environment = Record<string, string | undefined>;

export interface Keyring {
  /** The process's own environment with this session's bus, HOME and XDG folders. */
  readonly environment: Environment;
  lock(): Promise<void>;
  /** The daemon hangs until `cont`. */
  stopDaemon(): void;
  cont(): void;
  /** Kills the daemon and starts another, unlocked, with the same entries. */
  restartDaemon(): Promise<void>;
  killDaemon(): Promise<void>;
  close(): Promise<void>;
}

const password = 'x\n';
/** Starts no services by itself: what does not run is absent. */
const busConfig = `<busconfig>
  <type>session</type>
  <listen>unix:tmpdir=/tmp</listen>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
`;

/**
 * A session bus and a gnome-keyring of its own in fresh folders. `fresh`: of a user who has no keyring yet; `none`: a bus
 * without a secret service. Needs Debian's dbus, gnome-keyring and libsecret-1-0.
 */
export async function startKeyring(kind: 'unlocked' | 'fresh' | 'none' = 'unlocked'): Promise<Keyring> {
  const home = mkdtempSync(join(tmpdir(), 'keysweep-keyring-'));
  const environment: Environment = {
    ...process.env,
    HOME: home,
    XDG_RUNTIME_DIR: join(home, 'run'),
    XDG_DATA_HOME: join(home, 'data'),
    XDG_CONFIG_HOME: join(home, 'config'),
    XDG_CACHE_HOME: join(home, 'cache'),
    DISPLAY: undefined,
    WAYLAND_DISPLAY: undefined,
    VAULT_ADDR: undefined,
    BAO_ADDR: undefined,
    VAULT_TOKEN: undefined,
    BAO_TOKEN: undefined,
  };
  for (const folder of ['run', 'data', 'config', 'cache']) mkdirSync(join(home, folder), { mode: 0o700 });
  const config = join(home, 'bus.conf');
  writeFileSync(config, busConfig);
  const bus = await startBus(environment, config);
  environment.DBUS_SESSION_BUS_ADDRESS = bus.address;
  let daemon = kind === 'none' ? undefined : await startDaemon(environment, kind);
  const leave = () => {
    daemon?.kill('SIGKILL');
    bus.process.kill('SIGKILL');
  };
  process.once('exit', leave);

  return {
    environment,
    async lock() {
      const collection = 'array:objpath:/org/freedesktop/secrets/collection/login';
      await callService(environment, ['/org/freedesktop/secrets', 'org.freedesktop.Secret.Service.Lock', collection]);
    },
    stopDaemon: () => daemon?.kill('SIGSTOP'),
    cont: () => daemon?.kill('SIGCONT'),
    killDaemon: () => end(daemon),
    async restartDaemon() {
      await end(daemon);
      daemon = await startDaemon(environment, 'unlocked');
    },
    async close() {
      process.off('exit', leave);
      await end(daemon);
      await end(bus.process);
      rmSync(home, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

async function startBus(
  environment: Environment,
  config: string,
): Promise<{ readonly address: string; readonly process: ChildProcess }> {
  const bus = spawn('dbus-daemon', [`--config-file=${config}`, '--nofork', '--nopidfile', '--print-address=1'], {
    env: environment,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const address = await new Promise<string>((resolve, reject) => {
    bus.once('error', reject);
    bus.once('exit', code => reject(new Error(`dbus-daemon ended with ${code}`)));
    bus.stdout.setEncoding('utf8').once('data', (text: string) => resolve(text.trim()));
  });
  bus.unref();
  bus.stdout.destroy();
  return { address, process: bus };
}

async function startDaemon(environment: Environment, kind: 'unlocked' | 'fresh'): Promise<ChildProcess> {
  const daemon = spawn(
    'gnome-keyring-daemon',
    ['--foreground', ...(kind === 'fresh' ? [] : ['--unlock']), '--components=secrets'],
    {
      env: environment,
      stdio: ['pipe', 'ignore', 'ignore'],
    },
  );
  daemon.stdin.end(password);
  daemon.unref();
  for (let attempt = 0; attempt < 100; attempt++) {
    if (await isReady(environment, kind)) return daemon;
    await delay(50);
  }
  daemon.kill('SIGKILL');
  throw new Error('gnome-keyring did not come up');
}

/** The name is taken on the bus, and the default collection (when there is to be one) is there and unlocked. */
async function isReady(environment: Environment, kind: 'unlocked' | 'fresh'): Promise<boolean> {
  const get = ['org.freedesktop.DBus.Properties.Get', 'string:org.freedesktop.Secret.Collection', 'string:Locked'];
  const call =
    kind === 'fresh'
      ? ['/org/freedesktop/secrets', 'org.freedesktop.DBus.Peer.Ping']
      : ['/org/freedesktop/secrets/aliases/default', ...get];
  const answer = await callService(environment, call).catch(() => undefined);
  return answer !== undefined && (kind === 'fresh' || answer.includes('boolean false'));
}

async function callService(environment: Environment, call: readonly string[]): Promise<string> {
  const all = ['--session', '--print-reply', '--dest=org.freedesktop.secrets', ...call];
  const { stdout } = await promisify(execFile)('dbus-send', all, { env: environment, timeout: 2_000 });
  return stdout;
}

async function end(child: ChildProcess | undefined): Promise<void> {
  if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
  child.ref();
  const gone = new Promise(resolve => child.once('exit', resolve));
  child.kill('SIGKILL');
  await gone;
}
