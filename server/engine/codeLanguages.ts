import { csharp } from './codeDotnet.ts';
import { groovy, kotlin, scala } from './codeJvm.ts';
import { php } from './codePhp.ts';
import { lua, perl, r, ruby } from './codeScripting.ts';
import type { Source } from './finding.ts';
import { syntaxOf } from './languages.ts';
import type { CodeLanguage } from './rewriteCode.ts';

/** A row a language, by the lexer's ids; one that reads several languages is told apart by the file's name. */
const languages: Readonly<Record<string, CodeLanguage | undefined>> = {
  csharp,
  groovy,
  kotlin,
  lua,
  perl,
  php,
  r,
  ruby,
  scala,
};

/** What rewrites a program's file; undefined: nothing here does. */
export function codeLanguageOf(source: Source): CodeLanguage | undefined {
  // F# is read as C# is, and written otherwise.
  return /\.fsx?$/i.test(source.path) ? undefined : languages[syntaxOf(source).id];
}
