import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** A Debian package and the file or program that shows it is there. */
const debianPackages = [
  { name: 'git', program: 'git' },
  { name: 'gnome-keyring', program: 'gnome-keyring-daemon' },
  { name: 'dbus', program: 'dbus-daemon' },
  {
    name: 'libsecret-1-0',
    file: '/usr/lib/x86_64-linux-gnu/libsecret-1.so.0',
    arm: '/usr/lib/aarch64-linux-gnu/libsecret-1.so.0',
  },
  { name: 'libsecret-tools', program: 'secret-tool' },
  { name: 'openssl', program: 'openssl' },
  { name: 'gnupg', program: 'gpg' },
  { name: 'pass', program: 'pass' },
  { name: 'age', program: 'age' },
  { name: 'python3', program: 'python3' },
  { name: 'python3-venv', program: 'python3' },
  { name: 'chromium', program: 'chromium', editor: true },
  { name: 'libkrb5-dev', file: '/usr/include/krb5.h', editor: true },
  { name: 'g++', program: 'g++', editor: true },
  { name: 'make', program: 'make', editor: true },
  { name: 'fonts-dejavu-core', file: '/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf', editor: true },
] as const;

/** The Debian packages that the tests (with `editor`, the embedded editor too) need and this machine lacks. */
export function missingPackages(editor: boolean): readonly string[] {
  return debianPackages
    .filter(entry => editor || !('editor' in entry))
    .filter(entry =>
      'program' in entry
        ? !onPath(entry.program)
        : !existsSync(entry.file) && !('arm' in entry && existsSync(entry.arm)),
    )
    .map(entry => entry.name);
}

/** Installs what is missing when this is Debian and we are root; otherwise throws with the command that does it. */
export function installPrerequisites(editor: boolean): void {
  if (process.platform !== 'linux') return;
  const missing = missingPackages(editor);
  if (missing.length === 0) return;
  const command = `apt-get install -y --no-install-recommends ${missing.join(' ')}`;
  if (process.getuid?.() !== 0 || !onPath('apt-get')) {
    throw new Error(`These are needed and not installed: ${missing.join(', ')}. On Debian or Ubuntu: sudo ${command}`);
  }
  console.log(`Installing Debian packages: ${missing.join(' ')}`);
  const environment = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  execFileSync('apt-get', ['update', '-q'], { stdio: ['ignore', 'ignore', 'inherit'], env: environment });
  execFileSync('apt-get', command.split(' ').slice(1), { stdio: ['ignore', 'ignore', 'inherit'], env: environment });
}

/** The folder for what is installed once and kept: the embedded editor, OpenBao. */
export function cacheFolder(): string {
  return join(process.env.XDG_CACHE_HOME || join(process.env.HOME || '.', '.cache'), 'keysweep');
}

export function onPath(program: string): boolean {
  return (process.env.PATH ?? '').split(delimiter).some(folder => folder !== '' && existsSync(join(folder, program)));
}
