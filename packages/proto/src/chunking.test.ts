import { isLockstepError } from '@lockstep/core';
import { describe, expect, it } from 'vitest';
import { CHUNK_ELEMENTS, ChunkAssembler, chunkCount, chunkRange, copyFloats, floatBytes } from './chunking.js';

function bits(floats: Float32Array): number[] {
  return [...new Uint32Array(floats.slice().buffer)];
}

describe('the boundaries of chunks', () => {
  it('cover a vector without gap or overlap', () => {
    for (const elements of [1, 7, 8, 9, 64, 1000]) {
      let next = 0;
      for (let chunk = 0; chunk < chunkCount(elements, 8); chunk += 1) {
        const { first, end } = chunkRange(elements, chunk, 8);
        expect(first).toBe(next);
        expect(end - first).toBeGreaterThan(0);
        expect(end - first).toBeLessThanOrEqual(8);
        next = end;
      }
      expect(next).toBe(elements);
    }
  });

  it('are a mebibyte apart unless told otherwise', () => {
    expect(CHUNK_ELEMENTS * 4).toBe(2 ** 20);
    expect(chunkCount(CHUNK_ELEMENTS)).toBe(1);
    expect(chunkRange(CHUNK_ELEMENTS + 1, 1)).toEqual({ first: CHUNK_ELEMENTS, end: CHUNK_ELEMENTS + 1 });
  });

  it('do not exist past the end', () => {
    for (const chunk of [-1, 1, 0.5]) expect(() => chunkRange(8, chunk, 8)).toThrow(/no chunk/);
  });
});

describe('copyFloats', () => {
  it('keeps every bit, from any alignment, into shared memory', () => {
    const source = new Float32Array(new Uint32Array([0x7fc00123, 0x80000000, 0x00000001, 0x3f800000]).buffer);
    for (const shift of [0, 1, 2, 3]) {
      const moved = new Uint8Array(16 + shift);
      moved.set(floatBytes(source), shift);
      const target = new Float32Array(new SharedArrayBuffer(32), 4, 6);
      copyFloats(moved.subarray(shift), target, 1);
      expect(bits(target)).toEqual([0, ...bits(source), 0]);
    }
  });

  it('does not write past the target, even where its buffer goes on', () => {
    const target = new Float32Array(new ArrayBuffer(64), 16, 4);
    for (const [length, offset] of [
      [20, 0],
      [16, 1],
      [4, -1],
      [6, 0],
    ] as const) {
      try {
        copyFloats(new Uint8Array(length), target, offset);
        expect.unreachable();
      } catch (error) {
        expect(isLockstepError(error, 'INTERNAL')).toBe(true);
      }
    }
  });
});

describe('ChunkAssembler', () => {
  const vector = Float32Array.from({ length: 21 }, (_, i) => i + 0.5);
  const chunks = [0, 1, 2].map((chunk) => {
    const { first, end } = chunkRange(vector.length, chunk, 8);
    return floatBytes(vector, first, end);
  });

  it('puts chunks together in any order', () => {
    const target = new Float32Array(new SharedArrayBuffer(84));
    const assembler = new ChunkAssembler(target, 8);
    expect(assembler.add(2, 3, chunks[2]!)).toBe('added');
    expect(assembler.add(0, 3, chunks[0]!)).toBe('added');
    expect(assembler.missing()).toEqual([1]);
    expect(assembler.complete).toBe(false);
    expect(assembler.add(1, 3, chunks[1]!)).toBe('complete');
    expect([...target]).toEqual([...vector]);
  });

  it('takes a chunk once', () => {
    const target = new Float32Array(21);
    const assembler = new ChunkAssembler(target, 8);
    assembler.add(0, 3, chunks[0]!);
    expect(assembler.add(0, 3, chunks[1]!)).toBe('double');
    expect(target[0]).toBe(0.5);
    assembler.add(1, 3, chunks[1]!);
    expect(assembler.add(2, 3, chunks[2]!)).toBe('complete');
    expect(assembler.add(2, 3, chunks[2]!)).toBe('double');
  });

  it('refuses chunks that are cut otherwise, and writes nothing of them', () => {
    const target = new Float32Array(21);
    const assembler = new ChunkAssembler(target, 8);
    expect(assembler.add(0, 2, chunks[0]!)).toBe('wrong-count');
    expect(assembler.add(3, 3, chunks[0]!)).toBe('wrong-count');
    expect(assembler.add(-1, 3, chunks[0]!)).toBe('wrong-count');
    expect(assembler.add(0, 3, chunks[2]!)).toBe('wrong-size');
    expect(assembler.add(2, 3, chunks[0]!)).toBe('wrong-size');
    expect(target.every((value) => value === 0)).toBe(true);
    expect(assembler.missing()).toEqual([0, 1, 2]);
  });

  it('collects the next vector in the same memory after a reset', () => {
    const target = new Float32Array(21);
    const assembler = new ChunkAssembler(target, 8);
    chunks.forEach((values, chunk) => assembler.add(chunk, 3, values));
    assembler.reset();
    expect(assembler.complete).toBe(false);
    const next = vector.map((value) => -value);
    for (const chunk of [0, 1, 2]) {
      const { first, end } = chunkRange(21, chunk, 8);
      assembler.add(chunk, 3, floatBytes(next, first, end));
    }
    expect(assembler.complete).toBe(true);
    expect([...target]).toEqual([...next]);
  });
});
