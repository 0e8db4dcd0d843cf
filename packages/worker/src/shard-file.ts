/**
 * A shard on disk whose hash was checked once, read by rows from then on: a minibatch of a dataset that does not fit
 * into memory needs a few rows of nearly every shard. What is read is checked against checksums of its blocks, which
 * were taken while the hash was: a disk that changes a bit afterwards is noticed.
 */
import { open, type FileHandle } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import { copyBytes, type RowPlace, type RowTarget, type Shard } from './shard.js';

const BLOCK_BYTES = 64 * 1024;

/** Bytes of the file, from `start` to before `end`. */
interface Span {
  readonly start: number;
  readonly end: number;
}

export class ShardFile {
  readonly bytes: number;
  readonly #path: string;
  readonly #checksums: Uint32Array;
  /** Where the tensors begin. */
  readonly #x: number;
  readonly #y: number;

  private constructor(path: string, bytes: Uint8Array, x: number, y: number) {
    this.bytes = bytes.length;
    this.#path = path;
    this.#x = x;
    this.#y = y;
    this.#checksums = Uint32Array.from({ length: Math.ceil(bytes.length / BLOCK_BYTES) }, (_, block) =>
      crc32(bytes.subarray(block * BLOCK_BYTES, (block + 1) * BLOCK_BYTES)),
    );
  }

  /**
   * @param bytes what is in the file, with the hash that it should have
   * @returns undefined where the tensors do not lie in the file as they do in memory
   */
  static of(path: string, bytes: Uint8Array, { x, y }: Shard): ShardFile | undefined {
    if (x.buffer !== bytes.buffer || y.buffer !== bytes.buffer) return undefined;
    return new ShardFile(path, bytes, x.byteOffset - bytes.byteOffset, y.byteOffset - bytes.byteOffset);
  }

  /** @returns false when the file is gone or damaged; the target may hold anything then */
  async copyRows(places: readonly RowPlace[], target: RowTarget): Promise<boolean> {
    const [xBytes, yBytes] = [target.width * target.x.BYTES_PER_ELEMENT, target.targets * target.y.BYTES_PER_ELEMENT];
    const spans = places.flatMap(({ place }): Span[] => [
      { start: this.#x + place * xBytes, end: this.#x + (place + 1) * xBytes },
      { start: this.#y + place * yBytes, end: this.#y + (place + 1) * yBytes },
    ]);
    let file: FileHandle | undefined;
    try {
      file = await open(this.#path);
      const pieces = await this.#read(file, spans);
      if (pieces === undefined) return false;
      for (const [index, { row }] of places.entries()) {
        copyBytes(cut(pieces, spans[2 * index]), target.x, row * target.width);
        copyBytes(cut(pieces, spans[2 * index + 1]), target.y, row * target.targets);
      }
      return true;
    } catch {
      return false;
    } finally {
      await file?.close();
    }
  }

  /** Runs of neighbouring blocks that cover the spans, in ascending order; undefined when one is damaged. */
  async #read(file: FileHandle, spans: readonly Span[]): Promise<Piece[] | undefined> {
    const pieces: Piece[] = [];
    for (const run of runsOf(spans)) {
      const start = run.first * BLOCK_BYTES;
      const bytes = new Uint8Array(Math.min(this.bytes, (run.last + 1) * BLOCK_BYTES) - start);
      const { bytesRead } = await file.read(bytes, 0, bytes.length, start);
      if (bytesRead !== bytes.length) return undefined;
      for (let block = run.first; block <= run.last; block += 1) {
        const from = block * BLOCK_BYTES - start;
        if (crc32(bytes.subarray(from, from + BLOCK_BYTES)) !== this.#checksums[block]) return undefined;
      }
      pieces.push({ start, bytes });
    }
    return pieces;
  }
}

interface Piece {
  readonly start: number;
  readonly bytes: Uint8Array;
}

function runsOf(spans: readonly Span[]): { readonly first: number; readonly last: number }[] {
  const blocks = new Set<number>();
  for (const { start, end } of spans) {
    for (let block = Math.floor(start / BLOCK_BYTES); block * BLOCK_BYTES < end; block += 1) blocks.add(block);
  }
  const runs: { first: number; last: number }[] = [];
  for (const block of [...blocks].sort((a, b) => a - b)) {
    const run = runs.at(-1);
    if (run?.last === block - 1) run.last = block;
    else runs.push({ first: block, last: block });
  }
  return runs;
}

/** The piece that holds the span holds all of it: its blocks are neighbours. */
function cut(pieces: readonly Piece[], span: Span = { start: 0, end: 0 }): Uint8Array {
  const piece = pieces.find(({ start, bytes }) => start <= span.start && span.end <= start + bytes.length);
  return piece?.bytes.subarray(span.start - piece.start, span.end - piece.start) ?? new Uint8Array(0);
}
