import type { LockstepClient } from '@lockstep/client';
import { LockstepError, type DatasetManifest } from '@lockstep/core';
import type { Source } from '@lockstep/datasets';
import { describe, expect, it } from 'vitest';
import { provideMnist } from './import-dataset.js';
import { MNIST } from './mnist.js';

async function* samples() {
  for (const y of [0, 1]) yield await Promise.resolve({ x: Uint8Array.of(y), y });
}
const part = { count: 2, classCounts: [1, 1], samples };
const digits: Source = {
  shape: [1],
  dtype: 'uint8',
  labels: { kind: 'classes', classNames: ['0', '1'] },
  parts: [
    { ...part, split: 'train' },
    { ...part, split: 'test' },
  ],
  notes: [],
};

/** A service that has a dataset of that source, or none; what is put is kept in `put`. */
function serviceWith(source: string | undefined): { client: LockstepClient; put: string[] } {
  const put: string[] = [];
  const datasets = {
    get: (name: string) =>
      source === undefined
        ? Promise.reject(new LockstepError('NOT_FOUND', `there is no dataset ${name}`))
        : Promise.resolve({ name, source }),
    hasShard: () => Promise.resolve(true),
    put: (manifest: DatasetManifest) => {
      put.push(manifest.source);
      return Promise.resolve(manifest);
    },
  };
  return { client: { datasets } as unknown as LockstepClient, put };
}

describe('the digits, where a service', () => {
  it('has no dataset of their name, are imported', async () => {
    const { client, put } = serviceWith(undefined);
    expect(await provideMnist(client, () => Promise.resolve(digits))).toBe(true);
    expect(put).toEqual([MNIST.source]);
  });

  it('has them already, are not even read', async () => {
    const { client, put } = serviceWith(MNIST.source);
    expect(await provideMnist(client, () => Promise.reject(new Error('read')))).toBe(true);
    expect(put).toEqual([]);
  });

  it('has a dataset that somebody else gave their name, do not take its place', async () => {
    const { client, put } = serviceWith('my own pictures');
    expect(await provideMnist(client, () => Promise.resolve(digits))).toBe(false);
    expect(put).toEqual([]);
  });
});
