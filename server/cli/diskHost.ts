import { randomBytes } from 'node:crypto';
import {
  access,
  chmod,
  chown,
  constants,
  mkdir,
  readFile,
  realpath,
  rename,
  rm,
  stat,
  writeFile,
} from 'node:fs/promises';
import { basename, dirname, join, relative, sep } from 'node:path';
import type { Finding } from '../engine/detector.ts';
import { edited } from '../engine/rewrite.ts';
import type { Journal } from '../secrets/journal.ts';
import type { ApplyOutcome, MoveHost, TextEdits } from '../secrets/moveSecret.ts';
import type { DetectorPool } from '../workspace/detectorPool.ts';
import { scanFolder } from '../workspace/scan.ts';
import type { Workspace } from './workspace.ts';

/** A move's files on a disk. Bytes that an edit does not touch stay as they are: encoding, byte order mark, line ends, mode. */
export function createDiskHost(
  workspace: Workspace,
  pool: DetectorPool,
  journal: Journal | undefined,
  failed: MoveHost['failed'],
): MoveHost {
  const { root, settings, rules } = workspace;
  return {
    journal,
    failed,
    async read(file, signal) {
      const read = await readDiskText(file);
      if (read.kind !== 'text') return undefined;
      const source = { text: read.text, path: relative(root, file).split(sep).join('/') };
      const { findings } = await pool.detect(source, rules.set, signal);
      return { text: { file, source }, findings: findings.filter(finding => isStorable(finding, read)) };
    },
    async copies(fingerprint, except, signal, mentions) {
      const files: string[] = [];
      const options = { pool, rules: { ...rules.set, allow: [] }, settings, ignore: true, dotenv: true };
      for await (const file of scanFolder(root, options, signal)) {
        if (file.kind !== 'scanned') continue;
        const path = join(root, file.path);
        const isCopy =
          file.findings.some(finding => finding.fingerprint === fingerprint) || mentions?.(file.text) === true;
        if (isCopy && path !== except) files.push(path);
      }
      return files;
    },
    apply: edits => applyToDisk(edits),
  };
}

export type DiskText =
  | { readonly kind: 'text'; readonly text: string; readonly encoding: Encoding; readonly bytes: Buffer }
  | { readonly kind: 'absent' | 'unreadable' };

/** `latin1` stands for any encoding of single bytes: bytes and characters correspond one to one, so nothing gets lost. */
type Encoding = 'utf8' | 'utf16le' | 'utf16be' | 'latin1';

export async function readDiskText(file: string): Promise<DiskText> {
  let bytes: Buffer;
  try {
    bytes = await readFile(file);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return { kind: code === 'ENOENT' || code === 'ENOTDIR' ? 'absent' : 'unreadable' };
  }
  const encoding = encodingOf(bytes);
  return { kind: 'text', text: decode(bytes, encoding), encoding, bytes };
}

function encodingOf(bytes: Buffer): Encoding {
  if (bytes[0] === 0xff && bytes[1] === 0xfe && bytes.length % 2 === 0) return 'utf16le';
  if (bytes[0] === 0xfe && bytes[1] === 0xff && bytes.length % 2 === 0) return 'utf16be';
  try {
    new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    return 'utf8';
  } catch {
    return 'latin1';
  }
}

function decode(bytes: Buffer, encoding: Encoding): string {
  if (encoding === 'utf16be') return Buffer.from(bytes).swap16().toString('utf16le');
  return bytes.toString(encoding);
}

function encode(text: string, encoding: Encoding): Buffer {
  return encoding === 'utf16be' ? Buffer.from(text, 'utf16le').swap16() : Buffer.from(text, encoding);
}

/** In an unknown encoding only ASCII is sure to be what the program reads. */
function isStorable(finding: Finding, read: Extract<DiskText, { readonly kind: 'text' }>): boolean {
  return read.encoding !== 'latin1' || /^[\0-\x7f]*$/.test(read.text.slice(finding.start, finding.end));
}

