import type { LockstepClient } from '@lockstep/client';
import { LockstepError, type DatasetManifest } from '@lockstep/core';
import type { Source } from '@lockstep/datasets';
import { expect, it } from 'vitest';
import { importSource } from './import-source.js';

/** 5,000 rows of 1,024 numbers: five shards. */
function madeRows(failAt = Infinity): Source {
  async function* samples() {
    for (let row = 0; row < 5000; row += 1) {
      if (row === failAt) throw new LockstepError('INVALID_DATASET', `row ${row} is broken`);
      yield { x: new Float32Array(1024).fill(row), y: row % 2 };
      if (row % 1000 === 0) await Promise.resolve();
    }
  }
  const parts = [{ split: undefined, count: 5000, classCounts: [2500, 2500], samples }];
  return { shape: [1024], dtype: 'float32', labels: { kind: 'classes', classNames: ['a', 'b'] }, parts, notes: [] };
}

/** A service that keeps shards; `fault` is asked before each request. */
function fakeService(fault: (request: string) => LockstepError | undefined = () => undefined) {
  const shards = new Map<string, number>();
  const manifests: DatasetManifest[] = [];
  let underWay = 0;
  let most = 0;
  const answer = async <T>(request: string, value: () => T): Promise<T> => {
    underWay += 1;
    most = Math.max(most, underWay);
    await Promise.resolve();
    underWay -= 1;
    const error = fault(request);
    if (error !== undefined) throw error;
    return value();
  };
  const datasets = {
    hasShard: (_: string, sha256: string) => answer('has', () => shards.has(sha256)),
    uploadShard: (_: string, sha256: string, bytes: Uint8Array) =>
      answer('upload', () => void shards.set(sha256, bytes.length)),
    put: (manifest: DatasetManifest) =>
      answer('put', () => {
        const missing = Object.values(manifest.splits).some((split) =>
          split.shards.some((one) => !shards.has(one.sha256)),
        );
        if (missing) throw new LockstepError('INVALID_DATASET', 'a shard was not uploaded');
        manifests.push(manifest);
        return manifest;
      }),
  };
  return { client: { datasets } as unknown as LockstepClient, shards, manifests, most: () => most };
}

const options = { name: 'made', source: '', shares: [], seed: 0 };

it('sends shards a few at a time, and the manifest when all are there', async () => {
  const service = fakeService();
  const { manifest, uploadedBytes } = await importSource(service.client, madeRows(), options);
  expect(manifest.splits['train']?.count).toBe(5000);
  expect(service.shards.size).toBe(5);
  expect(uploadedBytes).toBe([...service.shards.values()].reduce((sum, bytes) => sum + bytes, 0));
  expect(service.most()).toBeLessThanOrEqual(2);
});

it('makes nothing visible when it breaks off, and sends only the rest when it is done again', async () => {
  const service = fakeService();
  await expect(importSource(service.client, madeRows(4500), options)).rejects.toThrow('row 4500 is broken');
  expect(service.manifests).toEqual([]);
  const kept = service.shards.size;
  expect(kept).toBeGreaterThan(2);
  const { knownBytes, uploadedBytes } = await importSource(service.client, madeRows(), options);
  expect(knownBytes).toBeGreaterThan(uploadedBytes);
  expect([service.manifests.length, service.shards.size]).toEqual([1, 5]);
});

it('goes on when the service was away for a moment', async () => {
  let requests = 0;
  const service = fakeService(() => {
    requests += 1;
    return requests % 4 === 0 ? new LockstepError('UNREACHABLE', 'away') : undefined;
  });
  await importSource(service.client, madeRows(), options);
  expect(service.manifests).toHaveLength(1);
});

it('ends with what the service says, and sends no more', async () => {
  const service = fakeService((request) =>
    request === 'upload' ? new LockstepError('PAYLOAD_TOO_LARGE', 'too large') : undefined,
  );
  await expect(importSource(service.client, madeRows(), options)).rejects.toMatchObject({ code: 'PAYLOAD_TOO_LARGE' });
  expect([service.shards.size, service.manifests.length]).toEqual([0, 0]);
});
