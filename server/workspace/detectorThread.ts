import { Worker } from 'node:worker_threads';
import type { Edit, Source } from '../engine/detector.ts';
import {
  type FileTarget,
  type FromWorker,
  slot,
  slotCount,
  type ToWorker,
  type WorkerSetup,
} from './detectorMessages.ts';
import type { RuleSet } from './rules.ts';

/** An open text, as all that it has become by its edits. */
export interface PinnedText {
  readonly id: number;
  readonly source: Source;
}

export type Limit = Extract<ToWorker, { kind: 'detect' }>['limit'];

export interface ThreadOptions extends Omit<WorkerSetup, 'slots'> {
  readonly worker: string | URL;
  /** Megabytes for what was just made; few unless told. */
  readonly youngGeneration?: number;
  /** Milliseconds for one batch. */
  readonly textDeadline: number;
}

export interface ThreadListener {
  answered(thread: DetectorThread, answer: FromWorker): void;
  /** It ended by itself. */
  died(thread: DetectorThread, cause: string): void;
}

/**
 * Megabytes for what a worker has just made. The small one keeps two workers on 5,000 files at 145 MB instead of 400; a command that
 * scans and ends takes a larger one, and a twentieth less time.
 */
const smallYoungGeneration = 4;
/** Large enough for the largest file that settings allow; keeps a rule from taking all memory of the machine. */
const maxOldGenerationSizeMb = 1024;
/** Rule sets that a worker keeps; more folders with different rules than this compile again. */
const mostSets = 8;

/** A worker thread with what it was sent and what it is at. Keeps the process alive only while work is out. */
export class DetectorThread {
  readonly #worker: Worker;
  readonly #options: ThreadOptions;
  readonly #slots: Int32Array;
  /** Set ids that it has compiled, the one used last at the end. */
  readonly #sets: string[] = [];
  readonly #documents = new Set<number>();
  /** Batches that it has not answered. */
  #out = 0;
  #turn = 0;
  #ruleTime = 0;
  #batchTime = 0;

  constructor(options: ThreadOptions, listener: ThreadListener) {
    this.#options = options;
    const slots = new SharedArrayBuffer(slotCount * Int32Array.BYTES_PER_ELEMENT);
    this.#slots = new Int32Array(slots);
    this.#slots[slot.rule] = -1;
    const { worker, fingerprintKey, deadline, youngGeneration = smallYoungGeneration } = options;
    const resourceLimits = { maxYoungGenerationSizeMb: youngGeneration, maxOldGenerationSizeMb };
    const workerData: WorkerSetup = { slots, fingerprintKey, deadline };
    this.#worker = new Worker(worker, { workerData, name: 'keysweep detector', resourceLimits });
    this.#worker.unref();
    this.#worker.on('message', (answer: FromWorker) => {
      if (--this.#out === 0) this.#worker.unref();
      this.#startClock();
      listener.answered(this, answer);
    });
    this.#worker.on('error', error => listener.died(this, error.name));
    this.#worker.on('exit', code => listener.died(this, `exit code ${code}`));
  }

  /** Sends a batch, which waits for those sent before; `stopped` are the rules of the set that are switched off. */
  run(
    batch: number,
    rules: RuleSet,
    stopped: ReadonlySet<string> | undefined,
    targets: readonly (PinnedText | Source | FileTarget)[],
    limit: Limit,
  ): void {
    this.#giveRules(rules, stopped);
    const sent = targets.map(target => ('id' in target ? this.#give(target) : target));
    if (this.#out++ === 0) this.#startClock();
    this.#worker.ref();
    this.#post({ kind: 'detect', batch, set: rules.id, targets: sent, limit });
  }

  edit(document: number, edits: readonly Edit[]): void {
    if (this.#documents.has(document)) this.#post({ kind: 'edit', document, edits });
  }

  close(document: number): void {
    if (this.#documents.delete(document)) this.#post({ kind: 'close', document });
  }

  /** The set is sent again before its next use. */
  forgetRules(set: string): void {
    const place = this.#sets.indexOf(set);
    if (place >= 0) this.#sets.splice(place, 1);
  }

  /** Called every now and then while a batch runs, `passed` milliseconds after the last time. `rule` is a place in the set's list. */
  look(passed: number): { readonly kind: 'overdue'; readonly rule: number } | { readonly kind: 'stuck' } | undefined {
    const rule = Atomics.load(this.#slots, slot.rule);
    const turn = Atomics.load(this.#slots, slot.turn);
    this.#ruleTime = rule >= 0 && turn === this.#turn ? this.#ruleTime + passed : 0;
    this.#turn = turn;
    this.#batchTime += passed;
    const spent = Atomics.load(this.#slots, slot.spent) === 1;
    if (rule >= 0 && (spent || this.#ruleTime >= this.#options.deadline)) return { kind: 'overdue', rule };
    return this.#batchTime >= this.#options.textDeadline ? { kind: 'stuck' } : undefined;
  }

  async end(): Promise<void> {
    await this.#worker.terminate();
  }

  #giveRules({ id, rules, exceptions = [] }: RuleSet, stopped: ReadonlySet<string> | undefined): void {
    const place = this.#sets.indexOf(id);
    if (place >= 0) this.#sets.splice(place, 1);
    else this.#post({ kind: 'rules', set: id, rules, exceptions, stopped: [...(stopped ?? [])] });
    this.#sets.push(id);
    const oldest = this.#sets.length > mostSets ? this.#sets.shift() : undefined;
    if (oldest !== undefined) this.#post({ kind: 'forget', set: oldest });
  }

  #give({ id, source }: PinnedText): number {
    if (!this.#documents.has(id)) {
      this.#documents.add(id);
      this.#post({ kind: 'open', document: id, source });
    }
    return id;
  }

  /** A batch begins. */
  #startClock(): void {
    this.#ruleTime = 0;
    this.#batchTime = 0;
  }

  #post(message: ToWorker): void {
    this.#worker.postMessage(message);
  }
}
