import { MemoryNetwork, type ObjectStore } from '@lockstep/transport';
import { beforeEach, expect, it } from 'vitest';
import { JobObjects } from './job-objects.js';

const bytes = Uint8Array.of(1);

let network: MemoryNetwork;
let store: ObjectStore;
let objects: JobObjects;

beforeEach(async () => {
  network = new MemoryNetwork();
  store = await network.connect('c').objectStore('s');
  for (const name of ['j-1.a', 'j-1.b', 'j-10.a', 'nobody']) await store.put(name, bytes);
  objects = new JobObjects(store);
});

it('deletes those of one job, of before and of now, except what is kept', async () => {
  await objects.put('j-1.c', bytes);
  await objects.sweep('j-1', ['j-1.b']);
  expect(await store.list()).toEqual(['j-1.b', 'j-10.a', 'nobody']);
  expect([...(await objects.jobs())].sort()).toEqual(['', 'j-1', 'j-10']);
  await objects.delete('j-1.b');
  expect([...(await objects.jobs())].sort()).toEqual(['', 'j-10']);
});

it('lists the store once, however many jobs end', async () => {
  let lists = 0;
  network.storeFault = ({ kind }) => {
    if (kind === 'list') lists += 1;
    return 'none';
  };
  for (const job of ['j-1', 'j-10', 'j-2']) {
    await objects.put(`${job}.new`, bytes);
    await objects.sweep(job);
  }
  expect(lists).toBe(1);
  expect(await store.list()).toEqual(['nobody']);
});

it('lists again after a list that has failed', async () => {
  network.storeFault = ({ kind }) => (kind === 'list' ? 'fail' : 'none');
  await expect(objects.sweep('j-1')).rejects.toMatchObject({ code: 'TIMEOUT' });
  network.storeFault = () => 'none';
  await objects.sweep('j-1');
  expect(await store.list()).toEqual(['j-10.a', 'nobody']);
});

it('deletes what was written though the answer was lost', async () => {
  await objects.jobs();
  network.storeFault = ({ kind }) => (kind === 'put' ? 'lose-answer' : 'none');
  await expect(objects.put('j-2.a', bytes)).rejects.toMatchObject({ code: 'TIMEOUT' });
  await expect(objects.putOnce('j-2.b', bytes)).rejects.toMatchObject({ code: 'TIMEOUT' });
  await objects.sweep('j-2');
  expect(await store.list()).toEqual(['j-1.a', 'j-1.b', 'j-10.a', 'nobody']);
});
