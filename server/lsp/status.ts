import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ServerStatus } from '../protocol/messages.ts';
import { type JournalEntry, unfinishedMessage } from '../secrets/journal.ts';
import type { StoppedRule } from '../workspace/detectorPool.ts';
import type { FolderConfiguration } from './configuration.ts';

const restricted = 'Restricted Mode: only the built-in rules are used';

/** One line for the status item, and what it stands for. */
export function readStatus(
  folders: readonly FolderConfiguration[],
  stopped: readonly StoppedRule[],
  skipped: readonly string[],
  unfinished: readonly JournalEntry[],
): ServerStatus {
  const untrusted = folders.some(folder => !folder.trusted)
    ? [
        'The workspace is not trusted: its rule packs, settings, accepted findings and stores are not used until you trust it. What its .gitignore leaves out is looked at when you open it.',
      ]
    : [];
  const problems = folders.flatMap(({ name, settingProblems, rules, accepted }) => [
    ...settingProblems.map(({ key, message }) => `Setting keysweep.${key}: ${message}`),
    ...rules.problems.map(({ file, start, message }) => `${file}:${start.line + 1}: ${message}`),
    ...accepted.problems.map(({ line, message }) => `${name}, accepted findings, line ${line}: ${message}`),
  ]);
  const switchedOff = stopped.map(({ rule }) => `The rule ${rule} took too long and is switched off.`);
  const wrong = [...unfinished.map(unfinishedMessage), ...switchedOff, ...problems];
  const details = [...untrusted, ...wrong, ...skipped.slice(0, 20)];
  if (wrong.length > 0)
    return { kind: 'warning', text: `${wrong.length} ${wrong.length === 1 ? 'problem' : 'problems'}`, details };
  if (untrusted.length > 0) return { kind: 'warning', text: restricted, details };
  return { kind: 'ok', text: `${folders[0]?.rules.set.rules.length ?? 0} rules`, details };
}

/** True when the workspace brings settings of ours that are not used as long as it is not trusted. */
export async function bringsSettings(root: string): Promise<boolean> {
  try {
    const settings = await readFile(join(root, '.vscode', 'settings.json'), 'utf8');
    return settings.includes('"keysweep.');
  } catch {
    // No settings, or none that we may read.
    return false;
  }
}
