import { createHash, createHmac, X509Certificate } from 'node:crypto';
import { parentPort, workerData } from 'node:worker_threads';
import {
  type Confidence,
  compileRules,
  confidences,
  type Detected,
  type Detector,
  type Edit,
  type Finding,
  type Host,
  type Source,
} from '../engine/detector.ts';
import type { PackException, Rule } from '../engine/rulePack.ts';
import {
  type FileTarget,
  type FromWorker,
  slot,
  type TargetDetection,
  type ToWorker,
  type WorkerSetup,
} from './detectorMessages.ts';
import { makeTextReader } from './textReader.ts';

/* A worker's entry: it compiles rule sets, holds open documents, and detects, one job at a time. While a pattern runs its rule's
   place in the set stands in shared memory, so that the parent knows whom to blame for a delay (invariant 3). */

interface CompiledSet {
  readonly rules: readonly Rule[];
  readonly exceptions: readonly PackException[];
  readonly detector: Detector;
}

interface OpenDocument {
  source: Source;
  /** The last detection and what made it; `pending` are the edits since. */
  previous?: { readonly detector: Detector; readonly detected: Detected };
  pending: Edit[];
}

/** More edits than this and a whole look costs less than following each. */
const mostPending = 16;
const nothing = { findings: [], certificates: [] };

if (parentPort) serve(parentPort, workerData as WorkerSetup);

function serve(port: NonNullable<typeof parentPort>, setup: WorkerSetup): void {
  const slots = new Int32Array(setup.slots);
  const compile = compilerFor(setup, slots);
  const sets = new Map<string, CompiledSet>();
  const documents = new Map<number, OpenDocument>();

  const readText = makeTextReader();

  const detectFile = (target: FileTarget, detector: Detector): TargetDetection => {
    const { file, path, maxSize, texts, least, explain } = target;
    const read = readText(file, maxSize);
    if (read.kind === 'skipped') return { ...nothing, read };
    const source = { text: read.text, path };
    const { findings: all, certificates } = detector.detect(source);
    const findings = least === undefined ? all : all.filter(finding => isAsSure(finding, least));
    const isWanted = texts === 'all' || findings.length > 0 || certificates.length > 0;
    const answer = { findings, certificates, read: isWanted ? read : ({ kind: 'text', text: '' } as const) };
    const line = explain === undefined ? undefined : lineOf(read.text, explain);
    return line === undefined ? answer : { ...answer, explanation: detector.explain(source, line.start, line.end) };
  };
  const detect = (target: number | Source | FileTarget, detector: Detector): TargetDetection => {
    Atomics.add(slots, slot.turn, 1);
    Atomics.add(slots, slot.target, 1);
    if (typeof target === 'object')
      return 'file' in target ? detectFile(target, detector) : plain(detector.detect(target));
    const document = documents.get(target);
    return document ? plain(detectDocument(document, detector)) : nothing;
  };

  port.on('message', (message: ToWorker) => {
    switch (message.kind) {
      case 'rules': {
        const stopped = new Set(message.stopped);
        sets.set(message.set, {
          rules: message.rules,
          exceptions: message.exceptions,
          detector: compile(message, ({ id }) => !stopped.has(id)),
        });
        break;
      }
      case 'forget':
        sets.delete(message.set);
        break;
      case 'open':
        documents.set(message.document, { source: message.source, pending: [] });
        break;
      case 'edit':
        documents.get(message.document)?.pending.push(...message.edits);
        break;
      case 'close':
        documents.delete(message.document);
        break;
      case 'detect': {
        const { batch, limit, targets } = message;
        const set = sets.get(message.set);
        const detector = set && limit ? compile(set, within(limit)) : set?.detector;
        const detections = targets.map(target => (detector ? detect(target, detector) : nothing));
        Atomics.store(slots, slot.rule, -1);
        const answer: FromWorker = { batch, detections };
        port.postMessage(answer);
        break;
      }
    }
  });
}

