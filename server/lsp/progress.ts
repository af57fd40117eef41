import type { Connection, WorkDoneProgressReporter } from 'vscode-languageserver/node';
import type { ScanProgress } from './closedFiles.ts';

/** A walk that nobody watches. */
export function noProgress(signal: AbortSignal = new AbortController().signal): ScanProgress {
  return { begin: () => undefined, report: () => undefined, end: () => undefined, signal };
}

/** Shown by the client when it can, with a way to cancel. */
export async function offeredProgress(connection: Connection, shown: boolean): Promise<ScanProgress> {
  if (!shown) return noProgress();
  const controller = new AbortController();
  const reporter = await connection.window.createWorkDoneProgress().catch(() => undefined);
  // A client that will not show it is no reason not to look.
  if (reporter === undefined) return noProgress();
  reporter.token.onCancellationRequested(() => controller.abort());
  return reportTo(reporter, controller.signal, true);
}

/** Under the token that a request brought. The request is what can be cancelled. */
export function requestProgress(
  connection: Connection,
  token: string | number | undefined,
  signal: AbortSignal,
): ScanProgress {
  return token === undefined
    ? noProgress(signal)
    : reportTo(connection.window.attachWorkDoneProgress(token), signal, false);
}

function reportTo(reporter: WorkDoneProgressReporter, signal: AbortSignal, cancellable: boolean): ScanProgress {
  let last = -1;
  let begun = false;
  return {
    signal,
    begin(title) {
      if (begun) reporter.report(title);
      else reporter.begin(title, 0, undefined, cancellable);
      begun = true;
    },
    report(done, found) {
      const percentage = Math.floor((100 * done) / Math.max(found, 1));
      if (percentage === last) return;
      last = percentage;
      reporter.report(percentage, `${done} of ${found} files`);
    },
    end() {
      if (!begun) reporter.begin('Looking for secrets');
      reporter.done();
    },
  };
}
