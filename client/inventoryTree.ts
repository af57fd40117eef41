import type { InventoryRowData } from '../server/protocol/messages.ts';

/* The inventory as a tree, without an editor. Nothing here ever knows a value. */

export const groupings = ['state', 'kind', 'store', 'file'] as const;
export type Grouping = (typeof groupings)[number];

export interface GroupNode {
  readonly type: 'group';
  /** Stable over refreshes: the editor keeps what is open. */
  readonly id: string;
  readonly label: string;
  readonly description: string;
  readonly icon: string;
  readonly open: boolean;
  readonly accessibilityLabel: string;
  readonly contextValue: string;
  /** Lazily: a group of 10,000 rows costs nothing until it is opened. */
  readonly children: () => readonly TreeNode[];
}

export interface RowNode {
  readonly type: 'row';
  readonly id: string;
  readonly label: string;
  readonly description: string;
  readonly tooltip: string;
  /** A codicon's id. */
  readonly icon: string;
  readonly iconColor: string;
  readonly accessibilityLabel: string;
  readonly contextValue: string;
  readonly row: InventoryRowData;
}

export type TreeNode = GroupNode | RowNode;

/** A group with more rows than this is divided by file. */
const largeGroup = 500;

type State = InventoryRowData['state'];

const states: Record<State, { readonly label: string; readonly icon: string; readonly color: string }> = {
  inCode: { label: 'In Code', icon: 'warning', color: 'list.warningForeground' },
  missing: { label: 'Referenced, Missing Here', icon: 'circle-slash', color: 'list.errorForeground' },
  stored: { label: 'Referenced and Stored', icon: 'pass', color: 'testing.iconPassed' },
  unused: { label: 'Stored, Unused', icon: 'archive', color: '' },
  accepted: { label: 'Accepted', icon: 'verified', color: '' },
  certificate: { label: 'Certificates', icon: 'shield', color: '' },
};
const stateOrder = Object.keys(states) as readonly State[];

const stateWords: Record<State, string> = {
  inCode: 'in code',
  missing: 'missing here',
  stored: 'stored',
  unused: 'unused',
  accepted: 'accepted',
  certificate: 'certificate',
};

const storeLabels: Readonly<Record<string, string>> = {
  keychain: 'Keychain',
  vault: 'Vault',
  secretStorage: 'VS Code Secret Storage',
  awssecrets: 'AWS Secrets Manager',
  awsssm: 'AWS Parameter Store',
  age: 'age files',
};

/** For people: "Keychain". */
export function storeLabel(store: string): string {
  return storeLabels[store] ?? store;
}

/** `rows` in any order. Rows of a group are ordered by path and line, groups by state or by name. */
export function inventoryTree(
  rows: readonly InventoryRowData[],
  grouping: Grouping,
  filter: string,
): readonly GroupNode[] {
  const wanted = filterRows(rows, filter);
  const groups = new Map<string, InventoryRowData[]>();
  for (const row of wanted) {
    const key = groupKey(row, grouping);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [row]);
    else group.push(row);
  }
  const order = (a: string, b: string) =>
    grouping === 'state' ? stateOrder.indexOf(a as State) - stateOrder.indexOf(b as State) : compare(a, b);
  const sorted = [...groups.keys()].sort(order);
  // What is filtered is a tree of its own: its groups stand open though the full ones were closed.
  const id = (key: string) => `${grouping}:${key}${filter === '' ? '' : '?'}`;
  return sorted.map(key => groupNode(id(key), grouping, key, groups.get(key) ?? [], sorted.length));
}

/** Every word of the filter must stand somewhere in a row: its label, place, kind, provider, store, state, owner or purpose. */
export function filterRows(rows: readonly InventoryRowData[], filter: string): readonly InventoryRowData[] {
  const words = filter.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return rows;
  return rows.filter(row => {
    const text = [
      row.label,
      row.path,
      row.kind,
      row.provider,
      storeLabel(row.store),
      row.confidence,
      row.owner,
      row.purpose,
      row.rule,
      stateWords[row.state],
    ]
      .join('\n')
      .toLowerCase();
    return words.every(word => text.includes(word));
  });
}

function groupKey(row: InventoryRowData, grouping: Grouping): string {
  if (grouping === 'state') return row.state;
  if (grouping === 'kind') return row.kind;
  if (grouping === 'store') return row.store;
  return row.folder === '' || row.path === '' ? row.path : `${row.folder}\n${row.path}`;
}

