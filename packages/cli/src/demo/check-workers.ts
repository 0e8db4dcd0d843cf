/** A job that asks for more workers than the demo has would wait for ever. */
import { LockstepError } from '@lockstep/core';

/**
 * @param job as the file has it; whatever else is wrong with it is the service's to say
 * @throws LockstepError INVALID_SPEC
 */
export function checkWorkers(job: Readonly<Record<string, unknown>>, workers: number): void {
  const { cluster } = job;
  const wanted = typeof cluster === 'object' && cluster !== null && 'minWorkers' in cluster ? cluster.minWorkers : 1;
  if (typeof wanted !== 'number' || !(wanted > workers)) return;
  const message = `must be at most ${workers}, the workers of this cluster, got ${wanted}`;
  throw new LockstepError('INVALID_SPEC', 'the job would wait for workers that nobody starts', {
    faults: [{ path: 'cluster.minWorkers', message }],
    hint: `Start more with --workers ${wanted}, or ask for fewer.`,
  });
}
