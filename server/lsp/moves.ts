import { basename, dirname } from 'node:path';
import { TextDocument } from 'vscode-languageserver-textdocument';
import type { Finding } from '../engine/detector.ts';
import { rewrite } from '../engine/rewrite.ts';
import type {
  AcceptParams,
  Answer,
  FindingPlace,
  MoveAllCandidate,
  MoveParams,
  MoveProposalAnswer,
  StoreChoice,
} from '../protocol/messages.ts';
import type { Inventory } from '../secrets/inventory.ts';
import {
  type MoveHost,
  type MoveOutcome,
  type MoveText,
  moveSecret,
  namesOfManifest,
  proposeMove,
} from '../secrets/moveSecret.ts';
import { storeIds, storeLabels } from '../stores/store.ts';
import { acceptedFileName, acceptedHash, appendAccepted } from '../workspace/accepted.ts';
import { isWithin, pathBelow } from '../workspace/folders.ts';
import { author } from '../workspace/history.ts';
import { type Configuration, type Folder, restrictedReason } from './configuration.ts';
import type { Documents } from './documents.ts';
import { isOpen } from './fileFindings.ts';
import { fileOf, keyOf, rangeOf, uriOf } from './places.ts';
import type { StoreAccess } from './storeAccess.ts';

export interface Moves {
  propose(place: FindingPlace, signal: AbortSignal): Promise<MoveProposalAnswer>;
  move(params: MoveParams, signal: AbortSignal): Promise<Answer>;
  candidates(uri: string, signal: AbortSignal): Promise<readonly MoveAllCandidate[]>;
  accept(params: AcceptParams, signal: AbortSignal): Promise<Answer>;
  /** Where a document's secrets can be kept, the preferred place first. */
  stores(uri: string, signal: AbortSignal): Promise<readonly StoreChoice[]>;
}

/** A finding in the text as it is now. */
interface Found {
  readonly text: MoveText;
  readonly finding: Finding;
  readonly root: string;
  readonly folder: Folder;
}

const changedMeanwhile = 'The text changed meanwhile. Nothing was touched: look at it again and repeat.';
const noFile = 'This text is not a file on this machine. Save it into the workspace first, then move the secret.';

export function createMoves(
  host: MoveHost,
  documents: Documents,
  configuration: Configuration,
  inventory: Inventory,
  access: StoreAccess,
  savesItself: boolean,
): Moves {
  /** The finding at a place, or a sentence that says why there is none. */
  const locate = async (place: FindingPlace, signal: AbortSignal): Promise<Found | string> => {
    const file = fileOf(place.uri);
    if (file === undefined) return noFile;
    const read = await host.read(keyOf(place.uri), signal);
    if (read === undefined) return 'The file is gone or cannot be read. Nothing was touched.';
    const { text, findings } = read;
    const folder = configuration.folderOf(place.uri);
    const root = rootOf(folder, file);
    const isCurrent = place.version === null || text.version === undefined || text.version === place.version;
    const document = TextDocument.create(place.uri, '', 0, text.source.text);
    const [start, end] = [document.offsetAt(place.range.start), document.offsetAt(place.range.end)];
    const found = isCurrent ? findings.find(finding => finding.start === start && finding.end === end) : undefined;
    // One of many that are moved in turn: the edits before it changed its place, not the value.
    const finding = found ?? findings.find(other => other.fingerprint === place.fingerprint);
    return finding === undefined ? changedMeanwhile : { text, finding, root, folder };
  };
  const requestOf = ({ text, finding, root }: Found) => ({
    root,
    file: text.file,
    start: finding.start,
    end: finding.end,
    ...(text.version === undefined ? {} : { version: text.version }),
  });

  return {
    async propose(place, signal) {
      if (configuration.restricted) return { kind: 'refused', message: restrictedReason };
      const found = await locate(place, signal);
      if (typeof found === 'string') return { kind: found === changedMeanwhile ? 'stale' : 'refused', message: found };
      const proposal = await proposeMove(requestOf(found), host, signal);
      if (proposal.kind === 'stale') return { kind: 'stale', message: changedMeanwhile };
      if (proposal.kind === 'refused')
        return { kind: 'refused', message: [proposal.reason, ...proposal.waysOut].join(' ') };
      const copies = proposal.copies.map(file => pathBelow(found.root, file) ?? file);
      return { ...proposal, copies, stores: await access.choices(found.folder, signal) };
    },

    async move(params, signal) {
      if (configuration.restricted) return { kind: 'refused', message: restrictedReason };
      const found = await locate(params, signal);
      if (typeof found === 'string') return { kind: found === changedMeanwhile ? 'stale' : 'refused', message: found };
      const id = storeIds.find(known => known === params.store);
      const store = id === undefined ? undefined : (await access.stores()).get(id);
      if (store === undefined) {
        return {
          kind: 'refused',
          message: `The store ${storeName(params.store)} is not configured here. Nothing was touched.`,
        };
      }
      const request = { ...requestOf(found), name: params.name, store, everywhere: params.everywhere };
      const outcome = await moveSecret(request, host, signal);
      const held = await configuration.for(found.folder);
      return answerOf(outcome, store.label, held.ruleOf.get(found.finding.rule)?.rotate ?? '', savesItself);
    },

    async candidates(uri, signal) {
      const keys = uri === '' ? inventory.files() : [keyOf(uri)];
      const names = new Set<string>();
      // One a value: the first place that can be rewritten, else the first one with its reason.
      const candidates = new Map<string, MoveAllCandidate>();
      for (const key of keys) {
        const wanted = new Set(
          (inventory.get(key)?.findings ?? []).filter(isOpen).map(({ fingerprint }) => fingerprint),
        );
        if (wanted.size === 0) continue;
        const read = await host.read(key, signal);
        if (read === undefined) continue;
        const open = documents.byKey(key);
        const document = TextDocument.create('', '', 0, read.text.source.text);
        const root = rootOf(configuration.folderOf(uriOf(key)), read.text.file);
        const taken = await namesOfManifest(read.text.file, root, host, signal);
        for (const finding of read.findings) {
          const known = candidates.get(finding.fingerprint);
          if (!wanted.has(finding.fingerprint) || known?.refused === '') continue;
          const name = freeName(finding.variable, names, taken);
          const plan = rewrite(read.text.source, [finding], name);
          if (known !== undefined && plan.kind === 'refused') continue;
          // What stays where it is needs no name.
          if (plan.kind !== 'refused') names.add(name);
          candidates.set(finding.fingerprint, {
            uri: open?.uri ?? uriOf(key),
            version: open?.text.version ?? null,
            range: rangeOf(document, finding),
            fingerprint: finding.fingerprint,
            label: `${finding.title} in ${inventory.get(key)?.path ?? basename(key)}`,
            name,
            copies: Math.max(0, inventory.holding(finding.fingerprint).length - 1),
            refused: configuration.restricted ? restrictedReason : plan.kind === 'refused' ? plan.reason : '',
          });
        }
      }
      return [...candidates.values()];
    },

    stores: (uri, signal) => access.choices(configuration.folderOf(uri), signal),

    async accept(params, signal) {
      if (!configuration.trusted) {
        return {
          kind: 'refused',
          message: 'The workspace is not trusted, so what it accepts does not count. Trust it first.',
        };
      }
      const found = await locate(params, signal);
      if (typeof found === 'string') return { kind: found === changedMeanwhile ? 'stale' : 'refused', message: found };
      const { finding, root, folder, text } = found;
      if (folder.root !== root) {
        return {
          kind: 'refused',
          message: 'The file stands in no folder of the workspace. Open its folder, then accept it there.',
        };
      }
      const hash = acceptedHash(finding, text.source.text.slice(finding.start, finding.end));
      await appendAccepted(root, {
        rule: finding.rule,
        path: text.source.path,
        assigned: finding.assigned,
        author: await author(root, signal),
        date: new Date().toISOString().slice(0, 10),
        ...(params.expires ? { expires: params.expires } : {}),
        reason: params.reason,
        ...(hash === undefined ? {} : { hash }),
      });
      configuration.reload([folder]);
      return {
        kind: 'done',
        message: `Accepted. The decision stands in ${acceptedFileName}: commit it with the code.`,
      };
    },
  };
}

