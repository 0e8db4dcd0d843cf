/** Hands the demo's digits to a service. Doing it again changes nothing. */
import type { LockstepClient } from '@lockstep/client';
import { isLockstepError } from '@lockstep/core';
import type { Source } from '@lockstep/datasets';
import { importSource } from '../datasets/import-source.js';
import { MNIST } from './mnist.js';

/** @param digits from `openMnist` */
export async function importMnist(client: LockstepClient, digits: Source): Promise<void> {
  await importSource(client, digits, { ...MNIST, shares: [], seed: 0 });
}

/**
 * Imports the digits where no dataset has their name. One that somebody made under it is left alone: a new version of it
 * would be what their jobs train on from then on.
 * @param open as `openMnist`
 * @returns whether `mnist` is the demo's digits now
 */
export async function provideMnist(client: LockstepClient, open: () => Promise<Source>): Promise<boolean> {
  try {
    const { source } = await client.datasets.get(MNIST.name);
    return source === MNIST.source;
  } catch (error) {
    if (!isLockstepError(error, 'NOT_FOUND')) throw error;
  }
  await importMnist(client, await open());
  return true;
}
