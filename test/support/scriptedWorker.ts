/* A worker for detectorPool whose rules do what their pattern says when the text holds their keyword: `find` finds the keyword,
   `hang` never ends, `pieces` uses up its time in short runs, `die` ends the thread, `stall` hangs outside of every rule. */
import { parentPort, workerData } from 'node:worker_threads';
import type { Edit, Finding, Source } from '../../server/engine/detector.ts';
import type { Rule } from '../../server/engine/rulePack.ts';
import { type FileTarget, slot, type ToWorker, type WorkerSetup } from '../../server/workspace/detectorMessages.ts';

const { slots: shared } = workerData as WorkerSetup;
const slots = new Int32Array(shared);
const sets = new Map<string, { rules: readonly Rule[]; stopped: readonly string[] }>();
const documents = new Map<number, Source>();
const forever = () => void Atomics.wait(slots, slot.spent, Atomics.load(slots, slot.spent));

const acts: Readonly<Record<string, () => void>> = {
  find: () => {},
  hang: forever,
  pieces: () => {
    Atomics.store(slots, slot.spent, 1);
    forever();
  },
  die: () => process.exit(3),
  stall: () => {
    Atomics.store(slots, slot.rule, -1);
    forever();
  },
};

type Limit = Extract<ToWorker, { kind: 'detect' }>['limit'];

function detect(source: Source, set: string, limit: Limit): Finding[] {
  const { rules, stopped } = sets.get(set) ?? { rules: [], stopped: [] };
  return rules.flatMap((rule, place) => {
    const start = source.text.indexOf(rule.keywords[0] ?? '');
    const isOut = limit === 'builtIn' ? rule.foreign : limit !== undefined && limit.only !== rule.id;
    if (stopped.includes(rule.id) || isOut || start < 0) return [];
    Atomics.store(slots, slot.rule, place);
    Atomics.add(slots, slot.turn, 1);
    acts[rule.pattern]?.();
    Atomics.store(slots, slot.rule, -1);
    return [{ rule: rule.id, start, end: start + (rule.keywords[0] ?? '').length } as Finding];
  });
}

const apply = (text: string, edit: Edit) => text.slice(0, edit.start) + edit.text + text.slice(edit.end);

/** A file's text is its name. */
const read = (target: Source | FileTarget) => ('file' in target ? { path: target.path, text: target.file } : target);

parentPort?.on('message', (message: ToWorker) => {
  if (message.kind === 'rules') sets.set(message.set, message);
  else if (message.kind === 'forget') sets.delete(message.set);
  else if (message.kind === 'open') documents.set(message.document, message.source);
  else if (message.kind === 'close') documents.delete(message.document);
  else if (message.kind === 'edit') {
    const source = documents.get(message.document);
    if (source) documents.set(message.document, { ...source, text: message.edits.reduce(apply, source.text) });
  } else {
    const detections = message.targets.map(target => {
      const source = typeof target === 'number' ? documents.get(target) : read(target);
      return {
        findings: source ? detect(source, message.set, message.limit) : [],
        certificates: [],
        read: source && { kind: 'text', text: source.text },
      };
    });
    parentPort?.postMessage({ batch: message.batch, detections });
  }
});
