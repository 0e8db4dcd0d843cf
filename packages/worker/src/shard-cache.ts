/**
 * Rows of shards, wherever they are: in memory as long as there is room, else in a file on disk, else in the object
 * store. Memory does not work as a queue here: a shuffled epoch needs rows of all shards all the time, so a shard that
 * had to go for another would be back at once. What is there stays until nobody has asked for it in a long while.
 */
import { createHash } from 'node:crypto';
import { LockstepError, type DatasetShard } from '@lockstep/core';
import { untilReachable, type ObjectReader } from '@lockstep/transport';
import { copyRows, parseShard, type RowPlace, type RowTarget, type Shard } from './shard.js';
import { ShardFile } from './shard-file.js';
import type { ShardFolder } from './shard-folder.js';

/** Shards that are read or fetched at a time: a minibatch may ask for hundreds, and each is megabytes. */
const AT_A_TIME = 4;
/** Of those that are fetched ahead: whatever is asked for now finds a place beside them. */
const AHEAD_AT_A_TIME = 2;
/** Of what may be kept on disk: what is fetched ahead must not push out what is in use. */
const AHEAD_SHARE = 0.5;
/** A shard that was not among so many that were asked for last makes room for another. */
const COLD_AFTER = 4096;

interface Held {
  readonly shard: Shard;
  /** The number of the request that asked for it last. */
  used: number;
}

/** Where rows that were asked for came from. */
export const ROW_SOURCES = ['memory', 'disk', 'store'] as const;
type RowSource = (typeof ROW_SOURCES)[number];

interface Loaded {
  readonly shard: Shard;
  readonly from: RowSource;
}

export class ShardCache {
  readonly #folder: ShardFolder;
  readonly #store: ObjectReader;
  readonly #limit: number;
  /** In order of use, the least recent first. */
  readonly #memory = new Map<string, Held>();
  /** Those whose file has the right hash. */
  readonly #files = new Map<string, ShardFile>();
  readonly #loading = new Map<string, Promise<Loaded>>();
  readonly #served: Record<RowSource, number> = { memory: 0, disk: 0, store: 0 };
  readonly #waiting: (() => void)[] = [];
  /** By who will ask for them. */
  readonly #ahead = new Map<string, string[]>();
  #running = 0;
  #requests = 0;
  #bytes = 0;

  /** @param limitBytes of shards in memory */
  constructor(folder: ShardFolder, store: ObjectReader, limitBytes: number) {
    this.#folder = folder;
    this.#store = store;
    this.#limit = limitBytes;
  }

  /** Bytes of shards in memory. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Bytes of shards on disk, of all workers that share the folder. */
  get diskBytes(): Promise<number> {
    return this.#folder.bytes();
  }

  /** How many requests for rows of a shard were answered from where. */
  get served(): Readonly<Record<RowSource, number>> {
    return this.#served;
  }

  /** @throws LockstepError HASH_MISMATCH when the stored bytes are not those of the hash; INVALID_DATASET, NOT_FOUND */
  async copyRows(sha256: string, places: readonly RowPlace[], target: RowTarget): Promise<void> {
    this.#requests += 1;
    const held = this.#held(sha256);
    if (held !== undefined) {
      this.#served.memory += 1;
      copyRows(held, places, target);
      return;
    }
    const file = this.#files.get(sha256);
    if (file !== undefined && !this.#makeRoom(file.bytes)) {
      if (await this.#inTurn(() => file.copyRows(places, target))) {
        this.#folder.used(sha256);
        this.#served.disk += 1;
        return;
      }
      this.#files.delete(sha256);
    }
    const { shard, from } = await this.#load(sha256);
    this.#served[from] += 1;
    copyRows(shard, places, target);
  }

