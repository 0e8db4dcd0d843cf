import { CHUNK_ELEMENTS as CHUNK, floatBytes, type ParametersFrame } from '@lockstep/proto';
import { expect, it } from 'vitest';
import { ParameterBlock } from './parameter-block.js';

const LENGTH = CHUNK + 3;

function frames(step: number): readonly [ParametersFrame, ParametersFrame] {
  const frame = (chunk: number, length: number): ParametersFrame => ({
    ...{ type: 'parameters', job: 'j', term: 1, step, chunk, chunks: 2 },
    values: floatBytes(new Float32Array(length).fill(step)),
  });
  return [frame(0, CHUNK), frame(1, 3)];
}

function addAll(block: ParameterBlock, step: number): boolean[] {
  return frames(step).map((frame) => block.add(frame));
}

it('has a version once all of its chunks are in, in any order and however often they come', () => {
  const block = new ParameterBlock(LENGTH);
  const [first, second] = frames(0);
  expect([second, second, first, first].map((frame) => block.add(frame))).toEqual([false, false, true, false]);
  expect(block.get(0)?.at(-1)).toBe(0);
  expect(block.get(1)).toBeUndefined();
});

it('keeps the version before while the next arrives, in memory that threads share', () => {
  const block = new ParameterBlock(LENGTH);
  addAll(block, 4);
  block.add(frames(5)[0]);
  expect(block.get(4)?.[0]).toBe(4);
  expect(block.get(5)).toBeUndefined();
  block.add(frames(5)[1]);
  expect(block.get(5)?.at(-1)).toBe(5);
  expect(block.get(4)?.buffer).toBeInstanceOf(SharedArrayBuffer);
});

it('drops chunks of versions that are over', () => {
  const block = new ParameterBlock(LENGTH);
  addAll(block, 6);
  expect(addAll(block, 4)).toEqual([false, false]);
  expect(block.get(6)?.[0]).toBe(6);
  expect(block.get(4)).toBeUndefined();
});

it('mixes no chunks of two versions', () => {
  const block = new ParameterBlock(LENGTH);
  block.add(frames(0)[0]);
  expect(block.add(frames(2)[1])).toBe(false);
  expect(block.get(2)).toBeUndefined();
  block.add(frames(2)[0]);
  expect([...new Set(block.get(2))]).toEqual([2]);
});

it('refuses chunks of another size', () => {
  const block = new ParameterBlock(LENGTH);
  const [first] = frames(0);
  expect(block.add({ ...first, chunks: 3 })).toBe(false);
  expect(block.add({ ...first, values: first.values.subarray(4) })).toBe(false);
  expect(addAll(block, 0)).toEqual([false, true]);
});

it('wakes who waits for a version, at once if it is here', async () => {
  const block = new ParameterBlock(LENGTH);
  const waiting = block.wait(1);
  addAll(block, 0);
  addAll(block, 1);
  expect((await waiting)[0]).toBe(1);
  expect((await block.wait(1))[0]).toBe(1);
});
