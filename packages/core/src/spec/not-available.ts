/** What a job file may say but the engine cannot do yet: refused, so that no setting is ever silently ignored. */
import type { Fault } from '../errors.js';

interface Wishes {
  readonly initialWeights: boolean;
}

export function notAvailable({ initialWeights }: Wishes): Fault[] {
  return initialWeights ? [{ path: 'model.initialWeights', message: 'is not available yet' }] : [];
}
