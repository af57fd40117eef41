import { type ExtensionContext, commands as editorCommands, window } from 'vscode';
import { type Application, commands } from './commands.ts';

/** What `deactivate` must stop. The editor calls the two functions below and keeps nothing between them. */
let running: Promise<Application> | undefined;

/**
 * Registers the commands and returns at once. The language client takes some tens of milliseconds to load: that happens after
 * the editor has started its other extensions, and a command that comes earlier waits for it.
 */
export function activate(context: ExtensionContext): void {
  const application = new Promise(resolve => setImmediate(resolve))
    .then(() => import('./application.ts'))
    .then(({ startApplication }) => startApplication(context));
  running = application;
  for (const command of commands) {
    const run = async (argument: unknown) => runCommand(await application, command, argument);
    context.subscriptions.push(editorCommands.registerCommand(command.id, run));
  }
}

export async function deactivate(): Promise<void> {
  const application = await running;
  application?.environment.clear();
  await application?.stopServer();
  running = undefined;
}

/** The one place where a command's error ends. Errors of ours and of the connection never hold a value. */
async function runCommand(
  application: Application,
  command: (typeof commands)[number],
  argument: unknown,
): Promise<void> {
  try {
    await command.run(application, argument);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    application.log.error(`${command.id}: ${message}`);
    void window.showErrorMessage(`Keysweep could not do this: ${message}`);
  }
}
