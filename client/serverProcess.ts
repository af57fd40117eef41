/* How the language server is run: what keeps it small on a workspace of thousands of files. */

/** Node's own arguments. A young generation that stays small costs a scan no time; the old one is for the largest texts. */
export const serverFlags = ['--max-old-space-size=512', '--max-semi-space-size=2'] as const;

/** One arena of memory for each thread of glibc would keep what a scan frees. */
export function serverEnvironment(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return { ...environment, MALLOC_ARENA_MAX: '2', ELECTRON_RUN_AS_NODE: '1', ELECTRON_NO_ASAR: '1' };
}
