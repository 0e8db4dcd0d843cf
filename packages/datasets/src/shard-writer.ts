/** Collects a split's samples and hands on a shard whenever one is full. */
import { createHash } from 'node:crypto';
import { writeSafetensors, type DatasetShard, type DatasetSplit, type SafeTensor } from '@lockstep/core';
import { invalidData, type Sample } from './source.js';

export interface ShardFormat {
  readonly shape: readonly number[];
  readonly dtype: 'uint8' | 'float32';
  /** Absent for classes. */
  readonly targets: number | undefined;
  readonly rowsPerShard: number;
}

/** Takes a shard away, to a disk or a service; the next samples wait for it. */
export type ShardSink = (shard: DatasetShard, bytes: Uint8Array<ArrayBuffer>) => Promise<void>;

const SHARD_BYTES = 4 * 2 ** 20;
const MAX_SAMPLE_BYTES = 32 * 2 ** 20;

/** As many as about 4 MiB hold: large enough to be few, small enough to be fetched in a moment. */
export function rowsPerShard(shape: readonly number[], dtype: 'uint8' | 'float32', targets = 1): number {
  const bytes = shape.reduce((product, size) => product * size, dtype === 'uint8' ? 1 : 4) + 4 * targets;
  if (bytes > MAX_SAMPLE_BYTES) throw invalidData(`a sample of [${shape.join(', ')}] is larger than 32 MiB`);
  return Math.max(1, Math.floor(SHARD_BYTES / bytes));
}

export class ShardWriter {
  readonly #format: ShardFormat;
  readonly #sink: ShardSink;
  readonly #shards: DatasetShard[] = [];
  readonly #width: number;
  #x: Uint8Array | Float32Array;
  #y: Int32Array | Float32Array;
  #rows = 0;
  #count = 0;

  constructor(format: ShardFormat, sink: ShardSink) {
    this.#format = format;
    this.#sink = sink;
    this.#width = format.shape.reduce((product, size) => product * size, 1);
    const values = this.#width * format.rowsPerShard;
    this.#x = format.dtype === 'uint8' ? new Uint8Array(values) : new Float32Array(values);
    const { targets } = format;
    this.#y =
      targets === undefined ? new Int32Array(format.rowsPerShard) : new Float32Array(targets * format.rowsPerShard);
  }

  async add({ x, y }: Sample): Promise<void> {
    this.#x.set(x, this.#rows * this.#width);
    if (typeof y === 'number') this.#y[this.#rows] = y;
    else this.#y.set(y, this.#rows * y.length);
    this.#rows += 1;
    if (this.#rows === this.#format.rowsPerShard) await this.#flush();
  }

  async end(): Promise<DatasetSplit> {
    if (this.#rows > 0) await this.#flush();
    return { count: this.#count, shards: this.#shards };
  }

  async #flush(): Promise<void> {
    const { shape, targets } = this.#format;
    const count = this.#rows;
    const x = this.#x.subarray(0, count * this.#width);
    const y = this.#y.subarray(0, count * (targets ?? 1));
    const bytes = writeSafetensors([
      ['x', { dtype: x instanceof Uint8Array ? 'U8' : 'F32', shape: [count, ...shape], data: x } as SafeTensor],
      [
        'y',
        y instanceof Int32Array
          ? { dtype: 'I32', shape: [count], data: y }
          : { dtype: 'F32', shape: [count, targets ?? 1], data: y },
      ],
    ]);
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    const shard = { sha256, bytes: bytes.length, count };
    this.#shards.push(shard);
    this.#count += count;
    this.#rows = 0;
    await this.#sink(shard, bytes);
  }
}