/** The workspace folder that a file stands in, else its own folder. */
function rootOf({ root }: Folder, file: string): string {
  return root !== undefined && isWithin(file, root) ? root : dirname(file);
}

export function storeName(id: string): string {
  const known = storeIds.find(store => store === id);
  return known === undefined ? id : storeLabels[known];
}

/** `NAME`, `NAME_2` ...: two values of one list never get the same name, nor one that is `taken`. */
function freeName(wanted: string, listed: ReadonlySet<string>, taken: readonly string[]): string {
  let name = wanted;
  for (let next = 2; listed.has(name) || taken.includes(name); next += 1) name = `${wanted}_${next}`;
  return name;
}

function answerOf(outcome: MoveOutcome, label: string, rotationPage: string, savesItself: boolean): Answer {
  if (outcome.kind === 'refused') return { kind: 'refused', message: [outcome.reason, ...outcome.waysOut].join(' ') };
  if (outcome.kind === 'stale') return { kind: 'stale', message: outcome.message || changedMeanwhile };
  if (outcome.kind === 'failed') return { kind: 'failed', message: `${outcome.message} ${outcome.advice}`.trim() };
  const { moved } = outcome;
  const rotate = moved.rotate !== 'no';
  const files = new Set(moved.files).size;
  const sentences = [
    `Moved ${moved.name} to ${label}. ${files === 1 ? 'One file' : `${files} files`} changed; ${basename(moved.manifest)} names it now.`,
    savesItself ? '' : 'Save the changed files: until then the value is still on disk.',
    moved.rotate === 'committed' ? "The value stands in git's history: rotate it." : '',
    moved.rotate === 'pushed' ? 'The value was pushed: treat it as known and rotate it.' : '',
    moved.left.length > 0
      ? `Still in ${moved.left.map(({ file, reason }) => `${basename(file)} (${reason})`).join(', ')}.`
      : '',
    moved.manifestIgnored
      ? `git ignores ${basename(moved.manifest)}: add "!${basename(moved.manifest)}" to .gitignore so that your team gets it.`
      : '',
    savesItself
      ? 'Where you allowed it, new terminals, tasks and debug sessions get it; elsewhere use "keysweep run -- COMMAND".'
      : 'Start the program with "keysweep run -- COMMAND".',
    'Undo brings the text back; the value stays stored.',
  ];
  const message = sentences.filter(sentence => sentence !== '').join(' ');
  return {
    kind: 'done',
    message,
    rotate,
    ...(rotate && /^https:\/\//.test(rotationPage) ? { link: rotationPage } : {}),
  };
}
