import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { type Rule, readRulePack } from '../../server/engine/rulePack.ts';

const folder = join(import.meta.dirname, '../../rules');

/** The built-in rules, from their files. */
export const ownRules: readonly Rule[] = globSync('*.yaml', { cwd: folder })
  .sort()
  .flatMap(file => readRulePack(parse(readFileSync(join(folder, file), 'utf8')), false).pack.rules);
