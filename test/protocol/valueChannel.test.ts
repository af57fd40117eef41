import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { test } from 'node:test';
import { type Handlers, openValueChannel, type Pipe } from '../../server/protocol/valueChannel.ts';

interface Left {
  double: { params: { readonly value: string }; result: { readonly value: string } };
  fail: { params: { readonly value: string }; result: { readonly value: string } };
  wait: { params: { readonly value: string }; result: { readonly value: string } };
}
interface Right {
  greet: { params: { readonly name: string }; result: string };
}

/** Two ends that pass plain data on, as a process and its child do. */
class End extends EventEmitter implements Pipe {
  connected = true;
  other: End | undefined;

  send(message: unknown, _handle?: undefined, _options?: undefined, sent?: (error: Error | null) => void): void {
    const copy: unknown = JSON.parse(JSON.stringify(message));
    setImmediate(() => this.other?.emit('message', copy));
    sent?.(null);
  }

  disconnect(): void {
    for (const end of [this, this.other]) {
      if (end === undefined) continue;
      end.connected = false;
      end.emit('disconnect');
    }
  }
}

function openBoth() {
  const [client, server] = [new End(), new End()];
  client.other = server;
  server.other = client;
  const seen = { aborted: false, failed: [] as string[] };
  const handlers: Handlers<Left> = {
    double: async ({ value }) => ({ value: value + value }),
    fail: async ({ value }) => {
      throw new Error(`no ${value}`);
    },
    wait: (_, signal) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => {
          seen.aborted = true;
          reject(signal.reason);
        });
      }),
  };
  const serverEnd = openValueChannel<Right, Left>(server, handlers, method => void seen.failed.push(method));
  const clientEnd = openValueChannel<Left, Right>(client, { greet: async ({ name }) => `hello ${name}` });
  return { client, server, clientEnd, serverEnd, seen };
}

const never = new AbortController().signal;

void test('both ends ask and answer', async () => {
  const { clientEnd, serverEnd } = openBoth();
  assert.deepEqual(
    await Promise.all([
      clientEnd.request('double', { value: 'ab' }, never),
      serverEnd.request('greet', { name: 'x' }, never),
    ]),
    [{ value: 'abab' }, 'hello x'],
  );
});

void test('a failure tells nothing of what failed', async () => {
  const { clientEnd, seen } = openBoth();
  await assert.rejects(clientEnd.request('fail', { value: 'hidden' }, never), error => {
    assert.ok(error instanceof Error);
    return !error.message.includes('hidden');
  });
  assert.deepEqual(seen.failed, ['fail']);
});

void test('an abort rejects at once and reaches the handler', async () => {
  const { clientEnd, seen, server } = openBoth();
  const controller = new AbortController();
  const asked = clientEnd.request('wait', { value: '' }, controller.signal);
  await new Promise<void>(resolve => server.once('message', () => resolve()));
  controller.abort();
  await assert.rejects(asked, { name: 'AbortError' });
  await new Promise<void>(resolve => server.once('message', () => resolve()));
  assert.equal(seen.aborted, true);
});

void test('a lost pipe rejects what waits and what comes later', async () => {
  const { clientEnd, client } = openBoth();
  const asked = clientEnd.request('wait', { value: '' }, never);
  client.disconnect();
  await assert.rejects(asked, /is gone/);
  await assert.rejects(clientEnd.request('double', { value: '' }, never), /is gone/);
});

void test('foreign messages on the pipe are left alone', async () => {
  const { clientEnd, server, client } = openBoth();
  server.emit('message', { hello: 1 });
  client.emit('message', 'text');
  client.emit('message', { keysweep: 'answer', id: 99, result: 1 });
  assert.deepEqual(await clientEnd.request('double', { value: 'a' }, never), { value: 'aa' });
});
