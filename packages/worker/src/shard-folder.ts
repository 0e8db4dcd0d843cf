/**
 * Shards on disk under their hashes, up to a size. Several workers of a machine may share the folder: the time of last
 * use is that of the file, and whoever finds too much there removes what was not used for longest. A file that goes away
 * under somebody is fetched again.
 */
import { randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';

/** After a clean-up so much of the limit is used: the next one can wait. */
const KEPT_SHARE = 0.9;
/** Others write too: what is there is counted again after so many files of our own. */
const COUNT_EVERY = 32;
/** More often than this nobody has to know that a file is in use. */
const TOUCH_MILLISECONDS = 30_000;
/** A shard, or what a worker that was killed has left of writing one. */
const OURS = /^[0-9a-f]{64}(\.[0-9a-f-]{36})?$/;

export class ShardFolder {
  readonly #folder: string;
  /** Bytes. */
  readonly limit: number;
  readonly #now: () => number;
  readonly #touched = new Map<string, number>();
  /** What was read or written here; another worker may have removed it since. */
  readonly #held = new Set<string>();
  #written = 0;
  /** At the last count, and what was written since. */
  #bytes = Infinity;
  #cleaning: Promise<void> | undefined;

  /** @param now milliseconds since 1970, as the times of files are */
  constructor(folder: string, limitBytes: number, now: () => number = Date.now) {
    this.#folder = folder;
    this.limit = limitBytes;
    this.#now = now;
  }

  pathOf(sha256: string): string {
    return path.join(this.#folder, sha256);
  }

  /** Undefined when there is none. */
  async read(sha256: string): Promise<Uint8Array | undefined> {
    try {
      const bytes = await readFile(this.pathOf(sha256));
      this.#held.add(sha256);
      this.used(sha256);
      return bytes;
    } catch {
      return undefined;
    }
  }

  /** Whether a shard is likely to be there. */
  holds(sha256: string): boolean {
    return this.#held.has(sha256);
  }

  async remove(sha256: string): Promise<void> {
    this.#held.delete(sha256);
    await rm(this.pathOf(sha256), { force: true }).catch(() => undefined);
  }

  /** Of all shards that are there, as last counted. */
  async bytes(): Promise<number> {
    if (this.#bytes === Infinity) await this.#cleaned();
    return this.#bytes;
  }

  /** A disk that is full makes the next start slower, no more. @returns whether the file is there */
  async write(sha256: string, bytes: Uint8Array): Promise<boolean> {
    if (bytes.length > this.limit) return false;
    const temporary = `${this.pathOf(sha256)}.${randomUUID()}`;
    try {
      await mkdir(this.#folder, { recursive: true });
      await writeFile(temporary, bytes);
      await rename(temporary, this.pathOf(sha256));
      this.#held.add(sha256);
    } catch {
      await rm(temporary, { force: true }).catch(() => undefined);
      return false;
    }
    this.#bytes += bytes.length;
    this.#written += 1;
    if (this.#bytes > this.limit || this.#written % COUNT_EVERY === 0) await this.#cleaned();
    return true;
  }

  async #cleaned(): Promise<void> {
    this.#cleaning ??= this.#clean().finally(() => (this.#cleaning = undefined));
    await this.#cleaning;
  }

  /** Somebody reads the file: it should be among the last to go. */
  used(sha256: string): void {
    const now = this.#now();
    if (now - (this.#touched.get(sha256) ?? 0) < TOUCH_MILLISECONDS) return;
    this.#touched.set(sha256, now);
    utimes(this.pathOf(sha256), now / 1000, now / 1000).catch(() => undefined);
  }

  async #clean(): Promise<void> {
    const names = (await readdir(this.#folder).catch(() => [])).filter((name) => OURS.test(name));
    const found = await Promise.all(
      names.map(async (name) => {
        const entry = await stat(this.pathOf(name)).catch(() => undefined);
        return { name, bytes: entry?.size ?? 0, usedAt: entry?.mtimeMs ?? 0 };
      }),
    );
    let bytes = found.reduce((sum, file) => sum + file.bytes, 0);
    if (bytes > this.limit) {
      for (const file of found.sort((a, b) => a.usedAt - b.usedAt)) {
        if (bytes <= this.limit * KEPT_SHARE) break;
        await this.remove(file.name);
        this.#touched.delete(file.name);
        bytes -= file.bytes;
      }
    }
    this.#bytes = bytes;
  }
}
