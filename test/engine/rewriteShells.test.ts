import { shellCases } from '../support/rewriteCases/shell.ts';
import { interpreted, testLanguage } from '../support/runPrograms.ts';
import { toolchains } from '../support/toolchains.ts';

/** Of these a command inside, or only the reader of a heredoc, ends. */
const inside = /^(?:substitution|backquotes|heredoc|indented heredoc|JSON in a heredoc)$/;
const cases = shellCases
  .filter(({ path }) => !path.endsWith('.fish'))
  .map(each => ({ ...each, survives: inside.test(each.title) }));
const portable = cases.filter(({ marked }) => !/^#!.*bash/.test(marked));

testLanguage(toolchains.bash, cases, interpreted('bash'));
testLanguage(toolchains.sh, portable, interpreted('sh'));
testLanguage(toolchains.zsh, portable, interpreted('zsh'));
