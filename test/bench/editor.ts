import { packedExtension } from '../editor/packedExtension.ts';
import { openSession } from '../editor/session.ts';
import { githubToken } from '../support/exampleWorkspace.ts';
import { type Figure, quantile } from './figures.ts';

/** Runs in the page: from the key that is pressed to the squiggle that is drawn. */
const watchSquiggles = `(() => {
  window.keystrokes = [];
  window.armed = false;
  let pressed = 0;
  addEventListener('keydown', () => {
    if (window.armed) pressed = performance.now();
    window.armed = false;
  }, true);
  new MutationObserver(() => {
    if (pressed === 0 || document.querySelector('.squiggly-error') === null) return;
    window.keystrokes.push(performance.now() - pressed);
    pressed = 0;
  }).observe(document.body, { subtree: true, childList: true });
})()`;

/** Whole keystrokes in the real editor: from the key press to the squiggle on the screen, debounce and drawing included. */
export async function editorFigures(): Promise<readonly Figure[]> {
  const lines = Array.from({ length: 200 }, (_, line) => `value${line} = compute(${line}, 'text ${line}')`);
  const session = await openSession({ vsix: packedExtension(), files: { 'code.txt': `\n${lines.join('\n')}\n` } });
  try {
    const { page } = session;
    await session.open('code.txt');
    await page.evaluate(watchSquiggles);
    for (let round = 0; round < 60; round++) {
      // All but the last character makes no token of the checksum; the key press that completes it is the one timed.
      const line = `token = ${githubToken()}`;
      await page.keyboard.insertText(line.slice(0, -1));
      await page.waitForTimeout(300);
      await page.evaluate('window.armed = true');
      await page.keyboard.press(line.slice(-1));
      await page.waitForSelector('.squiggly-error', { timeout: 10_000 });
      await page.waitForTimeout(100);
      await page.keyboard.press('Shift+Home');
      await page.keyboard.press('Delete');
      await page.waitForSelector('.squiggly-error', { state: 'detached', timeout: 10_000 });
    }
    const times = (await page.evaluate('window.keystrokes')) as number[];
    return [
      {
        name: `keystroke to squiggle in the editor, p50 of ${times.length}`,
        value: quantile(times, 0.5),
        unit: 'ms',
      },
      {
        name: `keystroke to squiggle in the editor, p95 of ${times.length}`,
        value: quantile(times, 0.95),
        unit: 'ms',
        bar: 100,
      },
      { name: 'activation', value: await activation(session), unit: 'ms', bar: 50 },
    ];
  } finally {
    await session.close();
  }
}

/** As *Developer: Show Running Extensions* tells it. */
async function activation(session: Awaited<ReturnType<typeof openSession>>): Promise<number> {
  // The slowest come first, and rows out of sight are not there.
  await session.page.setViewportSize({ width: 1280, height: 3000 });
  await session.command('Developer: Show Running Extensions');
  const row = session.page.locator('.runtime-extensions-editor .monaco-list-row', { hasText: 'Keysweep' }).first();
  const text = await row.textContent();
  return Number(/(?:Activation|Startup Activation):\s*(\d+)\s*ms/.exec(text ?? '')?.[1]);
}
