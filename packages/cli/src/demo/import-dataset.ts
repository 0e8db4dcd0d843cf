/** Hands the demo's digits to a service. Doing it again changes nothing, so nobody has to ask first what is there. */
import type { LockstepClient } from '@lockstep/client';
import type { Source } from '@lockstep/datasets';
import { importSource } from '../datasets/import-source.js';
import { MNIST } from './mnist.js';

/** @param digits from `openMnist` */
export async function importMnist(client: LockstepClient, digits: Source): Promise<void> {
  await importSource(client, digits, { ...MNIST, shares: [], seed: 0 });
}
