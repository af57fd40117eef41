import { type CodeAction, CodeActionKind, type CodeActionParams } from 'vscode-languageserver/node';
import type { Source } from '../engine/detector.ts';
import type { FindingPlace } from '../protocol/messages.ts';
import type { LocatedFinding } from '../secrets/inventory.ts';
import type { SecretStore, StoreId } from '../stores/store.ts';
import type { Documents, Looked } from './documents.ts';
import { previewMove } from './explain.ts';
import { isOpen } from './fileFindings.ts';
import { touches } from './places.ts';

/** More findings in one selection are for *Move All*. */
const mostAtOnce = 20;

export const moveAllKind = `${CodeActionKind.Source}.keysweep.moveAll`;

/** How a client shows an action and who carries it out. */
export interface ActionStyle {
  /** Commands of our own client, or of the server for another one. */
  readonly commands: Readonly<Record<'moveToKeychain' | 'moveToVault' | 'moveToStore' | 'accept' | 'moveAll', string>>;
  /** Titles end with it: the client asks before anything happens. */
  readonly ending: '…' | '';
  readonly disabled: boolean;
}

export interface Offered {
  /** What stands for the keychain on this host. */
  readonly local: 'keychain' | 'secretStorage';
  readonly vault: boolean;
  /** The stores beside these. */
  readonly others: readonly Pick<SecretStore, 'id' | 'label'>[];
  readonly accept: boolean;
  /** Why nothing can be moved at all; empty when it can. */
  readonly refused: string;
}

/**
 * Command-only actions: an edit beside the command would run first and take the value away before it is stored. Arguments say
 * where, never what.
 */
export async function quickFixes(
  { textDocument, range, context }: CodeActionParams,
  documents: Documents,
  style: ActionStyle,
  offered: Offered,
  signal: AbortSignal,
): Promise<CodeAction[]> {
  const document = documents.get(textDocument.uri);
  const looked = await documents.look(textDocument.uri, signal);
  if (document === undefined || looked === undefined) return [];
  const wanted = (kind: string) => context.only?.some(only => kind === only || kind.startsWith(`${only}.`)) ?? true;
  const open = looked.found.findings.filter(isOpen);
  const here = open.filter(finding => touches(finding.range, range)).slice(0, mostAtOnce);
  const actions: CodeAction[] = [];
  if (wanted(CodeActionKind.QuickFix)) {
    for (const finding of here) {
      const shown = context.diagnostics.filter(
        ({ source, range: at }) => source === 'keysweep' && touches(at, finding.range),
      );
      const reason = offered.refused || refusal({ ...document.source, text: looked.text }, finding);
      for (const action of fixes(textDocument.uri, finding, looked, style, offered)) {
        const move = action.command?.command !== style.commands.accept;
        const refused = move && reason !== '' ? { disabled: { reason } } : {};
        if ('disabled' in refused && !style.disabled) continue;
        actions.push({ ...action, kind: CodeActionKind.QuickFix, diagnostics: shown, ...refused });
      }
    }
  }
  const hasAll = open.length > 0 && (offered.refused === '' || style.disabled);
  if (hasAll && (context.only === undefined ? here.length > 0 : wanted(moveAllKind))) {
    const title = `Move All in File${style.ending}`;
    actions.push({
      title,
      kind: moveAllKind,
      command: { title, command: style.commands.moveAll, arguments: [{ uri: textDocument.uri }] },
      ...(offered.refused === '' ? {} : { disabled: { reason: offered.refused } }),
    });
  }
  return actions;
}

function refusal(source: Source, finding: LocatedFinding): string {
  const preview = previewMove(source, finding);
  return preview.kind === 'refused' ? preview.reason : '';
}

type ActionTitle = readonly [keyof ActionStyle['commands'], string, boolean, StoreId | undefined];

/** A client of ours asks which one, where there are several. */
function otherTitles(others: Offered['others'], asks: boolean): readonly ActionTitle[] {
  if (asks && others.length > 1) return [['moveToStore', 'Move to Another Store', true, undefined]];
  return others.map(({ id, label }): ActionTitle => ['moveToStore', `Move to ${label}`, true, id]);
}

function fixes(
  uri: string,
  finding: LocatedFinding,
  looked: Looked,
  { commands, ending }: ActionStyle,
  offered: Offered,
): CodeAction[] {
  const place: FindingPlace = { uri, version: looked.version, range: finding.range };
  const local = offered.local === 'keychain' ? 'Move to Keychain' : 'Move to Secret Storage';
  const titles: readonly ActionTitle[] = [
    ['moveToKeychain', local, true, offered.local],
    ['moveToVault', 'Move to Vault', offered.vault, 'vault'],
    ...otherTitles(offered.others, ending !== ''),
    ['accept', 'Accept', offered.accept, undefined],
  ];
  return titles.flatMap(([command, words, shown, store]) => {
    if (!shown) return [];
    const title = `${words}${ending}`;
    return [
      {
        title,
        command: { title, command: commands[command], arguments: [store === undefined ? place : { ...place, store }] },
      },
    ];
  });
}
