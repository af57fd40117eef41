import { isDeepStrictEqual } from 'node:util';
import {
  CancellationTokenSource,
  commands,
  Disposable,
  EventEmitter,
  type ExtensionContext,
  ProgressLocation,
  ThemeColor,
  ThemeIcon,
  type TreeDataProvider,
  TreeItem,
  TreeItemCollapsibleState,
  type TreeView,
  Uri,
  window,
  workspace,
} from 'vscode';
import { type InventoryRowData, inventory, scanWorkspace } from '../server/protocol/messages.ts';
import { filterRows, type Grouping, type GroupNode, groupings, inventoryTree, type TreeNode } from './inventoryTree.ts';
import type { Server } from './languageClient.ts';

const viewId = 'keysweep.inventory';
const groupingKey = 'inventory.grouping';

/** How long announcements are collected before the server is asked again, in milliseconds. */
const quietTime = { shown: 200, hidden: 700 } as const;

const groupingLabels: Record<Grouping, { readonly label: string; readonly detail: string }> = {
  state: { label: 'State', detail: 'In code, missing here, stored, unused, accepted' },
  kind: { label: 'Kind', detail: 'Token, key, password, connection string …' },
  store: { label: 'Store', detail: 'Keychain, Vault …' },
  file: { label: 'File', detail: 'Where it stands' },
};

/** The view of every secret of the workspace. Holds what the server answered last, to draw it; the server owns it. */
export class InventoryView implements TreeDataProvider<TreeNode>, Disposable {
  readonly #server: Server;
  readonly #context: ExtensionContext;
  readonly #view: TreeView<TreeNode>;
  readonly #changed = new EventEmitter<void>();
  readonly #rowsChanged = new EventEmitter<void>();
  readonly #disposables: Disposable[];
  #rows: readonly InventoryRowData[] = [];
  #grouping: Grouping;
  #filter = '';
  #scanning = false;
  #scan: CancellationTokenSource | undefined;
  #timer: NodeJS.Timeout | undefined;
  #asking = false;
  #askAgain = false;

  readonly onDidChangeTreeData = this.#changed.event;
  readonly onDidChangeRows = this.#rowsChanged.event;

