import { BUCKETS, MemoryNetwork, type ObjectStore } from '@lockstep/transport';
import { beforeEach, expect, it } from 'vitest';
import { GraphStore } from './graph-store.js';

const graph = { key: 'train:1x1', sha256: 'a'.repeat(64), bytes: Uint8Array.of(1) };

let objects: ObjectStore;
let store: GraphStore;

beforeEach(async () => {
  const transport = new MemoryNetwork().connect('coordinator');
  objects = await transport.objectStore(BUCKETS.graphs);
  store = await GraphStore.open(transport);
  await store.put('j-1', [graph]);
  await store.put('j-2', [graph]);
});

it('keeps equal graphs of two jobs apart, so that the end of one takes nothing from the other', async () => {
  await store.sweep('j-1');
  expect(await objects.list()).toEqual([`j-2.${graph.sha256}`]);
});

it('stores nothing twice', async () => {
  await objects.put(`j-1.${graph.sha256}`, Uint8Array.of(2));
  await store.put('j-1', [graph]);
  expect([...(await objects.get(`j-1.${graph.sha256}`))]).toEqual([2]);
});

it('clears up after jobs that are over, and what lies under no job from before', async () => {
  await objects.put('b'.repeat(64), Uint8Array.of(1));
  await store.clearUp((job) => job === 'j-2');
  expect(await objects.list()).toEqual([`j-1.${graph.sha256}`]);
});
