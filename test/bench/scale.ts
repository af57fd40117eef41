import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { compileRules, type Source } from '../../server/engine/detector.ts';
import { type Rule, readRulePack } from '../../server/engine/rulePack.ts';
import {
  type FileTarget,
  slotCount,
  type ToWorker,
  type WorkerSetup,
} from '../../server/workspace/detectorMessages.ts';
import { builtInRules } from '../../server/workspace/rules.ts';
import { host, packageSources } from './engine.ts';
import { type Figure, median } from './figures.ts';

const dist = join(import.meta.dirname, '../../dist');

/** How time grows with the text and with the rules, in processor time; and what a worker keeps. */
export async function scaleFigures(): Promise<readonly Figure[]> {
  const rules = builtInRules(join(dist, 'rules.json'));
  const sources = packageSources(20);
  return [...sizeFigures(rules, sources), ...ruleFigures(sources), await workerHeap(rules, sources)];
}

/** A megabyte's time in texts of different length, all of the same code: a file is as dear as its parts. */
function sizeFigures(rules: readonly Rule[], sources: readonly Source[]): readonly Figure[] {
  const detector = compileRules(rules, host);
  const code = sources.map(source => source.text).join('\n');
  const whole = code.slice(0, 10_000_000);
  const perMegabyte = (size: number): number => {
    const text = whole.repeat(Math.ceil(size / whole.length));
    // As much text for the small sizes, all of it different.
    const pieces = Math.max(1, Math.floor(whole.length / size));
    const used = cpuOf(() => {
      for (let piece = 0; piece < pieces; piece++)
        detector.detect({ path: 'code.ts', text: text.slice(piece * size, (piece + 1) * size) });
    });
    return used / ((pieces * size) / 1e6);
  };
  perMegabyte(100_000);
  const sizes = [10_000, 100_000, 1_000_000, 10_000_000, 50_000_000];
  const rounds = Array.from({ length: 3 }, () => sizes.map(perMegabyte));
  return sizes.map((size, place) => ({
    name: `time of a megabyte in a text of ${size / 1e6} MB, against one of 0.01 MB`,
    value: median(rounds.map(round => (round[place] ?? 0) / (round[0] ?? 1))),
    unit: 'x',
  }));
}

/** Rules as providers' are, none of which anything in the code answers. */
function ruleFigures(sources: readonly Source[]): readonly Figure[] {
  const counts = [100, 1000, 3000];
  const detectors = counts.map(count => compileRules(madeRules(count), host));
  const rounds = Array.from({ length: 4 }, () =>
    detectors.map(detector =>
      cpuOf(() => {
        for (const source of sources) detector.detect({ ...source });
      }),
    ),
  ).slice(1);
  return counts.map((count, place) => ({
    name: `time with ${count} rules, against 100`,
    value: median(rounds.map(round => (round[place] ?? 0) / (round[0] ?? 1))),
    unit: 'x',
  }));
}

/** Prefixes of two made-up syllables and a number's letters: as short and as common in code as real ones. */
function madeRules(count: number): readonly Rule[] {
  const syllables = [
    'ac',
    'be',
    'cor',
    'dy',
    'el',
    'fin',
    'go',
    'hub',
    'in',
    'jo',
    'kit',
    'lo',
    'mer',
    'nu',
    'or',
    'pa',
  ];
  const rules = Array.from({ length: count }, (_, index) => {
    const [first, second, third] = [index % 16, Math.floor(index / 16) % 16, Math.floor(index / 256)];
    const prefix = `${syllables[first]}${syllables[second]}${third === 0 ? '' : syllables[third]}_`;
    return { id: `made-${index}`, name: prefix, keywords: [prefix], pattern: `\\b${prefix}[A-Za-z0-9]{32}\\b` };
  });
  return readRulePack({ rules }, false).pack.rules;
}

/** The least that a worker of the server holds while it looks through files: what was just made and thrown away is not counted. */
async function workerHeap(rules: readonly Rule[], sources: readonly Source[]): Promise<Figure> {
  const folder = mkdtempSync(join(tmpdir(), 'keysweep-bench-'));
  const workerData: WorkerSetup = {
    slots: new SharedArrayBuffer(slotCount * Int32Array.BYTES_PER_ELEMENT),
    fingerprintKey: new Uint8Array(32),
    deadline: 2000,
  };
  const worker = new Worker(join(dist, 'detectorWorker.js'), {
    workerData,
    resourceLimits: { maxYoungGenerationSizeMb: 4, maxOldGenerationSizeMb: 1024 },
  });
  const send = (message: ToWorker) => worker.postMessage(message);
  try {
    send({ kind: 'rules', set: 'bench', rules, exceptions: [], stopped: [] });
    const held: number[] = [];
    for (const [index, source] of sources.slice(0, 500).entries()) {
      const file = join(folder, `${index}.ts`);
      writeFileSync(file, source.text);
      const target: FileTarget = { file, path: source.path, maxSize: 1e7, texts: 'found' };
      const answered = new Promise(resolve => worker.once('message', resolve));
      send({ kind: 'detect', batch: index, set: 'bench', targets: [target] });
      await answered;
      if (index >= 200) held.push((await worker.getHeapStatistics()).used_heap_size);
    }
    return { name: 'heap of a worker', value: Math.min(...held) / 1e6, unit: 'MB', bar: 20 };
  } finally {
    await worker.terminate();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Milliseconds. */
function cpuOf(act: () => void): number {
  const before = process.cpuUsage();
  act();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}
