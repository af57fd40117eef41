// Bundles the extension, the language server, its workers and the command line into dist/, and compiles rules/*.yaml into one asset.
// node build.ts [--watch] [--minify]
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import * as esbuild from 'esbuild';
import { parse } from 'yaml';
import { compileRule, readRulePack } from './server/engine/rulePack.ts';

const root = import.meta.dirname;
const dist = join(root, 'dist');
const watch = process.argv.includes('--watch');
/** Built beside and renamed at the end: whoever runs what stands in dist/ is not left without it. */
const out = watch ? dist : join(root, `dist.${process.pid}`);
const minify = process.argv.includes('--minify');

/** Entry points: what is bundled, and the name it is shipped under. */
const node: esbuild.BuildOptions = {
  bundle: true,
  platform: 'node',
  format: 'cjs',
  target: 'node20',
  outdir: out,
  minify,
  sourcemap: minify ? false : 'linked',
  legalComments: 'none',
  logLevel: 'warning',
  // In a bundle `import.meta.url` is the bundle's own place: the workers stand beside it.
  define: { 'import.meta.url': 'bundleUrl' },
  banner: { js: "const bundleUrl = require('node:url').pathToFileURL(__filename).href;" },
};
const extension: esbuild.BuildOptions = {
  ...node,
  outExtension: { '.js': '.cjs' },
  external: ['vscode'],
  target: 'node22',
  // The editor's own `require` knows 'vscode'.
  supported: { 'dynamic-import': false },
};
const bundles: esbuild.BuildOptions[] = [
  {
    ...node,
    entryPoints: {
      server: join(root, 'server/lsp/main.ts'),
      detectorWorker: join(root, 'server/workspace/detectorWorker.ts'),
      keychainProcess: join(root, 'server/stores/keychainProcess.ts'),
    },
  },
  {
    ...node,
    entryPoints: { cli: join(root, 'server/cli/main.ts') },
    banner: { js: `#!/usr/bin/env node\n${node.banner?.js}` },
  },
  {
    ...extension,
    entryPoints: { extension: join(root, 'client/extension.ts') },
    plugins: [{ name: 'application', setup: leaveApplicationOut }],
  },
  { ...extension, entryPoints: { application: join(root, 'client/application.ts') } },
];

rmSync(out, { recursive: true, force: true });
mkdirSync(out);
compileRules();
copyNative();
// The repository's own files are ES modules; what esbuild writes is CommonJS.
writeFileSync(join(out, 'package.json'), '{ "type": "commonjs" }\n');
if (watch) {
  for (const options of bundles) await (await esbuild.context({ ...options, logLevel: 'info' })).watch();
} else {
  try {
    await Promise.all(bundles.map(options => esbuild.build(options)));
    replaceFolder();
  } finally {
    rmSync(out, { recursive: true, force: true });
  }
}

/** A bundle of its own: what the editor reads before it starts stays small. */
function leaveApplicationOut(build: esbuild.PluginBuild): void {
  build.onResolve({ filter: /^\.\/application\.ts$/ }, ({ kind }) =>
    kind === 'dynamic-import' || kind === 'require-call' ? { path: './application.cjs', external: true } : undefined,
  );
}

function replaceFolder(): void {
  const old = `${out}.old`;
  if (existsSync(dist)) renameSync(dist, old);
  renameSync(out, dist);
  rmSync(old, { recursive: true, force: true });
}

/** Every rule of every family, checked, in one JSON file that a worker parses in a few milliseconds. */
function compileRules(): void {
  const rules = [];
  const problems: string[] = [];
  const seen = new Set<string>();
  for (const file of readdirSync(join(root, 'rules'))
    .filter(name => name.endsWith('.yaml'))
    .sort()) {
    const read = readRulePack(parse(readFileSync(join(root, 'rules', file), 'utf8')), false);
    problems.push(...read.problems.map(problem => `rules/${file}: ${problem.path.join('.')}: ${problem.message}`));
    for (const rule of read.pack.rules) {
      if (seen.has(rule.id)) problems.push(`rules/${file}: the id ${rule.id} is used twice`);
      seen.add(rule.id);
      rules.push(compileRule(rule));
    }
  }
  if (problems.length > 0) throw new Error(problems.join('\n'));
  writeFileSync(join(out, 'rules.json'), JSON.stringify(rules));
}

/** keytar looks for `prebuilds/PLATFORM-ARCH/keytar.node` beside the bundle. Packaging keeps one of them. */
function copyNative(): void {
  for (const target of ['win32-x64', 'win32-arm64', 'darwin-x64', 'darwin-arm64', 'linux-x64', 'linux-arm64']) {
    mkdirSync(join(out, 'prebuilds', target), { recursive: true });
    copyFileSync(
      join(root, 'node_modules/keytar/prebuilds', target, 'keytar.node'),
      join(out, 'prebuilds', target, 'keytar.node'),
    );
  }
}
