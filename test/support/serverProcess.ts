import { type ChildProcess, spawn } from 'node:child_process';
import { rmSync } from 'node:fs';

/** A server for tests: it ends with them, or when told to, and its home folder goes then. */
export interface ServerProcess {
  readonly child: ChildProcess;
  close(): Promise<void>;
}

export function startServerProcess(
  program: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  home: string,
): ServerProcess {
  const child = spawn(program, args, { env, stdio: 'ignore' });
  child.unref();
  const leave = () => child.kill('SIGKILL');
  process.once('exit', leave);
  return {
    child,
    async close() {
      process.off('exit', leave);
      if (child.exitCode === null && child.signalCode === null) {
        child.ref();
        const gone = new Promise(resolve => child.once('exit', resolve));
        child.kill('SIGKILL');
        await gone;
      }
      rmSync(home, { recursive: true, force: true });
    },
  };
}
