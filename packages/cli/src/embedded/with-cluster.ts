/** A cluster for as long as something is done on it: Ctrl-C ends it, and so does a process that cannot be kept alive. */
import { rm } from 'node:fs/promises';
import { interruptedError, listenForInterrupts } from '../interrupts.js';
import { EXIT } from '../output/failure.js';
import { startCluster, type Cluster, type ClusterOptions } from './cluster.js';

/**
 * Runs `action` on a new cluster and ends that again, whatever came of it; a temporary data folder goes with it.
 * @param action is handed what ends it too soon, as a signal whose reason is the error to end with
 * @throws LockstepError what `startCluster` and `action` throw
 */
export async function withCluster<T>(
  options: Omit<ClusterOptions, 'onFailure'>,
  action: (cluster: Cluster, ending: AbortSignal) => Promise<T>,
): Promise<T> {
  const ending = new AbortController();
  let cluster: Cluster | undefined;
  const stopListening = listenForInterrupts({
    first: (signal) => {
      ending.abort(interruptedError(signal));
      options.say(`\n${signal}: ending the cluster (once more to end it at once)`);
    },
    // What is killed here is gone before the guard could even notice; the guard removes a temporary folder.
    second: () => {
      void cluster?.stop('now');
      process.exit(EXIT.interrupted);
    },
  });
  const onFailure = (error: Error): void => {
    ending.abort(error);
  };
  try {
    cluster = await startCluster({ ...options, onFailure }, ending.signal);
    return await action(cluster, ending.signal);
  } finally {
    await cluster?.stop();
    if (options.temporary) await rm(options.dataDir, { recursive: true, force: true });
    stopListening();
  }
}