/** Where the line of a number, 1-based, stands; undefined when there are fewer. */
function lineOf(text: string, number: number): { readonly start: number; readonly end: number } | undefined {
  let start = 0;
  let line = 1;
  for (const { index, 0: lineEnd } of text.matchAll(/\r\n|\r|\n/g)) {
    if (line++ === number) return { start, end: index };
    start = index + lineEnd.length;
  }
  return line === number ? { start, end: text.length } : undefined;
}

function isAsSure({ confidence }: Finding, least: Confidence): boolean {
  return confidences.indexOf(confidence) <= confidences.indexOf(least);
}

/** Without the text, which the other side has. */
function plain({ findings, certificates }: Detected): TargetDetection {
  return { findings, certificates };
}

function within(limit: NonNullable<Extract<ToWorker, { kind: 'detect' }>['limit']>): Included {
  return limit === 'builtIn' ? rule => 'foreign' in rule && !rule.foreign : rule => rule.id === limit.only;
}

function detectDocument(document: OpenDocument, detector: Detector): Detected {
  const { previous, pending } = document;
  document.pending = [];
  document.source = { ...document.source, text: applyEdits(document.source.text, pending) };
  const follow = previous?.detector === detector && pending.length <= mostPending;
  const detected = follow
    ? pending.reduce((before, edit) => detector.update(before, edit), previous.detected)
    : detector.detect(document.source);
  document.previous = { detector, detected };
  return detected;
}

function applyEdits(text: string, edits: readonly Edit[]): string {
  return edits.reduce((before, edit) => before.slice(0, edit.start) + edit.text + before.slice(edit.end), text);
}

type Included = (rule: Rule | PackException) => boolean;
type Compile = (set: Pick<CompiledSet, 'rules' | 'exceptions'>, included: Included) => Detector;

function compilerFor(setup: WorkerSetup, slots: Int32Array): Compile {
  const key = Buffer.from(setup.fingerprintKey);
  return (set, included) => {
    const all = [...set.rules, ...set.exceptions];
    const places = new Map(all.map(({ id }, place) => [id, place]));
    const rules = set.rules.filter(included);
    const exceptions = set.exceptions.filter(included);
    const enter = watchFor(
      slots,
      setup.deadline,
      [...rules, ...exceptions].map(one => ({
        place: places.get(one.id) ?? -1,
        foreign: !('foreign' in one) || one.foreign !== false,
      })),
    );
    const host: Host = {
      now: () => Date.now(),
      fingerprint: value => createHmac('sha256', key).update(value).digest('hex').slice(0, 32),
      sha256: bytes => createHash('sha256').update(bytes).digest(),
      certificate: readCertificate,
      enter,
    };
    return compileRules(rules, host, exceptions);
  };
}

/**
 * Publishes the running rule; for rules out of a workspace it also adds up the time of many short runs on one text. This thread alone
 * writes the slots for that: plain stores are seen soon enough, and there are two at each keyword of a text.
 */
function watchFor(
  slots: Int32Array,
  deadline: number,
  watched: readonly { readonly place: number; readonly foreign: boolean }[],
): Host['enter'] {
  let target = -1;
  let began = 0;
  let running = -1;
  const spent = new Map<number, number>();
  return index => {
    if (running >= 0) {
      spent.set(running, (spent.get(running) ?? 0) + performance.now() - began);
      running = -1;
    }
    const { place, foreign } = watched[index] ?? between;
    slots[slot.rule] = place;
    if (place < 0) return;
    slots[slot.turn] = (slots[slot.turn] ?? 0) + 1;
    if (!foreign) return;
    if (target !== slots[slot.target]) {
      target = slots[slot.target] ?? 0;
      spent.clear();
    }
    if ((spent.get(place) ?? 0) > deadline) {
      Atomics.store(slots, slot.spent, 1);
      // The engine cannot be told to stop; the parent ends this thread.
      Atomics.wait(slots, slot.spent, 1);
    }
    running = place;
    began = performance.now();
  };
}

const between = { place: -1, foreign: false };

function readCertificate(pem: string): ReturnType<Host['certificate']> {
  try {
    const certificate = new X509Certificate(pem);
    const expires = Date.parse(certificate.validTo);
    return { subject: certificate.subject, issuer: certificate.issuer, expires: Number.isNaN(expires) ? 0 : expires };
  } catch {
    return undefined;
  }
}
