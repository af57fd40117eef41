import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { extname } from 'node:path';

export type ReadText =
  | { readonly kind: 'text'; readonly text: string }
  | {
      readonly kind: 'skipped';
      readonly reason: 'binary' | 'too large' | 'unreadable' | 'gone';
      readonly detail: string;
    };

/**
 * Reads files as text, one after the other, for a worker thread: it waits for the disk. UTF-8 unless a byte order mark says UTF-16;
 * bytes that are no UTF-8 become U+FFFD; a byte order mark stays as U+FEFF, so that offsets are those of the raw text. Never throws.
 */
export function makeTextReader(): (file: string, maxSize: number) => ReadText {
  // Most files fit, and need no memory of their own.
  const shared = Buffer.allocUnsafeSlow(256 * 1024);
  return (file, maxSize) => {
    if (binaryExtensions.has(extname(file).toLowerCase()))
      return skipped('binary', 'its name is that of a binary file');
    let descriptor = -1;
    try {
      // Not blocking: it may be a pipe.
      descriptor = openSync(file, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
      const status = fstatSync(descriptor);
      if (status.isDirectory()) return skipped('unreadable', 'it is a folder that cannot be looked into');
      if (!status.isFile()) return skipped('unreadable', 'it is not a regular file');
      if (status.size > maxSize) {
        const isBinary = startsBinary(readAtMost(descriptor, shared, sniffed, sniffed));
        return isBinary ? zeroBytes : tooLarge(status.size, maxSize);
      }
      const bytes = readAtMost(descriptor, shared, status.size, maxSize + 1);
      return bytes.length > maxSize ? tooLarge(bytes.length, maxSize) : decode(bytes);
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code ?? 'unknown error';
      if (code === 'ENOENT' || code === 'ENOTDIR') return skipped('gone', 'it does not exist any more');
      return skipped('unreadable', unreadable[code] ?? `the system says ${code}`);
    } finally {
      if (descriptor >= 0) closeSync(descriptor);
    }
  };
}

/** The same for a thread that must not wait for the disk; undefined for whatever is no text or too large. Never rejects. */
export async function readTextLater(file: string, maxSize: number): Promise<string | undefined> {
  if (binaryExtensions.has(extname(file).toLowerCase())) return undefined;
  try {
    const status = await stat(file);
    if (!status.isFile() || status.size > maxSize) return undefined;
    const read = decode(await readFile(file));
    return read.kind === 'text' ? read.text : undefined;
  } catch {
    // Gone or not ours to read: nothing stands in it for us.
    return undefined;
  }
}

function readAtMost(descriptor: number, shared: Buffer, expected: number, limit: number): Buffer {
  let bytes = expected < shared.length ? shared : Buffer.allocUnsafeSlow(Math.min(expected + 1, limit));
  for (let length = 0; ; ) {
    const room = Math.min(bytes.length, limit) - length;
    const count = room === 0 ? 0 : readSync(descriptor, bytes, length, room, null);
    length += count;
    if (count === 0 && (room > 0 || length >= limit)) return bytes.subarray(0, length);
    if (length < bytes.length) continue;
    const larger = Buffer.allocUnsafeSlow(Math.min(length * 2, limit));
    bytes.copy(larger);
    bytes = larger;
  }
}

function decode(bytes: Buffer): ReadText {
  if (isUtf16(bytes)) return utf16(bytes, bytes[0] === 0xff ? 'utf-16le' : 'utf-16be');
  return startsBinary(bytes) ? zeroBytes : { kind: 'text', text: bytes.toString('utf8') };
}

function isUtf16(bytes: Buffer): boolean {
  return (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff);
}

/** Bytes at a file's start that say whether it is text. */
const sniffed = 8192;

function startsBinary(bytes: Buffer): boolean {
  return !isUtf16(bytes) && bytes.subarray(0, sniffed).includes(0);
}

function utf16(bytes: Buffer, encoding: string): ReadText {
  return { kind: 'text', text: new TextDecoder(encoding, { ignoreBOM: true }).decode(bytes) };
}

function skipped(reason: 'binary' | 'too large' | 'unreadable' | 'gone', detail: string): ReadText {
  return { kind: 'skipped', reason, detail };
}

const zeroBytes = skipped('binary', 'it holds zero bytes');

function tooLarge(size: number, limit: number): ReadText {
  return skipped('too large', `it has ${size} bytes or more and keysweep.maxFileSize is ${limit}`);
}

const unreadable: Readonly<Record<string, string>> = {
  EACCES: 'you have no permission to read it',
  EPERM: 'you have no permission to read it',
  ELOOP: 'it is a link that leads back to itself',
  EISDIR: 'it is a folder',
  EBUSY: 'another program holds it',
};

const binaryExtensions: ReadonlySet<string> = new Set(
  (
    '.png .jpg .jpeg .gif .bmp .ico .icns .webp .avif .heic .tif .tiff .psd .mp3 .mp4 .m4a .m4v .mov .avi .mkv .webm .wav .flac ' +
    '.ogg .opus .woff .woff2 .ttf .otf .eot .zip .gz .tgz .bz2 .xz .zst .lz4 .7z .rar .tar .jar .war .ear .aar .apk .ipa .whl .egg .nupkg ' +
    '.vsix .deb .rpm .dmg .iso .exe .dll .so .dylib .a .o .pdb .class .pyc .pyo .wasm .node .pdf .doc .docx .xls ' +
    '.xlsx .ppt .pptx .odt .ods .odp .sqlite .sqlite3 .mdb .parquet .avro .onnx .pt .pth .safetensors .keystore .jks .p12 .pfx .kdbx'
  ).split(' '),
);
