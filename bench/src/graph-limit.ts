/** The limit: the same recorded slices on two threads of one process, without a cluster around them. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { initialWeights, type JobPlan } from '@lockstep/core';
import { recordJob, UPDATE_KEY } from '@lockstep/engine';
import type { GraphThreadTask } from './graph-thread.js';
import { planOf, type BenchData, type Workload } from './workload.js';

const LIMIT_THREADS = 2;

function tasks(plan: JobPlan, data: BenchData, minibatches: number): GraphThreadTask[] {
  const graphs = recordJob(plan).filter(({ key }) => key !== UPDATE_KEY);
  const { batchSize } = plan.spec.training;
  const slices = Math.ceil(batchSize / plan.slices.size);
  const common = {
    runner: {
      graphs: Object.fromEntries(graphs.map(({ key, bytes }) => [key, bytes])),
      parameters: plan.model.parameters,
      featureShape: plan.data.featureShape,
      dtype: plan.data.dtype,
      classes: plan.data.classNames.length,
      targets: plan.data.targetNames.length,
    },
    batchSize,
    sliceSize: plan.slices.size,
    maxCopies: Math.max(...graphs.map(({ key }) => Number(/x(\d+)$/.exec(key)?.[1] ?? 1))),
    parameters: initialWeights(plan.model, plan.seed),
    x: data.x,
    y: data.y,
    featureWidth: plan.data.featureShape.reduce((product, size) => product * size, 1),
    minibatches,
  };
  return Array.from({ length: LIMIT_THREADS }, (_, thread) => ({
    ...common,
    first: Math.round((slices * thread) / LIMIT_THREADS),
    end: Math.round((slices * (thread + 1)) / LIMIT_THREADS),
  }));
}

/** Samples a second over that many minibatches. */
export async function measureLimit(workload: Workload, data: BenchData, minibatches: number): Promise<number> {
  const threads = tasks(planOf(workload, data.manifest), data, minibatches).map(
    (workerData) => new Worker(new URL('./graph-thread.js', import.meta.url), { workerData }),
  );
  await Promise.all(threads.map((thread) => once(thread, 'message')));
  const started = performance.now();
  const done = threads.map((thread) => once(thread, 'message'));
  for (const thread of threads) thread.postMessage('go');
  await Promise.all(done);
  return (minibatches * workload.batchSize * 1000) / (performance.now() - started);
}
