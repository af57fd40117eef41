/** The bytes of base64 or base64url, as a text of one unit a byte; undefined when it is neither. */
export function readBase64(text: string): string | undefined {
  const plain = text.replace(/-/g, '+').replace(/_/g, '/').replace(/=+$/, '');
  if (plain.length % 4 === 1 || !/^[A-Za-z0-9+/]*$/.test(plain)) return undefined;
  return atob(plain);
}

/** The same, read as UTF-8. */
export function readBase64Text(text: string): string | undefined {
  const bytes = readBase64(text);
  if (bytes === undefined) return undefined;
  return new TextDecoder().decode(Uint8Array.from(bytes, byte => byte.charCodeAt(0)));
}