function groupNode(
  id: string,
  grouping: Grouping,
  key: string,
  rows: readonly InventoryRowData[],
  siblings: number,
): GroupNode {
  const label = groupLabel(grouping, key);
  const count = rows.length === 1 ? '1 secret' : `${rows.length} secrets`;
  return {
    type: 'group',
    id,
    label,
    description: String(rows.length),
    icon: grouping === 'state' ? states[key as State].icon : groupIcons[grouping],
    open: siblings <= 6 && rows.length <= largeGroup,
    accessibilityLabel: `${label}, ${count}`,
    contextValue: `keysweep.group.${grouping}`,
    children: () => children(id, grouping, rows),
  };
}

const groupIcons: Record<Exclude<Grouping, 'state'>, string> = {
  kind: 'key',
  store: 'database',
  file: 'file',
};

function groupLabel(grouping: Grouping, key: string): string {
  if (grouping === 'state') return states[key as State].label;
  if (grouping === 'store') return key === '' ? 'Not Stored' : storeLabel(key);
  if (grouping === 'kind') return key === '' ? 'Other' : sentence(key);
  return key === '' ? 'In No File' : key.slice(key.indexOf('\n') + 1);
}

function children(parent: string, grouping: Grouping, rows: readonly InventoryRowData[]): readonly TreeNode[] {
  const sorted = [...rows].sort(byPlace);
  if (grouping === 'file' || sorted.length <= largeGroup) return sorted.map(row => rowNode(parent, row));
  const files = new Map<string, InventoryRowData[]>();
  for (const row of sorted) {
    const key = groupKey(row, 'file');
    const group = files.get(key);
    if (group === undefined) files.set(key, [row]);
    else group.push(row);
  }
  return [...files].map(([key, inFile]) => {
    const id = `${parent}/file:${key}`;
    const node = groupNode(id, 'file', key, inFile, files.size);
    return { ...node, open: false, children: () => children(id, 'file', inFile) };
  });
}

function rowNode(parent: string, row: InventoryRowData): RowNode {
  const state = states[row.state];
  const line = row.range === undefined ? '' : `:${row.range.start.line + 1}`;
  const place = row.path === '' ? '' : `${row.path}${line}`;
  return {
    type: 'row',
    id: `${parent}/${row.id}`,
    label: row.label,
    description: [place, row.state === 'inCode' ? '' : storeLabel(row.store)].filter(Boolean).join(' · '),
    tooltip: tooltip(row, place),
    icon: state.icon,
    iconColor: state.color,
    accessibilityLabel: accessibilityLabel(row),
    contextValue: `keysweep.${row.state}`,
    row,
  };
}

/** "STRIPE_KEY, Stripe key, high, config.ts line 12"; for what is stored its state and store in place of the confidence. */
function accessibilityLabel(row: InventoryRowData): string {
  const line = row.range === undefined ? '' : ` line ${row.range.start.line + 1}`;
  const details =
    row.state === 'inCode'
      ? [[row.provider, row.kind].filter(Boolean).join(' '), row.confidence]
      : [stateWords[row.state], storeLabel(row.store)];
  return [row.label, ...details, row.path === '' ? '' : `${row.path}${line}`].filter(Boolean).join(', ');
}

function tooltip(row: InventoryRowData, place: string): string {
  const lines = [
    row.label,
    [row.provider, row.kind].filter(Boolean).join(' '),
    row.confidence === undefined ? '' : `Confidence: ${row.confidence}`,
    row.detail,
    row.store === '' ? '' : `Store: ${storeLabel(row.store)}`,
    row.reference === '' ? '' : `Reference: ${row.reference}`,
    row.owner === undefined ? '' : `Owner: ${row.owner}`,
    row.purpose === undefined ? '' : `Purpose: ${row.purpose}`,
    row.expires === undefined ? '' : `Expires: ${row.expires}`,
    place,
  ];
  return lines.filter(Boolean).join('\n');
}

function byPlace(a: InventoryRowData, b: InventoryRowData): number {
  return (
    compare(a.folder, b.folder) ||
    compare(a.path, b.path) ||
    (a.range?.start.line ?? 0) - (b.range?.start.line ?? 0) ||
    (a.range?.start.character ?? 0) - (b.range?.start.character ?? 0) ||
    compare(a.label, b.label)
  );
}

/** By code unit: the same on every machine, and quick for 10,000 rows. */
function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
