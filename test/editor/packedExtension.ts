import { execFileSync } from 'node:child_process';
import { globSync, statSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..', '..');

/** The VSIX for this platform, packed anew when a source is younger. */
export function packedExtension(): string {
  const target = `${process.platform}-${process.arch}`;
  const made = globSync(`keysweep-${target}-*.vsix`, { cwd: root })[0];
  const sources = globSync('{package.json,README.md,build.ts,{client,server,rules,syntaxes,media}/**/*}', {
    cwd: root,
  });
  const youngest = Math.max(...sources.map(file => statSync(join(root, file)).mtimeMs));
  if (made !== undefined && statSync(join(root, made)).mtimeMs > youngest) return join(root, made);
  execFileSync(process.execPath, ['package.ts', target], { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] });
  return join(root, globSync(`keysweep-${target}-*.vsix`, { cwd: root })[0]!);
}