  /**
   * Brings shards near that will be asked for soon, while nothing else is to be fetched. What goes wrong will go wrong
   * again when they are asked for, and is said then.
   * @param who takes the place of what the same asked for last
   */
  fetchAhead(who: string, shards: readonly DatasetShard[]): void {
    this.#ahead.delete(who);
    let room = Math.max(this.#limit - this.#bytes, this.#folder.limit * AHEAD_SHARE);
    const missing = shards.filter(({ sha256, bytes }) => !this.#isNear(sha256) && (room -= bytes) >= 0);
    const hashes = missing.map(({ sha256 }) => sha256);
    if (hashes.length > 0) this.#ahead.set(who, hashes);
    this.#goAhead();
  }

  #isNear(sha256: string): boolean {
    return this.#memory.has(sha256) || (this.#files.has(sha256) && this.#folder.holds(sha256));
  }

  #goAhead(): void {
    for (const [who, hashes] of this.#ahead) {
      while (this.#running < AHEAD_AT_A_TIME && this.#waiting.length === 0) {
        const sha256 = hashes.shift();
        if (sha256 === undefined) break;
        if (!this.#isNear(sha256)) this.#load(sha256).catch(() => undefined);
      }
      if (hashes.length === 0) this.#ahead.delete(who);
    }
  }

  #held(sha256: string): Shard | undefined {
    const held = this.#memory.get(sha256);
    if (held === undefined) return undefined;
    this.#memory.delete(sha256);
    this.#memory.set(sha256, { shard: held.shard, used: this.#requests });
    return held.shard;
  }

  /** However many ask for a shard that is on its way, it comes once. */
  #load(sha256: string): Promise<Loaded> {
    const known = this.#loading.get(sha256);
    if (known !== undefined) return known;
    const loading = this.#inTurn(() => this.#fetch(sha256)).finally(() => this.#loading.delete(sha256));
    this.#loading.set(sha256, loading);
    return loading;
  }

  async #fetch(sha256: string): Promise<Loaded> {
    const kept = await this.#fromFolder(sha256);
    const bytes = kept ?? (await this.#fromStore(sha256));
    const shard = parseShard(sha256, bytes);
    const isOnDisk = kept !== undefined || (await this.#folder.write(sha256, bytes));
    const file = isOnDisk ? ShardFile.of(this.#folder.pathOf(sha256), bytes, shard) : undefined;
    if (file !== undefined) this.#files.set(sha256, file);
    if (this.#makeRoom(shard.bytes)) {
      this.#memory.set(sha256, { shard, used: this.#requests });
      this.#bytes += shard.bytes;
    }
    return { shard, from: kept === undefined ? 'store' : 'disk' };
  }

  /** Lets go of what is cold, as far as it takes. @returns whether there is room */
  #makeRoom(bytes: number): boolean {
    for (const [sha256, { shard, used }] of this.#memory) {
      if (this.#bytes + bytes <= this.#limit || used > this.#requests - COLD_AFTER) break;
      this.#memory.delete(sha256);
      this.#bytes -= shard.bytes;
    }
    return this.#bytes + bytes <= this.#limit;
  }

  /** A damaged copy is thrown away and fetched again. */
  async #fromFolder(sha256: string): Promise<Uint8Array | undefined> {
    const bytes = await this.#folder.read(sha256);
    if (bytes === undefined || hashOf(bytes) === sha256) return bytes;
    await this.#folder.remove(sha256);
    return undefined;
  }

  async #fromStore(sha256: string): Promise<Uint8Array> {
    const bytes = await untilReachable(() => this.#store.get(sha256));
    if (hashOf(bytes) === sha256) return bytes;
    throw new LockstepError('HASH_MISMATCH', `the stored shard ${sha256} has other bytes than its name says`, {
      hint: 'Import the dataset again.',
    });
  }

  async #inTurn<T>(action: () => Promise<T>): Promise<T> {
    if (this.#running < AT_A_TIME) this.#running += 1;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      return await action();
    } finally {
      this.#endTurn();
    }
  }

  /** Whoever waits takes the turn over. */
  #endTurn(): void {
    const next = this.#waiting.shift();
    if (next !== undefined) {
      next();
      return;
    }
    this.#running -= 1;
    this.#goAhead();
  }
}

function hashOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
