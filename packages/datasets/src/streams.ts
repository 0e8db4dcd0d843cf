/** Files as streams: packed ones unpacked up to a limit, and bytes asked for by number. */
import { constants } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { Transform, type Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { invalidData, type Progress } from './source.js';

/** Real data is packed to a tenth, seldom to a hundredth; what grows more is made to fill disks. */
const MAX_RATIO = 200;
const FREE_BYTES = 64 * 2 ** 20;

/** Bytes that `packed` bytes may become. */
export function unpackLimit(packed: number): number {
  return FREE_BYTES + packed * MAX_RATIO;
}

/** Fails with a sentence once more than `limit` bytes have passed. */
export function limitBytes(name: string, limit: number): Transform {
  let passed = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      passed += chunk.length;
      if (passed <= limit) done(null, chunk);
      else done(invalidData(`${name} unpacks to more than ${limit} bytes`, 'If it is meant to, unpack it before.'));
    },
  });
}

/**
 * @param links whether a link may be followed: one that a person named, but none that lies in a folder
 * @throws LockstepError INVALID_DATASET for what is no ordinary file, such as a device or a pipe
 */
export async function openRegular(
  path: string,
  links: 'follow' | 'refuse',
): Promise<{ file: FileHandle; bytes: number }> {
  let file: FileHandle;
  try {
    // Without O_NONBLOCK a pipe that nobody writes to would hold us for ever.
    const follow = links === 'follow' ? 0 : constants.O_NOFOLLOW;
    file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK | follow);
  } catch (cause) {
    throw cannotRead(path, cause);
  }
  const stat = await file.stat();
  if (stat.isFile()) return { file, bytes: stat.size };
  await file.close();
  throw invalidData(`${path} is ${stat.isDirectory() ? 'a folder' : 'no ordinary file'}`);
}

export function cannotRead(path: string, cause: unknown): Error {
  const { code, message } = cause as NodeJS.ErrnoException;
  const reasons: Record<string, string> = {
    ENOENT: 'does not exist',
    EACCES: 'may not be read',
    ELOOP: 'is a link; links are not followed',
    ENXIO: 'is no ordinary file',
  };
  return invalidData(`${path} ${reasons[code ?? ''] ?? `cannot be read: ${message}`}`, undefined, cause);
}

/** The bytes of a file, unpacked if its first two are gzip's. The stream's failure is a LockstepError. */
export async function openStream(path: string, progress?: Progress): Promise<Readable> {
  const { file, bytes } = await openRegular(path, 'follow');
  const magic = Buffer.alloc(2);
  await file.read(magic, 0, 2, 0);
  const raw = file.createReadStream({ start: 0, highWaterMark: 256 * 1024 });
  raw.on('data', (chunk) => progress?.(chunk.length));
  raw.pause();
  if (magic[0] !== 0x1f || magic[1] !== 0x8b) return raw;
  const limited = limitBytes(path, unpackLimit(bytes));
  const gunzip = createGunzip();
  raw.once('error', (error) => limited.destroy(error));
  gunzip.once('error', (error) => limited.destroy(asInvalid(error, path)));
  limited.once('close', () => {
    raw.destroy();
    gunzip.destroy();
  });
  return raw.pipe(gunzip).pipe(limited);
}

function asInvalid(error: unknown, path: string): Error {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code?.startsWith('Z_') !== true) return error as Error;
  const cut = code === 'Z_BUF_ERROR';
  return invalidData(`${path} ${cut ? 'is cut off' : `is not sound gzip: ${message}`}`, 'Fetch the file again.', error);
}

/** Reads so many bytes at a time from a stream. */
export class ByteReader {
  readonly #stream: Readable;
  readonly #chunks: AsyncIterator<Buffer>;
  #chunk: Buffer = Buffer.alloc(0);
  #at = 0;

  constructor(stream: Readable) {
    this.#stream = stream;
    this.#chunks = stream[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  }

  /** Exactly `length` bytes, which the next call may overwrite; fewer only where the stream ends. */
  async read(length: number): Promise<Buffer> {
    if (this.#chunk.length - this.#at >= length) {
      this.#at += length;
      return this.#chunk.subarray(this.#at - length, this.#at);
    }
    const pieces = [this.#chunk.subarray(this.#at)];
    let missing = length - (pieces[0]?.length ?? 0);
    while (missing > 0) {
      const next = await this.#chunks.next();
      if (next.done === true) {
        this.#chunk = Buffer.alloc(0);
        this.#at = 0;
        return Buffer.concat(pieces);
      }
      this.#chunk = next.value;
      this.#at = Math.min(missing, next.value.length);
      pieces.push(next.value.subarray(0, this.#at));
      missing -= this.#at;
    }
    return Buffer.concat(pieces);
  }

  close(): void {
    this.#stream.destroy();
  }
}