interface Change {
  readonly file: string;
  /** Where the file really stands, when a link leads to it. */
  readonly target: string;
  /** Undefined when the file is new. */
  readonly before: Buffer | undefined;
  /** Undefined when the file goes. */
  readonly after: Buffer | undefined;
}

/**
 * All files or none. Each is compared with what its edits are for right before the first is written. One that is empty
 * afterwards goes when it is named in `made`.
 */
export async function applyToDisk(edits: readonly TextEdits[], made?: ReadonlySet<string>): Promise<ApplyOutcome> {
  const changes: Change[] = [];
  for (const edit of edits) {
    const change = await changeOf(edit);
    if (change === 'stale' || 'reason' in change) return change;
    changes.push(change.after?.length === 0 && made?.has(edit.file) ? { ...change, after: undefined } : change);
  }
  const written: Change[] = [];
  try {
    for (const change of changes) {
      written.push(change);
      if (change.after === undefined) await rm(change.target);
      else await replace(change.target, change.before, change.after);
    }
    return 'applied';
  } catch (error) {
    const lost = await restore(written);
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown error';
    const name = basename(written.at(-1)?.file ?? '');
    return { kind: 'failed', reason: `${name} could not be written (${code}).`, lost };
  }
}

async function changeOf(
  edit: TextEdits,
): Promise<Change | 'stale' | { readonly kind: 'failed'; readonly reason: string }> {
  const { file } = edit;
  const read = await readDiskText(file);
  if (read.kind === 'unreadable') return { kind: 'failed', reason: `${basename(file)} cannot be read.` };
  if (read.kind === 'absent') {
    const after = encode(edited('', edit.edits), 'utf8');
    return edit.before === '' ? { file, target: file, before: undefined, after } : 'stale';
  }
  if (read.kind !== 'text' || read.text !== edit.before) return 'stale';
  const after = encode(edited(read.text, edit.edits), read.encoding);
  const target = await realpath(file);
  const isWritable = await access(target, constants.W_OK).then(
    () => true,
    () => false,
  );
  // The superuser may write anything; that a file is read-only is still somebody's wish.
  const { mode } = await stat(target);
  if (!isWritable || (mode & 0o222) === 0) return { kind: 'failed', reason: `${basename(file)} is read-only.` };
  return { file, target, before: read.bytes, after };
}

/** Whole or not at all where the system allows it: a new file takes the old one's place. `existing` undefined: must be new. */
async function replace(target: string, existing: Buffer | undefined, bytes: Buffer): Promise<void> {
  if (existing === undefined) {
    await mkdir(dirname(target), { recursive: true });
    return writeFile(target, bytes, { flag: 'wx' });
  }
  const { mode, uid, gid, nlink } = await stat(target);
  // A second name of the same file must see the edit too.
  if (nlink > 1) return writeFile(target, bytes);
  const fresh = join(dirname(target), `.${basename(target)}.${randomBytes(6).toString('hex')}.tmp`);
  try {
    await writeFile(fresh, bytes, { mode: mode & 0o7777, flag: 'wx' });
    await chmod(fresh, mode & 0o7777);
    if (process.getuid?.() !== uid || process.getgid?.() !== gid) await chown(fresh, uid, gid);
    await rename(fresh, target);
  } catch (error) {
    await rm(fresh, { force: true });
    // A folder that takes no new files, an owner that cannot be kept, or (Windows) a file that is open elsewhere.
    if (!['EACCES', 'EPERM', 'EBUSY'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
    await writeFile(target, bytes);
  }
}

/** Answers the files that could not be put back. */
async function restore(changes: readonly Change[]): Promise<readonly string[]> {
  const lost: string[] = [];
  for (const { file, target, before, after } of changes) {
    try {
      const now = await readFile(target).catch(() => undefined);
      if (before === undefined) {
        if (after !== undefined && now?.equals(after)) await rm(target, { force: true });
      } else if (now === undefined || !now.equals(before)) {
        await writeFile(target, before);
      }
    } catch {
      lost.push(file);
    }
  }
  return lost;
}
