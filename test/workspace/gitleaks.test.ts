import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parse } from 'yaml';
import { compareWithGitleaks, installGitleaks } from '../support/gitleaks.ts';
import { readExample } from '../support/sample.ts';
import { tempFolder } from '../support/tempFolder.ts';

/** Every example of our own rules, values and near misses, in three kinds of files. */
function samples(): Record<string, string> {
  const folder = join(import.meta.dirname, '..', '..', 'rules');
  const files: Record<string, string> = {};
  for (const family of readdirSync(folder).filter(name => name.endsWith('.yaml'))) {
    const { rules }: { rules: { id: string; examples?: { match?: string[]; miss?: string[] } }[] } = parse(
      readFileSync(join(folder, family), 'utf8'),
    );
    for (const { id, examples } of rules) {
      const recipes = [...(examples?.match ?? []), ...(examples?.miss ?? [])];
      for (const [index, recipe] of recipes.entries()) {
        const { name, before, value, after } = readExample(recipe);
        const place = `${id}/${index}`;
        if (before !== '' || after !== '') files[`${place}/notes.txt`] = before + value + after;
        else {
          files[`${place}/server.js`] = `const settings = { "${name}": "${value}" };\n`;
          files[`${place}/settings.ini`] = `${name} = ${value}\n`;
          files[`${place}/compose.yaml`] = `app:\n  ${name}: '${value}'\n`;
        }
      }
    }
  }
  return files;
}

test("gitleaks' default configuration, imported, finds what gitleaks finds", async context => {
  const gitleaks = installGitleaks();
  if (typeof gitleaks === 'string') return context.skip(gitleaks);
  const folder = await tempFolder(context, samples());
  const { theirs, theirsFound, ours, oursFound, onlyTheirs, onlyOurs } = await compareWithGitleaks(gitleaks, folder);
  assert.ok(theirs > 1000, `gitleaks found ${theirs}`);
  assert.ok(theirsFound >= 0.99 * theirs, onlyTheirs.join('\n'));
  assert.ok(oursFound >= 0.99 * ours, onlyOurs.join('\n'));
});
