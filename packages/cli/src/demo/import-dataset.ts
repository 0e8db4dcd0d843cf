/** Hands a dataset to the service. Doing it again changes nothing, so nobody has to ask first what is there. */
import type { LockstepClient } from '@lockstep/client';
import type { DatasetFiles } from './mnist.js';

/** @throws LockstepError CONFLICT when another dataset has the name. */
export async function importDataset(client: LockstepClient, { manifest, shards }: DatasetFiles): Promise<void> {
  for (const [sha256, bytes] of shards) await client.datasets.uploadShard(manifest.name, sha256, bytes);
  await client.datasets.put(manifest);
}