  constructor(server: Server, context: ExtensionContext) {
    this.#server = server;
    this.#context = context;
    const stored = context.workspaceState.get<string>(groupingKey);
    this.#grouping = groupings.find(grouping => grouping === stored) ?? 'state';
    this.#view = window.createTreeView(viewId, { treeDataProvider: this });
    this.#disposables = [
      this.#view,
      this.#changed,
      this.#rowsChanged,
      server.onDidChangeInventory(() => this.#schedule()),
      this.#view.onDidChangeVisibility(({ visible }) => {
        if (visible) this.#schedule();
      }),
    ];
  }

  /** As the server answered last. */
  get rows(): readonly InventoryRowData[] {
    return this.#rows;
  }

  getTreeItem(node: TreeNode): TreeItem {
    return node.type === 'group' ? groupItem(node) : rowItem(node);
  }

  getChildren(node?: TreeNode): TreeNode[] {
    if (node === undefined) return [...inventoryTree(this.#rows, this.#grouping, this.#filter)];
    return node.type === 'group' ? [...node.children()] : [];
  }

  async show(): Promise<void> {
    await commands.executeCommand(`${viewId}.focus`);
  }

  /** Asks the server for what it knows. Rejects as the request does. */
  async refresh(): Promise<void> {
    if (this.#asking) {
      this.#askAgain = true;
      return;
    }
    this.#asking = true;
    try {
      do {
        this.#askAgain = false;
        const answer = await this.#server.request(inventory, {});
        const changed = !isDeepStrictEqual(answer.rows, this.#rows);
        this.#rows = answer.rows;
        this.#scanning = answer.scanning;
        this.#tell(answer.open);
        void commands.executeCommand('setContext', 'keysweep.vault', answer.vault);
        // Ticks the walkthrough's step off, which a scan at the start or in another view does not.
        if (!answer.scanning) void commands.executeCommand('setContext', 'keysweep.scanned', true);
        // A tree that is drawn anew closes the menu over it.
        if (changed) this.#draw();
      } while (this.#askAgain);
    } finally {
      this.#asking = false;
    }
  }

  async scan(): Promise<void> {
    if (this.#scan !== undefined) return this.show();
    const source = new CancellationTokenSource();
    this.#scan = source;
    const workDoneToken = `keysweep.scan.${Date.now()}`;
    await setScanning(true);
    try {
      const answer = await window.withProgress({ location: { viewId } }, () =>
        window.withProgress(
          { location: ProgressLocation.Notification, title: 'Scanning the workspace for secrets', cancellable: true },
          async (progress, token) => {
            token.onCancellationRequested(() => source.cancel());
            let done = 0;
            const listener = this.#server.onProgress(workDoneToken, (message, percentage = done) => {
              progress.report({ message, increment: Math.max(0, percentage - done) });
              done = Math.max(done, percentage);
            });
            try {
              return await this.#server.request(scanWorkspace, { workDoneToken }, source.token);
            } finally {
              listener.dispose();
            }
          },
        ),
      );
      if (answer.kind === 'done') void window.showInformationMessage(answer.message);
      else void window.showWarningMessage(answer.message);
    } catch (error) {
      if (!source.token.isCancellationRequested) throw error;
      void window.showInformationMessage('The scan was cancelled. The inventory shows what was found so far.');
    } finally {
      this.#scan = undefined;
      source.dispose();
      await setScanning(false);
      this.#schedule();
    }
  }

  cancelScan(): void {
    this.#scan?.cancel();
  }

  async chooseGrouping(): Promise<void> {
    const items = groupings.map(grouping => ({
      ...groupingLabels[grouping],
      description: grouping === this.#grouping ? 'current' : '',
      grouping,
    }));
    const picked = await window.showQuickPick(items, { title: 'Group Inventory By', placeHolder: 'Group by' });
    if (picked === undefined) return;
    this.#grouping = picked.grouping;
    await this.#context.workspaceState.update(groupingKey, picked.grouping);
    this.#changed.fire();
  }

  /** The tree follows while the filter is typed; Escape brings the earlier one back. */
  async chooseFilter(): Promise<void> {
    const before = this.#filter;
    const input = window.createInputBox();
    input.title = 'Filter Inventory';
    input.value = before;
    input.placeholder = 'Words that a row must have, for example: aws config.ts missing';
    const count = () => {
      const shown = filterRows(this.#rows, input.value).length;
      input.prompt = `${shown} of ${this.#rows.length} rows`;
    };
    count();
    const accepted = await new Promise<boolean>(resolve => {
      input.onDidChangeValue(value => {
        this.#setFilter(value);
        count();
      });
      input.onDidAccept(() => resolve(true));
      input.onDidHide(() => resolve(false));
      input.show();
    });
    const value = accepted ? input.value : before;
    input.dispose();
    this.#setFilter(value);
  }

  clearFilter(): void {
    this.#setFilter('');
  }

  dispose(): void {
    clearTimeout(this.#timer);
    this.#scan?.cancel();
    Disposable.from(...this.#disposables).dispose();
  }

  #setFilter(filter: string): void {
    this.#filter = filter.trim();
    void commands.executeCommand('setContext', 'keysweep.filtered', this.#filter !== '');
    this.#tell(this.#view.badge?.value ?? 0);
    this.#draw();
  }

  #schedule(): void {
    this.#timer ??= setTimeout(
      () => {
        this.#timer = undefined;
        // A server that is going away rejects; it announces itself when it is back.
        this.refresh().catch(() => undefined);
      },
      this.#view.visible ? quietTime.shown : quietTime.hidden,
    );
  }

  #tell(open: number): void {
    const tooltip = open === 1 ? '1 secret in code' : `${open} secrets in code`;
    this.#view.badge = open === 0 ? undefined : { value: open, tooltip };
    const shown = filterRows(this.#rows, this.#filter).length;
    const messages = [
      this.#scanning ? 'Scanning the workspace…' : '',
      this.#filter === '' ? '' : `Filter “${this.#filter}”: ${shown} of ${this.#rows.length} rows`,
      workspace.isTrusted ? '' : 'Restricted Mode: only built-in rules are used, and nothing can be moved.',
    ];
    // An empty view shows its welcome text only without a message.
    const empty = this.#rows.length === 0 && !this.#scanning;
    this.#view.message = empty ? undefined : messages.filter(Boolean).join(' · ') || undefined;
  }

  #draw(): void {
    this.#changed.fire();
    this.#rowsChanged.fire();
  }
}

function setScanning(scanning: boolean): Thenable<unknown> {
  return commands.executeCommand('setContext', 'keysweep.scanning', scanning);
}

function groupItem(node: GroupNode): TreeItem {
  const item = new TreeItem(
    node.label,
    node.open ? TreeItemCollapsibleState.Expanded : TreeItemCollapsibleState.Collapsed,
  );
  item.id = node.id;
  item.description = node.description;
  item.iconPath = new ThemeIcon(node.icon);
  item.contextValue = node.contextValue;
  item.accessibilityInformation = { label: node.accessibilityLabel };
  return item;
}

function rowItem(node: Extract<TreeNode, { type: 'row' }>): TreeItem {
  const item = new TreeItem(node.label, TreeItemCollapsibleState.None);
  item.id = node.id;
  item.description = node.description;
  item.tooltip = node.tooltip;
  item.iconPath = new ThemeIcon(node.icon, node.iconColor === '' ? undefined : new ThemeColor(node.iconColor));
  item.contextValue = node.contextValue;
  item.accessibilityInformation = { label: node.accessibilityLabel };
  if (node.row.uri !== '') {
    item.command = { command: 'keysweep.open', title: 'Open', arguments: [node] };
    item.tooltip = `${node.tooltip}\n${Uri.parse(node.row.uri).fsPath}`;
  }
  return item;
}
