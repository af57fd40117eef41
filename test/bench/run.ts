// Speed and memory, printed as medians of one run with their bars: npm run bench [-- --help]

import { measureCorpus } from './corpus.ts';
import { editorFigures } from './editor.ts';
import { engineFigures } from './engine.ts';
import type { Figure } from './figures.ts';
import { hostileFigures } from './hostile.ts';
import { comparePeers, treeAdvice } from './peers.ts';
import { scaleFigures } from './scale.ts';
import { serverFigures } from './server.ts';

const parts: Record<string, () => Promise<readonly Figure[]>> = {
  engine: engineFigures,
  hostile: hostileFigures,
  scale: scaleFigures,
  server: serverFigures,
  editor: editorFigures,
};
const usage = `Usage: npm run bench [-- ${Object.keys(parts).join(' | ')} | --peers TREE [ROUNDS] | --corpus FILE | --help]

Without a word, all of: ${Object.keys(parts).join(', ')}.

  --peers TREE  Keysweep, gitleaks, Betterleaks and Kingfisher as cold processes over a folder, side by side. What is missing is
                installed into ~/.cache/keysweep/peers (needs Go, and Python 3.9 or newer). 5 rounds unless told; leave the machine
                alone meanwhile.
  --corpus FILE Recall and precision on labelled examples (a JSON object a line: test/bench/corpus.ts says of which form), by
                source, kind, tier, setting and provider.

${treeAdvice}
`;

const [wanted, tree, rounds] = process.argv.slice(2);
if (wanted === '--help') console.log(usage);
else if (wanted === '--peers' && tree !== undefined)
  comparePeers(tree, rounds === undefined ? undefined : Math.max(1, Number(rounds)));
else if (wanted === '--corpus' && tree !== undefined) measureCorpus(tree);
else if (wanted !== undefined && !Object.hasOwn(parts, wanted)) {
  console.error(usage);
  process.exit(2);
} else await printFigures();

async function printFigures(): Promise<void> {
  for (const [name, measure] of Object.entries(parts)) {
    if (wanted !== undefined && wanted !== name) continue;
    for (const figure of await measure()) {
      const bar =
        figure.bar === undefined ? '' : `  bar: ${figure.atLeast ? 'at least' : 'under'} ${figure.bar} ${figure.unit}`;
      console.log(`${figure.name.padEnd(64)} ${figure.value.toFixed(2).padStart(9)} ${figure.unit}${bar}`);
    }
  }
}
