import { randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { Detection, Edit, Explanation, Source } from '../engine/detector.ts';
import type { FileTarget, FromWorker } from './detectorMessages.ts';
import { DetectorThread, type Limit, type PinnedText } from './detectorThread.ts';
import type { RuleSet } from './rules.ts';
import type { ReadText } from './textReader.ts';

/* Guards invariant 3: rules run in workers alone, each run has a deadline, and a rule that passes it is switched off. */

export interface PoolOptions {
  readonly workers: number;
  /** The program of detectorWorker. */
  readonly worker: string | URL;
  /** Megabytes that a worker may fill before it tidies up: more takes less time. Few unless told. */
  readonly youngGeneration?: number;
  /** Milliseconds that one rule may run on one text. */
  readonly deadline: number;
  /** Milliseconds after which a text is given up although no rule is to blame; 30 seconds unless told. */
  readonly textDeadline?: number;
  /** Key of Host.fingerprint, 32 bytes. */
  readonly fingerprintKey: Uint8Array;
  /** Told, in a sentence without values, when a worker died and what became of its work. */
  readonly log?: (message: string) => void;
}

/** A rule that passed the deadline: switched off from now on in its rule set, in every worker. */
export interface StoppedRule {
  readonly set: string;
  readonly rule: string;
  readonly path: string;
}

export interface PooledDetection extends Detection {
  /** Why there is no answer for this text, half a sentence for people; undefined when there is one. */
  readonly failed?: string;
}

export interface FileDetection extends PooledDetection {
  /** What the file held, or why it was not looked at; undefined when the detection failed. */
  readonly read?: ReadText;
  /** Of the line that was asked for, if it has that many. */
  readonly explanation?: Explanation;
}

/** An open text, pinned to one worker. Edits are sent, not texts. */
export interface PooledDocument {
  /** Must be called with every edit, in order, with offsets of the text just before it. */
  edit(edits: readonly Edit[]): void;
  /**
   * Detection of the text as of this call; an edit before the answer may make it one of the edited text, so abort it then.
   * Rejects only with the signal's reason.
   */
  detect(rules: RuleSet, signal: AbortSignal): Promise<PooledDetection>;
  close(): void;
}

export interface DetectorPool {
  open(source: Source): PooledDocument;
  /** A closed file's text; waits behind open documents. Rejects only with the signal's reason. */
  detect(source: Source, rules: RuleSet, signal: AbortSignal): Promise<PooledDetection>;
  /** A closed file, read by the worker; waits like `detect`. Rejects only with the signal's reason. */
  detectFile(file: FileTarget, rules: RuleSet, signal: AbortSignal): Promise<FileDetection>;
  onStoppedRule(listener: (stopped: StoppedRule) => void): { dispose(): void };
  close(): Promise<void>;
}

export function openDetectorPool(options: PoolOptions): DetectorPool {
  return new Pool(options);
}

/**
 * The key in the user's data folder, made at first use (0600). Two processes that make it at once end with the same one. Where
 * none can be kept, a fresh one: fingerprints then differ from run to run.
 */
export async function fingerprintKey(dataFolder: string): Promise<Uint8Array> {
  const file = join(dataFolder, 'fingerprint.key');
  const fresh = randomBytes(keyLength);
  try {
    await mkdir(dataFolder, { recursive: true, mode: 0o700 });
    await writeFile(file, fresh, { mode: 0o600, flag: 'wx' });
    return fresh;
  } catch {
    // It is there already, perhaps just being written by another process; a damaged one stays as it is.
    for (let wait = 1; wait <= 16; wait *= 2) {
      const known = await readFile(file).catch(() => undefined);
      if (known?.length === keyLength) return known;
      await setTimeout(wait);
    }
    return fresh;
  }
}

const keyLength = 32;
const noAnswer = (failed: string): PooledDetection => ({ findings: [], certificates: [], failed });
const closed = noAnswer('the detector is closed');
const gaveUp = noAnswer('the detector could not deal with it');
const keepsStopping = noAnswer('the detector stops whatever it is given');
const largestBatch = 16;
/** After this many restarts of its worker for whatever reason a job is answered with nothing. */
const mostAttempts = 12;
/** After this many threads that ended without an answer in between nothing is tried again: no text or rule is to blame. */
const mostDeaths = 32;

/** One detection that was asked for. */
interface Job {
  readonly rules: RuleSet;
  readonly target: PinnedDocument | Source | FileTarget;
  readonly path: string;
  readonly resolve: (detection: FileDetection) => void;
  /** Nobody waits any more; a running one ends by itself. */
  cancelled: boolean;
  /** Not together with others: something went wrong in such a company. */
  single: boolean;
  attempts: number;
  crashes: number;
  /** Without the rules of the workspace: its thread ended twice, and they may be why. */
  builtInOnly: boolean;
  /** The rule that passed the deadline, and that runs alone now. */
  suspect?: string;
  /** Suspects that were quick when alone: the second time they are believed to be slow. */
  readonly cleared: Set<string>;
}

interface PinnedDocument extends PinnedText {
  source: Source;
  readonly lane: Lane;
  closed: boolean;
}

/** One worker's place in the pool: the thread is replaced, the lane stays. */
interface Lane {
  thread?: DetectorThread;
  /** What the thread was sent and has not answered, in order: it runs the first, and begins the next without asking for it. */
  readonly batches: Batch[];
  readonly queue: Job[];
  readonly documents: Set<PinnedDocument>;
}

/** What a thread was sent at once: one job, or several closed files, since a message costs as much as a small file. */
interface Batch {
  readonly id: number;
  readonly jobs: readonly [Job, ...Job[]];
}

class Pool implements DetectorPool {
  readonly #options: PoolOptions;
  readonly #lanes: readonly Lane[];
  readonly #closedFiles: Job[] = [];
  readonly #stopped = new Map<string, Set<string>>();
  readonly #cancellations = new Cancellations();
  readonly #listeners = new Set<(stopped: StoppedRule) => void>();
  #nextId = 1;
  #watchdog: NodeJS.Timeout | undefined;
  #lastLook = 0;
  /** Of threads by themselves, since the last answer of any. */
  #deaths = 0;
  #shut = false;

  constructor(options: PoolOptions) {
    this.#options = options;
    this.#lanes = Array.from({ length: Math.max(1, options.workers) }, () => ({
      batches: [],
      queue: [],
      documents: new Set(),
    }));
    const [first] = this.#lanes;
    if (first) this.#threadOf(first); // Loads while the editor still says hello.
  }

  open(source: Source): PooledDocument {
    const document: PinnedDocument = { id: this.#nextId++, source, lane: this.#laneForDocument(), closed: false };
    document.lane.documents.add(document);
    return {
      edit: edits => this.#edit(document, edits),
      detect: (rules, signal) => this.#enqueue(document, source.path, rules, document.lane.queue, signal),
      close: () => this.#closeDocument(document),
    };
  }

  detect(source: Source, rules: RuleSet, signal: AbortSignal): Promise<PooledDetection> {
    return this.#enqueue(source, source.path, rules, this.#closedFiles, signal);
  }

  detectFile(file: FileTarget, rules: RuleSet, signal: AbortSignal): Promise<FileDetection> {
    return this.#enqueue(file, file.path, rules, this.#closedFiles, signal);
  }

  onStoppedRule(listener: (stopped: StoppedRule) => void): { dispose(): void } {
    this.#listeners.add(listener);
    return { dispose: () => void this.#listeners.delete(listener) };
  }

  async close(): Promise<void> {
    this.#shut = true;
    clearInterval(this.#watchdog);
    const jobs = this.#lanes.flatMap(lane => [...lane.queue.splice(0), ...lane.batches.flatMap(batch => batch.jobs)]);
    for (const job of [...jobs, ...this.#closedFiles.splice(0)]) job.resolve(closed);
    await Promise.all(this.#lanes.map(lane => this.#discard(lane)));
  }

  /** The lane with the fewest documents; with several lanes the last one stays free for closed files. */
  #laneForDocument(): Lane {
    const candidates = this.#lanes.length > 1 ? this.#lanes.slice(0, -1) : this.#lanes;
    return candidates.reduce((best, lane) => (lane.documents.size < best.documents.size ? lane : best));
  }

  #edit(document: PinnedDocument, edits: readonly Edit[]): void {
    if (document.closed || edits.length === 0) return;
    let { text } = document.source;
    for (const edit of edits) text = text.slice(0, edit.start) + edit.text + text.slice(edit.end);
    document.source = { ...document.source, text };
    document.lane.thread?.edit(document.id, edits);
  }

  #closeDocument(document: PinnedDocument): void {
    if (document.closed) return;
    document.closed = true;
    document.lane.documents.delete(document);
    document.lane.thread?.close(document.id);
  }

  #enqueue(
    target: Job['target'],
    path: string,
    rules: RuleSet,
    queue: Job[],
    signal: AbortSignal,
  ): Promise<FileDetection> {
    if (signal.aborted) return Promise.reject(signal.reason);
    if (this.#shut) return Promise.resolve(closed);
    return new Promise((resolve, reject) => {
      const cancel = () => {
        job.cancelled = true;
        const place = queue.indexOf(job);
        if (place >= 0) queue.splice(place, 1);
        reject(signal.reason);
      };
      const settle = (detection: FileDetection) => {
        this.#cancellations.delete(signal, cancel);
        resolve(detection);
      };
      const state = {
        cancelled: false,
        single: false,
        attempts: 0,
        crashes: 0,
        builtInOnly: false,
        cleared: new Set<string>(),
      };
      const job: Job = { rules, target, path, resolve: settle, ...state };
      this.#cancellations.add(signal, cancel);
      queue.push(job);
      this.#pump();
    });
  }

  /** Gives every free lane its next job, its own documents first, then closed files; then busy ones what comes after. */
  #pump(): void {
    if (this.#shut) return;
    const spare = this.#lanes.some(lane => lane.documents.size === 0);
    for (const lane of this.#lanes) {
      const takesFiles = !spare || lane.documents.size === 0;
      while (lane.batches.length === 0) {
        const job = lane.queue.shift() ?? (takesFiles ? this.#closedFiles.shift() : undefined);
        if (!job) break;
        if (job.cancelled || !this.#isWorthwhile(job)) continue;
        this.#start(lane, [job, ...(isBatchable(job) ? this.#companyFor(job) : [])]);
      }
    }
    for (const lane of this.#lanes) if (this.#mayWorkAhead(lane)) this.#sendAhead(lane);
    this.#watch();
  }

  /** No document waits behind what is sent ahead, and there is a whole batch of files. */
  #mayWorkAhead({ batches: [running, next], documents, queue }: Lane): boolean {
    if (!running || next || documents.size > 0 || queue.length > 0) return false;
    return running.jobs.every(isBatchable) && this.#closedFiles.length >= largestBatch * this.#lanes.length;
  }

  #sendAhead(lane: Lane): void {
    const [job] = this.#closedFiles;
    if (!job || !isBatchable(job)) return;
    this.#closedFiles.shift();
    if (this.#isWorthwhile(job)) this.#start(lane, [job, ...this.#companyFor(job)]);
  }

  /** The closed files that follow in the queue, a fair share of them. */
  #companyFor(job: Job): readonly Job[] {
    const share = Math.min(largestBatch - 1, Math.floor(this.#closedFiles.length / this.#lanes.length));
    let count = 0;
    for (let next = this.#closedFiles[0]; next && count < share; next = this.#closedFiles[++count]) {
      if (!isBatchable(next) || next.rules.id !== job.rules.id) break;
    }
    return this.#closedFiles.splice(0, count).filter(other => this.#isWorthwhile(other));
  }

  #isWorthwhile(job: Job): boolean {
    const isClosed = isDocument(job.target) && job.target.closed;
    if (!isClosed && job.attempts++ < mostAttempts) return true;
    job.resolve(isClosed ? closed : gaveUp);
    return false;
  }

  #start(lane: Lane, jobs: Batch['jobs']): void {
    const [first] = jobs;
    const { rules } = first;
    const batch: Batch = { id: this.#nextId++, jobs };
    const targets = jobs.map(job => job.target);
    try {
      this.#threadOf(lane).run(batch.id, rules, this.#stopped.get(rules.id), targets, limitOf(first));
      lane.batches.push(batch);
    } catch (error) {
      // No memory to copy it, or nothing that can be copied: half of it may have been sent.
      void this.#discard(lane);
      this.#putBack(lane.batches.splice(0));
      const cause = error instanceof Error ? error.name : 'unknown error';
      this.#options.log?.(`${first.path} cannot be handed to a detector (${cause}); it is passed over.`);
      for (const job of jobs) job.resolve(gaveUp);
    }
  }

  #threadOf(lane: Lane): DetectorThread {
    lane.thread ??= new DetectorThread(
      { ...this.#options, textDeadline: this.#options.textDeadline ?? 30_000 },
      {
        answered: (thread, answer) => this.#answered(lane, thread, answer),
        died: (thread, cause) => this.#died(lane, thread, cause),
      },
    );
    return lane.thread;
  }

  #answered(lane: Lane, thread: DetectorThread, answer: FromWorker): void {
    const [batch] = lane.batches;
    if (lane.thread !== thread || batch?.id !== answer.batch) return;
    lane.batches.shift();
    this.#deaths = 0;
    const [first] = batch.jobs;
    if (first.suspect !== undefined) {
      // Quick when alone: the machine was slow, not the rule.
      first.cleared.add(first.suspect);
      first.suspect = undefined;
      lane.queue.unshift(first);
    } else for (const [index, job] of batch.jobs.entries()) job.resolve(answer.detections[index] ?? gaveUp);
    this.#pump();
  }

  /** The thread ended by itself: an error of ours, or no memory left. Its work is tried again, at last without foreign rules. */
  #died(lane: Lane, thread: DetectorThread, cause: string): void {
    if (lane.thread !== thread || this.#shut) return;
    lane.thread = undefined;
    if (++this.#deaths < mostDeaths) this.#tryAgain(lane, cause);
    else this.#giveUp(lane, cause);
    this.#pump();
  }

  #tryAgain(lane: Lane, cause: string): void {
    const job = this.#takeBack(lane);
    if (!job || job.cancelled) {
      this.#options.log?.(`A detector stopped (${cause}).`);
      return;
    }
    const crashes = ++job.crashes;
    job.builtInOnly = crashes === 2 && job.rules.rules.some(rule => rule.foreign);
    job.suspect = undefined;
    const again = crashes === 1 || job.builtInOnly;
    const [first, second] = ['trying again', "trying without the workspace's rules"];
    const next = crashes === 1 ? first : job.builtInOnly ? second : 'the file is passed over';
    this.#options.log?.(`A detector stopped on ${job.path} (${cause}); ${next}.`);
    if (again) lane.queue.unshift(job);
    else job.resolve(gaveUp);
  }

  /** All that waits is answered, so that an error of ours ends; what is asked for later gets one more thread. */
  #giveUp(lane: Lane, cause: string): void {
    const waiting = [...lane.batches.splice(0).flatMap(batch => batch.jobs), ...this.#closedFiles.splice(0)];
    for (const each of this.#lanes) waiting.push(...each.queue.splice(0));
    this.#options.log?.(`The detector keeps stopping (${cause}); ${waiting.length} texts are passed over.`);
    for (const job of waiting) job.resolve(keepsStopping);
  }

  /** The job that a lost thread ran. Of several none is to blame yet: each is done again by itself. */
  #takeBack(lane: Lane): Job | undefined {
    const [running, ...ahead] = lane.batches.splice(0);
    this.#putBack(ahead);
    const jobs = running?.jobs ?? [];
    if (jobs.length <= 1) return jobs[0];
    for (const job of jobs) job.single = true;
    lane.queue.unshift(...jobs.filter(job => !job.cancelled));
    return undefined;
  }

  /** Files that a lost thread had not come to. */
  #putBack(batches: readonly Batch[]): void {
    const jobs = batches.flatMap(batch => batch.jobs).filter(job => !job.cancelled);
    for (const job of jobs) job.attempts--;
    this.#closedFiles.unshift(...jobs);
  }

  /** Runs only while work is out, so that an idle server sleeps. */
  #watch(): void {
    const busy = this.#lanes.some(lane => lane.batches.length > 0);
    if (!busy) {
      clearInterval(this.#watchdog);
      this.#watchdog = undefined;
    } else if (!this.#watchdog) {
      this.#lastLook = performance.now();
      this.#watchdog = setInterval(() => this.#look(), this.#interval());
      this.#watchdog.unref();
    }
  }

  #interval(): number {
    return Math.max(1, Math.min(50, this.#options.deadline / 5));
  }

  #look(): void {
    const now = performance.now();
    // A machine that slept or stalled has not given the rule this time.
    const passed = Math.min(now - this.#lastLook, 2 * this.#interval());
    this.#lastLook = now;
    for (const lane of this.#lanes) {
      const { thread, batches } = lane;
      if (!thread || batches.length === 0) continue;
      const seen = thread.look(passed);
      if (seen?.kind === 'overdue') this.#overdue(lane, seen.rule);
      else if (seen?.kind === 'stuck') this.#stuck(lane, thread);
    }
    this.#watch();
  }

  /** A rule passed the deadline: it is tried again alone, in a fresh thread; overdue again, it is switched off. */
  #overdue(lane: Lane, place: number): void {
    void this.#discard(lane);
    const job = this.#takeBack(lane);
    if (job) {
      const { rules, exceptions = [] } = job.rules;
      const rule = (rules[place] ?? exceptions[place - rules.length])?.id ?? '';
      if (job.suspect !== undefined || job.cleared.has(rule)) {
        job.suspect = undefined;
        this.#switchOff(job, rule);
      } else job.suspect = rule;
      // A suspect also when nobody waits any more: the rule would do the same to the next text.
      if (job.suspect === undefined) lane.queue.unshift(job);
      else if (this.#isWorthwhile(job)) this.#start(lane, [job]);
    }
    this.#pump();
  }

  /** No rule is to blame and there is no end: answered like a crash. */
  #stuck(lane: Lane, thread: DetectorThread): void {
    void thread.end();
    this.#died(lane, thread, 'no end in sight');
  }

  #switchOff(job: Job, rule: string): void {
    const stopped = this.#stopped.get(job.rules.id) ?? new Set();
    if (stopped.has(rule)) return;
    this.#stopped.set(job.rules.id, stopped.add(rule));
    for (const { thread } of this.#lanes) thread?.forgetRules(job.rules.id);
    for (const listener of this.#listeners) listener({ set: job.rules.id, rule, path: job.path });
  }

  async #discard(lane: Lane): Promise<void> {
    const { thread } = lane;
    lane.thread = undefined;
    await thread?.end();
  }
}

/** What is to be done when a signal aborts: one listener for all of it, since a signal looks through its listeners for each more. */
class Cancellations {
  readonly #known = new Map<AbortSignal, { readonly acts: Set<() => void>; readonly run: () => void }>();

  add(signal: AbortSignal, act: () => void): void {
    const known = this.#known.get(signal);
    if (known) return void known.acts.add(act);
    const acts = new Set([act]);
    const run = () => {
      this.#known.delete(signal);
      for (const each of acts) each();
    };
    this.#known.set(signal, { acts, run });
    signal.addEventListener('abort', run, { once: true });
  }

  delete(signal: AbortSignal, act: () => void): void {
    const known = this.#known.get(signal);
    if (!known?.acts.delete(act) || known.acts.size > 0) return;
    this.#known.delete(signal);
    signal.removeEventListener('abort', known.run);
  }
}

function limitOf(job: Job): Limit {
  return job.suspect !== undefined ? { only: job.suspect } : job.builtInOnly ? 'builtIn' : undefined;
}

function isBatchable(job: Job): boolean {
  return 'file' in job.target && !job.single && !job.cancelled && limitOf(job) === undefined;
}

function isDocument(target: Job['target']): target is PinnedDocument {
  return 'lane' in target;
}
