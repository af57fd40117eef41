import { setMaxListeners } from 'node:events';
import { availableParallelism } from 'node:os';
import { dirname, isAbsolute, join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import type { Certificate, Confidence, Explanation, Finding } from '../engine/detector.ts';
import type { DetectorPool } from './detectorPool.ts';
import { isLeftOut, slashed, walkFiles } from './files.ts';
import { allowedBy, type RuleSet } from './rules.ts';
import type { Settings } from './settings.ts';
import { readTextLater } from './textReader.ts';

export type ScannedFile =
  | {
      readonly kind: 'scanned';
      /** Relative to the root (or `base`), with `/`. */
      readonly path: string;
      /** The text it was scanned as (BOM removed is false: offsets are on the raw text), for line numbers. */
      readonly text: string;
      readonly findings: readonly Finding[];
      readonly certificates: readonly Certificate[];
      /** Of the line that was asked for, if there is one of that number. */
      readonly explanation?: Explanation;
    }
  | {
      readonly kind: 'skipped';
      readonly path: string;
      /** `ignored` comes from scanFile alone: a scan of the folder would not look at it. */
      readonly reason: 'binary' | 'too large' | 'unreadable' | 'gone' | 'ignored';
      /** Half a sentence, for people. */
      readonly detail: string;
    };

export interface ScanOptions {
  readonly pool: DetectorPool;
  readonly rules: RuleSet;
  readonly settings: Settings;
  /** Honour .gitignore, files.exclude and keysweep.exclude. */
  readonly ignore: boolean;
  /** Dotenv files count though an ignore file leaves them out. */
  readonly dotenv?: boolean;
  /** The folder that paths are relative to, when it is not the root: results, allow lists and file types go by it. */
  readonly base?: string;
  /** `found`: the texts of files in which nothing is found are left out (empty), which is faster. `all` unless told. */
  readonly texts?: 'all' | 'found';
  /** Findings less sure than this are left out; none unless told. */
  readonly least?: Confidence;
  /** As FilesOptions.waits. */
  readonly waits?: boolean;
  /** A line, 1-based, of which it shall be said why something is found there and why nothing else. */
  readonly explain?: number;
  /** Absolute paths that another owner scans (open documents). */
  readonly skip?: ReadonlySet<string>;
  /** Told how many files are found and done. */
  readonly progress?: (done: number, found: number) => void;
}

/**
 * Every file below `root` that counts (or `root` itself when it is a file), allow lists applied; settings' minimum confidence is
 * not. In path order. Rejects only with the signal's reason.
 */
export async function* scanFolder(root: string, options: ScanOptions, signal: AbortSignal): AsyncIterable<ScannedFile> {
  const stop = new AbortController();
  const both = AbortSignal.any([signal, stop.signal]);
  setMaxListeners(0, both); // Every file that is out listens; Node 20 would warn on standard error.
  const found = listFiles(root, options, both);
  const running: Promise<ScannedFile>[] = [];
  const most = options.waits && options.texts === 'found' ? mostOfCommand : mostAtOnce;
  let next = 0;
  try {
    for (let done = 0; ; done++) {
      while (running.length < most && (await found.has(next))) {
        const job = scanOne(found.at(next++), base(root, options), options, both);
        job.catch(() => undefined); // Awaited below, in order.
        running.push(job);
      }
      const oldest = running.shift();
      if (!oldest) return;
      yield await oldest;
      options.progress?.(done + 1, found.count());
    }
  } finally {
    stop.abort();
    await found.settled;
  }
}

/** One file on disk, as scanFolder would see it. `path` is absolute or relative to `root`. */
export async function scanFile(
  root: string,
  path: string,
  options: ScanOptions,
  signal: AbortSignal,
): Promise<ScannedFile> {
  const file = isAbsolute(path) ? path : join(root, path);
  if (await isLeftOut(root, file, options, signal)) {
    return {
      kind: 'skipped',
      path: slashed(base(root, options), file),
      reason: 'ignored',
      detail: 'an ignore file or setting leaves it out',
    };
  }
  return scanOne(file, base(root, options), options, signal);
}

/**
 * Absolute paths of the files that a scan of `root` would look at and whose text `isWanted` accepts. No rule runs; files are read
 * a few at a time. Rejects only with the signal's reason.
 */
export async function* filesWith(
  root: string,
  isWanted: (text: string) => boolean,
  options: Pick<ScanOptions, 'settings' | 'ignore' | 'dotenv' | 'skip'>,
  signal: AbortSignal,
): AsyncGenerator<string> {
  const reading: Promise<string | undefined>[] = [];
  const look = async (file: string) => {
    const text = await readTextLater(file, options.settings.maxFileSize);
    return text !== undefined && isWanted(text) ? file : undefined;
  };
  for await (const file of walkFiles(root, options, signal)) {
    if (options.skip?.has(file)) continue;
    reading.push(look(file));
    const found = reading.length < mostReads ? undefined : await reading.shift();
    if (found !== undefined) yield found;
  }
  for (const found of await Promise.all(reading)) if (found !== undefined) yield found;
  signal.throwIfAborted();
}

/** Of files in this thread at once: their texts are in memory. */
const mostReads = 8;

/** Enough to fill every worker's batches, few enough that their texts stay small. */
const mostAtOnce = 32 * availableParallelism();
/** So many that one large file, whose answer the others wait for, lets no worker go idle. The server would need 10 MB more for them. */
const mostOfCommand = 512 * availableParallelism();

function base(root: string, options: ScanOptions): string {
  return options.base ?? root;
}

async function scanOne(file: string, folder: string, options: ScanOptions, signal: AbortSignal): Promise<ScannedFile> {
  const path = slashed(file === folder ? dirname(folder) : folder, file);
  const { least, explain } = options;
  const target = {
    file,
    path,
    maxSize: options.settings.maxFileSize,
    texts: options.texts ?? 'all',
    ...(least && { least }),
    ...(explain && { explain }),
  };
  const detection = await options.pool.detectFile(target, options.rules, signal);
  const { read, findings, certificates, failed, explanation } = detection;
  if (read === undefined)
    return { kind: 'skipped', path, reason: 'unreadable', detail: failed ?? 'there was no answer' };
  if (read.kind === 'skipped') return { kind: 'skipped', path, reason: read.reason, detail: read.detail };
  const open = findings.filter(finding => !allowedBy(options.rules, path, finding));
  return { kind: 'scanned', path, text: read.text, findings: open, certificates, ...(explanation && { explanation }) };
}

interface FileList {
  /** Whether there is a file number `index`; waits until that is known. Rejects with the signal's reason. */
  has(index: number): Promise<boolean>;
  at(index: number): string;
  count(): number;
  readonly settled: Promise<void>;
}

/** A millisecond's walk. */
const filesAtATime = 64;

/** Walks ahead of the scan, so that progress knows how much there is. */
function listFiles(root: string, options: ScanOptions, signal: AbortSignal): FileList {
  const files: string[] = [];
  let finished = false;
  let wake = () => {};
  const walk = async () => {
    try {
      for await (const file of walkFiles(root, options, signal)) {
        if (options.skip?.has(file)) continue;
        files.push(file);
        wake();
        // A walk that waits for the disk would let no answer of a worker in.
        if (options.waits && files.length % filesAtATime === 0) await setImmediate();
      }
    } finally {
      finished = true;
      wake();
    }
  };
  const walked = walk();
  return {
    has: async index => {
      while (index >= files.length && !finished) await new Promise<void>(resolve => (wake = resolve));
      if (index >= files.length) await walked;
      return index < files.length;
    },
    at: index => files[index] ?? '',
    count: () => files.length,
    settled: walked.catch(() => undefined),
  };
}
