/** A thread of the limit: runs its half of every minibatch's slices, the way a worker's thread does, and nothing else. */
import { parentPort, workerData } from 'node:worker_threads';
import { planCalls } from '@lockstep/core';
import { SliceRunner, type SliceRunnerOptions } from '@lockstep/engine';

export interface GraphThreadTask {
  readonly runner: SliceRunnerOptions;
  readonly batchSize: number;
  readonly sliceSize: number;
  readonly maxCopies: number;
  readonly first: number;
  readonly end: number;
  readonly parameters: Float32Array;
  readonly x: Uint8Array;
  readonly y: Int32Array;
  readonly featureWidth: number;
  readonly minibatches: number;
}

const task = workerData as GraphThreadTask;
const runner = new SliceRunner(task.runner);
const calls = planCalls(
  { samples: task.batchSize, sliceSize: task.sliceSize },
  { first: task.first, end: task.end },
  1,
  task.maxCopies,
);

function minibatch(): void {
  for (const { samples, copies, firstRow, endRow } of calls) {
    runner.run(
      { kind: 'train', samples, copies },
      {
        parameters: task.parameters,
        x: task.x.subarray(firstRow * task.featureWidth, endRow * task.featureWidth),
        y: task.y.subarray(firstRow, endRow),
        seeds: new Int32Array(2 * copies),
      },
    );
  }
}

for (let warmUp = 0; warmUp < 3; warmUp++) minibatch();
parentPort?.postMessage('ready');
parentPort?.once('message', () => {
  for (let count = 0; count < task.minibatches; count++) minibatch();
  parentPort?.postMessage('done');
  parentPort?.close();
});
