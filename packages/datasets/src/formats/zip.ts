/** The entries of a zip archive, streamed one by one and never unpacked to disk. */
import { promisify } from 'node:util';
import type { Readable } from 'node:stream';
import { fromFd, type Entry, type ZipFile } from 'yauzl';
import { invalidData } from '../source.js';
import { limitBytes, openRegular, unpackLimit } from '../streams.js';

const MAX_ENTRIES = 1000;

export interface Archive {
  readonly entries: ReadonlyMap<string, ArchiveEntry>;
  close(): void;
}

export interface ArchiveEntry {
  readonly name: string;
  /** Unpacked, as the archive says. */
  readonly bytes: number;
  /** Fails if what comes is more or less than that. */
  open(): Promise<Readable>;
}

/** @throws LockstepError INVALID_DATASET */
export async function openArchive(path: string): Promise<Archive> {
  const { file } = await openRegular(path, 'follow');
  let zip: ZipFile;
  try {
    // Sizes are checked against what comes out, and names that lead elsewhere are refused.
    zip = await promisify((fd: number, done: (error: Error | null, zip: ZipFile) => void) => {
      fromFd(fd, { lazyEntries: true, autoClose: false, validateEntrySizes: true, strictFileNames: true }, done);
    })(file.fd);
  } catch (error) {
    await file.close();
    throw damaged(path, error);
  }
  const close = (): void => void file.close().catch(() => undefined);
  try {
    return { entries: await readEntries(zip, path), close };
  } catch (error) {
    close();
    throw damaged(path, error);
  }
}

function readEntries(zip: ZipFile, path: string): Promise<Map<string, ArchiveEntry>> {
  return new Promise((resolve, reject) => {
    const entries = new Map<string, ArchiveEntry>();
    zip.on('error', reject);
    zip.on('end', () => {
      resolve(entries);
    });
    zip.on('entry', (entry: Entry) => {
      const name = entry.fileName;
      const limit = unpackLimit(entry.compressedSize);
      if (entries.has(name)) reject(invalidData(`${path} has two entries called ${name}`));
      else if (entries.size >= MAX_ENTRIES) reject(invalidData(`${path} has more than ${MAX_ENTRIES} entries`));
      else if (entry.isEncrypted()) reject(invalidData(`${path}: ${name} is encrypted`));
      else if (entry.uncompressedSize > limit) {
        reject(invalidData(`${path}: ${name} would unpack to ${entry.uncompressedSize} bytes`, 'Save it unpacked.'));
      } else {
        entries.set(name, { name, bytes: entry.uncompressedSize, open: () => openEntry(zip, entry, path) });
        zip.readEntry();
      }
    });
    zip.readEntry();
  });
}

async function openEntry(zip: ZipFile, entry: Entry, path: string): Promise<Readable> {
  const place = `${path}: ${entry.fileName}`;
  try {
    const stream = await zip.openReadStreamPromise(entry);
    const limited = limitBytes(place, unpackLimit(entry.compressedSize));
    stream.once('error', (error) => limited.destroy(damaged(place, error)));
    limited.once('close', () => {
      stream.destroy();
    });
    return stream.pipe(limited);
  } catch (error) {
    throw damaged(place, error);
  }
}

function damaged(path: string, error: unknown): Error {
  if (error instanceof Error && 'code' in error && error.code === 'INVALID_DATASET') return error;
  return invalidData(`${path} is not a sound archive: ${error instanceof Error ? error.message : String(error)}`);
}
