import { createHash, createHmac } from 'node:crypto';
import { globSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { compileRules, type Host, type Source } from '../../server/engine/detector.ts';
import { builtInRules } from '../../server/workspace/rules.ts';
import { githubToken } from '../support/exampleWorkspace.ts';
import { type Figure, median } from './figures.ts';

const root = join(import.meta.dirname, '../..');
export const host: Host = {
  now: () => Date.now(),
  fingerprint: value => createHmac('sha256', 'bench').update(value).digest('hex').slice(0, 32),
  sha256: bytes => new Uint8Array(createHash('sha256').update(bytes).digest()),
  certificate: () => undefined,
  enter: () => undefined,
};

/** Open source code that every checkout has: the installed packages. */
export function packageSources(megabytes: number): Source[] {
  const sources: Source[] = [];
  let size = 0;
  for (const path of globSync(
    'node_modules/{typescript,playwright-core,vscode-*,@types,@azure,yaml,esbuild,fast-check}/**/*.{js,ts,mjs,json,md}',
    { cwd: root },
  )) {
    if (size > megabytes * 1e6) break;
    const length = statSync(join(root, path)).size;
    if (length > 400_000) continue;
    // As a user's own code: below node_modules it would count as generated, and be looked at less closely.
    const own = path.split('\\').join('/').replaceAll('node_modules/', '');
    sources.push({ path: own, text: readFileSync(join(root, path), 'utf8') });
    size += length;
  }
  return sources;
}

export async function engineFigures(): Promise<readonly Figure[]> {
  const started = performance.now();
  const rules = builtInRules(join(root, 'dist/rules.json'));
  const loaded = performance.now() - started;
  const detector = compileRules(rules, host);
  const sources = packageSources(40);
  return [
    { name: `loading ${rules.length} rules`, value: loaded, unit: 'ms', bar: 15 },
    {
      name: 'engine on 10 kB of code after a keystroke, median',
      value: keystroke(detector, sources),
      unit: 'ms',
      bar: 1,
    },
    {
      name: `scan speed on open source code, a thread`,
      value: throughput(detector, sources),
      unit: 'MB/s',
      bar: 80,
      atLeast: true,
    },
  ];
}

function keystroke(detector: ReturnType<typeof compileRules>, sources: readonly Source[]): number {
  const code = sources
    .map(source => source.text)
    .find(text => text.length > 20_000 && text.includes('\n'))!
    .slice(0, 10_000);
  const times: number[] = [];
  let state = detector.detect({ path: 'code.ts', text: `${code}\nconst token = "${githubToken()}";\n` });
  for (let round = 0; round < 2_000; round++) {
    const at = (round * 7919) % 10_000;
    const edit = round % 2 === 0 ? { start: at, end: at, text: 'x' } : { start: at, end: at + 1, text: '' };
    const begun = performance.now();
    state = detector.update(state, edit);
    times.push(performance.now() - begun);
  }
  return median(times.slice(200));
}

/** Of five rounds, after one in which the engine is still being compiled. */
function throughput(detector: ReturnType<typeof compileRules>, sources: readonly Source[]): number {
  const rates: number[] = [];
  const characters = sources.reduce((sum, source) => sum + source.text.length, 0);
  for (let round = 0; round < 6; round++) {
    const begun = performance.now();
    for (const source of sources) detector.detect({ ...source });
    rates.push(characters / 1e3 / (performance.now() - begun));
  }
  return median(rates.slice(1));
}
