// Makes the VSIX files with vsce: node package.ts [TARGET ...]. One per platform with that platform's keytar binary alone, and a
// universal one without it (SecretStorage and vaults work there). Files: keysweep-TARGET-VERSION.vsix here, as vsce names them.
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, globSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { createVSIX } from '@vscode/vsce';

const root = import.meta.dirname;
const universal = 'universal';
const targets = ['linux-x64', 'linux-arm64', 'darwin-x64', 'darwin-arm64', 'win32-x64', 'win32-arm64', universal];
const wanted = process.argv.slice(2);
const unknown = wanted.filter(target => !targets.includes(target));
if (unknown.length > 0) {
  console.error(`Unknown target ${unknown.join(', ')}. Targets: ${targets.join(', ')}.`);
  process.exit(2);
}

/** Machine type in the header of an ELF, Mach-O or PE file, by target: the binary in a VSIX must be its target's. */
const machines: Record<string, (binary: Buffer) => boolean> = {
  'linux-x64': binary => binary.readUInt32BE(0) === 0x7f454c46 && binary.readUInt16LE(18) === 0x3e,
  'linux-arm64': binary => binary.readUInt32BE(0) === 0x7f454c46 && binary.readUInt16LE(18) === 0xb7,
  'darwin-x64': binary => binary.readUInt32LE(0) === 0xfeedfacf && binary.readUInt32LE(4) === 0x01000007,
  'darwin-arm64': binary => binary.readUInt32LE(0) === 0xfeedfacf && binary.readUInt32LE(4) === 0x0100000c,
  'win32-x64': binary => peMachine(binary) === 0x8664,
  'win32-arm64': binary => peMachine(binary) === 0xaa64,
};

execFileSync(process.execPath, ['build.ts', '--minify'], { cwd: root, stdio: 'inherit' });
const prebuilds = join(root, 'dist/prebuilds');
const kept = join(root, 'dist.prebuilds');
rmSync(kept, { recursive: true, force: true });
cpSync(prebuilds, kept, { recursive: true });
try {
  for (const target of wanted.length > 0 ? wanted : targets) await makePackage(target);
} finally {
  rmSync(prebuilds, { recursive: true, force: true });
  cpSync(kept, prebuilds, { recursive: true });
  rmSync(kept, { recursive: true, force: true });
}

async function makePackage(target: string): Promise<void> {
  rmSync(prebuilds, { recursive: true, force: true });
  if (target !== universal) cpSync(join(kept, target), join(prebuilds, target), { recursive: true });
  checkNative(target);
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
  const file = join(root, `keysweep-${target}-${version}.vsix`);
  rmSync(file, { force: true });
  await createVSIX({ cwd: root, packagePath: file, dependencies: false, ...(target === universal ? {} : { target }) });
  if (!existsSync(file)) throw new Error(`vsce made no ${file}`);
  console.log(`${file} ${(statSync(file).size / 1e6).toFixed(2)} MB`);
}

function checkNative(target: string): void {
  const binaries = globSync('**/*.node', { cwd: join(root, 'dist') });
  const expected = target === universal ? [] : [join('prebuilds', target, 'keytar.node')];
  if (binaries.join() !== expected.join())
    throw new Error(`${target}: native parts ${binaries.join(', ')}, expected ${expected.join(', ')}`);
  for (const binary of binaries) {
    if (!machines[target]?.(readFileSync(join(root, 'dist', binary))))
      throw new Error(`${binary} is not built for ${target}`);
  }
}

function peMachine(binary: Buffer): number | undefined {
  if (binary.readUInt16BE(0) !== 0x4d5a) return undefined;
  return binary.readUInt16LE(binary.readUInt32LE(0x3c) + 4);
}
