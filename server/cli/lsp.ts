import { readArguments, UsageError } from './arguments.ts';
import { start } from './run.ts';
import type { Command } from './session.ts';

export const lsp: Command = {
  summary: 'Starts the language server, for editors other than VS Code.',
  usage: 'lsp --stdio',
  details: ['It speaks LSP over standard input and output.', '', "Exit code: the server's."],
  async run(session, args) {
    const read = readArguments(args, { stdio: { type: 'boolean' } });
    if (read.positionals.length > 0) throw new UsageError('lsp takes no file.');
    if (read.values.stdio !== true) throw new UsageError('Add --stdio, the one way to talk to it.');
    // A process of its own: its life and its memory are the editor's to end.
    const program = { command: process.execPath, args: [session.assets.server, '--stdio'], verbatim: false };
    return start(session, program, { ...session.environment }, []);
  },
};
