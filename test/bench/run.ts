// Speed and memory, printed as medians of one run with their bars: npm run bench [-- engine | server | editor]

import { editorFigures } from './editor.ts';
import { engineFigures } from './engine.ts';
import type { Figure } from './figures.ts';
import { serverFigures } from './server.ts';

const parts: Record<string, () => Promise<readonly Figure[]>> = {
  engine: engineFigures,
  server: serverFigures,
  editor: editorFigures,
};
const wanted = process.argv[2];
if (wanted !== undefined && parts[wanted] === undefined) {
  console.error(`There is no benchmark ${wanted}. Benchmarks: ${Object.keys(parts).join(', ')}.`);
  process.exit(2);
}
for (const [name, measure] of Object.entries(parts)) {
  if (wanted !== undefined && wanted !== name) continue;
  for (const figure of await measure()) {
    const bar =
      figure.bar === undefined ? '' : `  bar: ${figure.atLeast ? 'at least' : 'under'} ${figure.bar} ${figure.unit}`;
    console.log(`${figure.name.padEnd(64)} ${figure.value.toFixed(2).padStart(9)} ${figure.unit}${bar}`);
  }
}
