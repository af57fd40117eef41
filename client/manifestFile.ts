import { type Uri, Uri as Uris, window, workspace } from 'vscode';

/** Also in server/workspace/manifest.ts, which the client may not import. */
export const manifestName = '.env.schema';

/** Opens the manifest that counts for a document: the nearest one upward. */
export async function openNearestManifest(document: Uri): Promise<void> {
  const root = workspace.getWorkspaceFolder(document)?.uri;
  let folder = Uris.joinPath(document, '..');
  while (root !== undefined && folder.path.startsWith(root.path)) {
    const file = Uris.joinPath(folder, manifestName);
    if (await exists(file)) return void (await window.showTextDocument(file));
    const parent = Uris.joinPath(folder, '..');
    if (parent.path === folder.path) break;
    folder = parent;
  }
  await openManifest();
}

/** Opens the workspace's manifest; asks which when there are several. */
export async function openManifest(): Promise<void> {
  const files = await workspace.findFiles(`**/${manifestName}`, '**/node_modules/**', 100);
  const [first] = files;
  if (first === undefined) {
    void window.showInformationMessage(
      `This workspace has no ${manifestName} yet. Keysweep makes it with the first secret that you move.`,
    );
    return;
  }
  if (files.length === 1) return void (await window.showTextDocument(first));
  const items = files
    .map(file => ({ label: workspace.asRelativePath(file), file }))
    .sort((a, b) => (a.label < b.label ? -1 : 1));
  const picked = await window.showQuickPick(items, { title: 'Open Manifest', placeHolder: 'Which one?' });
  if (picked !== undefined) await window.showTextDocument(picked.file);
}

async function exists(file: Uri): Promise<boolean> {
  try {
    await workspace.fs.stat(file);
    return true;
  } catch {
    // FileNotFound and no permission are one answer here: it cannot be opened.
    return false;
  }
}
