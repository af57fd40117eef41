import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { commands } from '../client/commands.ts';
import { settingRows } from '../server/workspace/settings.ts';

const root = join(import.meta.dirname, '..');

interface Property {
  readonly type: string;
  readonly default: unknown;
  readonly scope: string;
  readonly description?: string;
  readonly markdownDescription?: string;
}

interface Manifest {
  readonly icon: string;
  readonly activationEvents: readonly string[];
  readonly capabilities: { readonly untrustedWorkspaces: { readonly restrictedConfigurations: readonly string[] } };
  readonly contributes: {
    readonly commands: readonly { readonly command: string; readonly title: string; readonly category: string }[];
    readonly menus: Readonly<Record<string, readonly { readonly command?: string; readonly submenu?: string }[]>>;
    readonly submenus: readonly { readonly id: string }[];
    readonly configuration: readonly { readonly properties: Readonly<Record<string, Property>> }[];
    readonly grammars: readonly { readonly path: string }[];
    readonly languages: readonly { readonly configuration: string }[];
    readonly viewsContainers: { readonly activitybar: readonly { readonly icon: string }[] };
    readonly viewsWelcome: readonly { readonly contents: string }[];
    readonly jsonValidation: readonly { readonly url: string }[];
    readonly yamlValidation: readonly { readonly url: string }[];
    readonly walkthroughs: readonly {
      readonly steps: readonly {
        readonly description: string;
        readonly media: { readonly svg?: string; readonly markdown?: string };
        readonly completionEvents: readonly string[];
      }[];
    }[];
  };
}

const text = readFileSync(join(root, 'package.json'), 'utf8');
const manifest: Manifest = JSON.parse(text);
const { contributes } = manifest;
const declared = contributes.commands.map(({ command }) => command);
const properties: Readonly<Record<string, Property>> = Object.assign(
  {},
  ...contributes.configuration.map(section => section.properties),
);

test('every declared command is registered, and every registered one declared', () => {
  assert.deepEqual([...declared].sort(), commands.map(({ id }) => id).sort());
});

test('commands share one category, and their titles are in title case', () => {
  const small = new Set(['a', 'in', 'this', 'to', 'by', 'of', 'the']);
  for (const { command, title, category } of contributes.commands) {
    assert.equal(category, 'Keysweep', command);
    const wrong = title.split(' ').filter(word => !/^[A-Z]/.test(word) && !small.has(word));
    assert.deepEqual(wrong, [], title);
  }
});

test('menus, welcome texts and the walkthrough name commands and submenus that exist', () => {
  const submenus = contributes.submenus.map(({ id }) => id);
  for (const [menu, items] of Object.entries(contributes.menus)) {
    for (const { command, submenu } of items) {
      if (command !== undefined) assert.ok(declared.includes(command), `${menu}: ${command}`);
      if (submenu !== undefined) assert.ok(submenus.includes(submenu), `${menu}: ${submenu}`);
    }
  }
  const links = text.matchAll(/(?:command:|onCommand:)(keysweep\.[A-Za-z]+)/g);
  for (const [, command] of links) assert.ok(declared.includes(command ?? ''), command);
});

test('an item of the inventory has at most three actions beside its label', () => {
  const items = contributes.menus['view/item/context'] ?? [];
  for (const state of ['inCode', 'stored', 'missing', 'unused', 'accepted', 'certificate']) {
    const inline = items.filter(item => 'group' in item && 'when' in item && String(item.group).startsWith('inline'));
    const shown = inline.filter(item => matches(String('when' in item ? item.when : ''), `keysweep.${state}`));
    assert.ok(shown.length <= 3, `${state}: ${shown.length}`);
  }
});

test('settings of package.json are those of the settings table', () => {
  const inTable = settingRows.map(({ key, scope, default: value }) => ({ key: `keysweep.${key}`, scope, value }));
  const inManifest = Object.entries(properties).map(([key, { scope, default: value }]) => ({ key, scope, value }));
  const byKey = (a: { key: string }, b: { key: string }) => (a.key < b.key ? -1 : 1);
  assert.deepEqual(inManifest.sort(byKey), inTable.sort(byKey));
});

test('every setting is described', () => {
  for (const [key, { description, markdownDescription }] of Object.entries(properties)) {
    assert.ok((description ?? markdownDescription ?? '').length > 20, key);
  }
});

test('no setting of an untrusted workspace counts', () => {
  const restricted = manifest.capabilities.untrustedWorkspaces.restrictedConfigurations;
  assert.deepEqual([...restricted].sort(), Object.keys(properties).sort());
});

test('every file that the manifest names is there', () => {
  const files = [
    manifest.icon,
    ...contributes.grammars.map(({ path }) => path),
    ...contributes.languages.map(({ configuration }) => configuration),
    ...contributes.viewsContainers.activitybar.map(({ icon }) => icon),
    ...contributes.jsonValidation.map(({ url }) => url),
    ...contributes.yamlValidation.map(({ url }) => url),
    ...contributes.walkthroughs.flatMap(({ steps }) => steps.map(({ media }) => media.svg ?? media.markdown ?? '')),
  ];
  assert.deepEqual(
    files.filter(file => !existsSync(join(root, file))),
    [],
  );
});

test('the icon is a PNG of 256 pixels', () => {
  const icon = readFileSync(join(root, manifest.icon));
  assert.equal(icon.toString('latin1', 1, 4), 'PNG');
  assert.deepEqual([icon.readUInt32BE(16), icon.readUInt32BE(20)], [256, 256]);
});

test('there is one walkthrough, and each of its steps can be completed', () => {
  assert.equal(contributes.walkthroughs.length, 1);
  for (const { completionEvents } of contributes.walkthroughs[0]!.steps) assert.ok(completionEvents.length > 0);
});

test('the extension starts with the editor, never before it', () => {
  assert.deepEqual(manifest.activationEvents, ['onStartupFinished']);
});

/** The two forms that our `when` clauses use. */
function matches(when: string, contextValue: string): boolean {
  const equal = /viewItem == (\S+)/.exec(when);
  if (equal !== null) return equal[1] === contextValue;
  const pattern = /viewItem =~ \/(.*)\//.exec(when);
  return pattern?.[1] !== undefined && new RegExp(pattern[1]).test(contextValue);
}
