/**
 * The keychain's child process: the only file that loads keytar, which can crash (SIGSEGV in findCredentials and findPassword:
 * never called), block its threads for 25 s and lose its connection for good. keychainConnection.ts sends one call at a time
 * over IPC and replaces this process when it must. Nothing is logged here.
 */

/** What the parent sends. */
export interface KeychainCall {
  /** `has` answers without the value leaving this process. */
  readonly operation: 'get' | 'has' | 'set' | 'delete';
  readonly service: string;
  readonly account: string;
  readonly value?: string;
}

/** What it gets back. `text` is keytar's own and is for classification only: never shown, never logged. */
export type KeychainReply =
  | { readonly kind: 'value'; readonly value: string | boolean | null }
  | { readonly kind: 'failed'; readonly text: string }
  | { readonly kind: 'notLoaded' };

type Keytar = typeof import('keytar');

let loaded: Promise<Keytar | undefined> | undefined;

process.on('message', message => {
  void answer(message as KeychainCall);
});
// An exit would join threads that keytar may be blocking.
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));

async function answer(call: KeychainCall): Promise<void> {
  loaded ??= load();
  const keytar = await loaded;
  if (keytar === undefined) return send({ kind: 'notLoaded' });
  try {
    send({ kind: 'value', value: await perform(keytar, call) });
  } catch (error) {
    send({ kind: 'failed', text: error instanceof Error ? error.message : '' });
  }
}

/** Undefined when the native part cannot be loaded: keytar hides the reason. */
async function load(): Promise<Keytar | undefined> {
  return import('keytar').then(
    module => module.default,
    () => undefined,
  );
}

async function perform(keytar: Keytar, call: KeychainCall): Promise<string | boolean | null> {
  switch (call.operation) {
    case 'get':
      return keytar.getPassword(call.service, call.account);
    case 'has':
      return (await keytar.getPassword(call.service, call.account)) !== null;
    case 'set':
      await keytar.setPassword(call.service, call.account, call.value ?? '');
      return true;
    case 'delete':
      return keytar.deletePassword(call.service, call.account);
  }
}

function send(reply: KeychainReply): void {
  process.send?.(reply);
}
