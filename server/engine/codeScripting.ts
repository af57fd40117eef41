import type { CodeLanguage } from './rewriteCode.ts';
import { refuse } from './rewriteSite.ts';

const rubyEscapes: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

export const ruby: CodeLanguage = {
  reader: () => ({ read: name => ({ text: `ENV.fetch("${name}")`, binds: 'atom' }), edits: [] }),
  hole: ({ escapes, raw }) => (escapes === 'ruby' && !raw ? ['#{', '}'] : undefined),
  template: {
    open: '"',
    close: '"',
    hole: expression => `#{${expression}}`,
    escape: text => text.replace(/["\\]|#(?=[{$@])/g, '\\$&').replace(/[\n\r\t]/g, sign => rubyEscapes[sign] ?? sign),
  },
  join: ' + ',
  joints: /^[\s+]*$/,
  commands: true,
  keepsForm: ({ quote, prefix }) => quote === '`' || /^%[xwWiI]/.test(prefix),
  context: ({ text, literal }) =>
    /(?<![\w"'?!]):$/.test(text.slice(Math.max(0, literal.start - 2), literal.start))
      ? refuse('The value is a symbol.', 'Make it a text, then move it.')
      : undefined,
};
