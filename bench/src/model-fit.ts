/** What tfjs-node's own `model.fit` does with the same model and minibatches, with TensorFlow's default threads. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import type { ModelFitTask } from './model-fit-process.js';
import type { Workload } from './workload.js';

/** Samples a second over that many samples. */
export async function measureModelFit(workload: Workload, samples: number): Promise<number> {
  // TensorFlow's thread pools are fixed when it is loaded, so this one runs in a process with the defaults.
  const { TF_NUM_INTRAOP_THREADS: _intra, TF_NUM_INTEROP_THREADS: _inter, ...env } = process.env;
  const child = fork(new URL('./model-fit-process.js', import.meta.url), {
    env,
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  const task: ModelFitTask = { ...workload, samples };
  child.send(task);
  const [answer] = (await Promise.race([once(child, 'message'), once(child, 'exit')])) as [unknown];
  if (typeof answer !== 'object' || answer === null)
    throw new RangeError('the model.fit process ended without an answer');
  return (answer as { samplesPerSecond: number }).samplesPerSecond;
}
