/** Puts the chunks of parts together, whole vectors at a time, in buffers that are used again. */
import type { SliceSums, TreeNode } from '@lockstep/core';
import { ChunkAssembler, type PartFrame } from '@lockstep/proto';

interface Assembly {
  readonly values: Float32Array;
  readonly assembler: ChunkAssembler;
  counts: readonly number[];
}

export type PartOutcome =
  | { readonly type: 'complete'; readonly node: TreeNode; readonly sums: SliceSums }
  | { readonly type: 'incomplete' }
  | { readonly type: 'refused'; readonly reason: 'wrong-size' };

/** Buffers kept for the next parts. */
const MAX_SPARE = 16;

export class PartReceiver {
  readonly #valueLength: number;
  readonly #countLength: number;
  readonly #assemblies = new Map<string, Assembly>();
  #spare: Float32Array[] = [];

  /** @param valueLength float32 values, and @param countLength counts, that every part of the round has */
  constructor(valueLength: number, countLength: number) {
    this.#valueLength = valueLength;
    this.#countLength = countLength;
  }

  add(frame: PartFrame): PartOutcome {
    const key = `${frame.worker}/${String(frame.level)}/${String(frame.index)}`;
    const lastChunk = frame.chunk === frame.chunks - 1;
    if (lastChunk && frame.counts.length !== this.#countLength) return { type: 'refused', reason: 'wrong-size' };
    const known = this.#assemblies.get(key);
    const assembly = known ?? this.#begin();
    const outcome = assembly.assembler.add(frame.chunk, frame.chunks, frame.values);
    if (outcome === 'wrong-count' || outcome === 'wrong-size') {
      if (known === undefined) this.release(assembly.values);
      return { type: 'refused', reason: 'wrong-size' };
    }
    this.#assemblies.set(key, assembly);
    if (lastChunk) assembly.counts = frame.counts;
    if (outcome !== 'complete') return { type: 'incomplete' };
    this.#assemblies.delete(key);
    const sums = { values: assembly.values, counts: Float64Array.from(assembly.counts) };
    return { type: 'complete', node: { level: frame.level, index: frame.index }, sums };
  }

  /** A buffer that is not read any more. */
  release(values: Float32Array): void {
    if (this.#spare.length < MAX_SPARE) this.#spare.push(values);
  }

  /** Forgets unfinished parts: the round is over. */
  clear(): void {
    for (const { values } of this.#assemblies.values()) this.release(values);
    this.#assemblies.clear();
  }

  #begin(): Assembly {
    const values = this.#spare.pop() ?? new Float32Array(this.#valueLength);
    return { values, assembler: new ChunkAssembler(values), counts: [] };
  }
}
