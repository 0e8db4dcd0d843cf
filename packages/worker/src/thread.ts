/** A piscina thread: runs the native graphs of the jobs that it is given tasks of. */
import { readFileSync } from 'node:fs';
import { threadId } from 'node:worker_threads';
import { isLockstepError, JOBS_SIDE_BY_SIDE } from '@lockstep/core';
import { applyNativeEnvironment, cpuClass, SliceRunner, tensorsAtLastCall } from '@lockstep/engine';
import type { ThreadAnswer, ThreadJob, ThreadTask } from './thread-messages.js';

/** Of as many jobs as may run side by side; who was not used for the longest time goes first. */
const runners = new Map<string, SliceRunner>();

function runnerOf(file: string): SliceRunner {
  const known = runners.get(file);
  if (known !== undefined) {
    runners.delete(file);
    runners.set(file, known);
    return known;
  }
  applyNativeEnvironment();
  const { graphFiles, ...job } = JSON.parse(readFileSync(file, 'utf8')) as ThreadJob;
  const graphs = Object.fromEntries(Object.entries(graphFiles).map(([key, graph]) => [key, readFileSync(graph)]));
  const runner = new SliceRunner({ ...job, graphs });
  runners.set(file, runner);
  const [oldest] = runners.keys();
  if (runners.size > JOBS_SIDE_BY_SIDE && oldest !== undefined) {
    runners.get(oldest)?.dispose();
    runners.delete(oldest);
  }
  return runner;
}

function answer(task: ThreadTask): ThreadAnswer {
  const runner = runnerOf(task.file);
  if (task.type === 'canary') return { type: 'canary', hash: runner.canary(), cpuClass: cpuClass() };
  const before = process.hrtime.bigint();
  const { values, counts } = runner.run(task.shape, task);
  task.values.set(values);
  const microseconds = Number((process.hrtime.bigint() - before) / 1000n);
  return { type: 'computed', counts, microseconds, thread: threadId, native: tensorsAtLastCall() };
}

/** The task's answer. */
export default function run(task: ThreadTask): ThreadAnswer {
  try {
    return answer(task);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { type: 'failed', code: isLockstepError(error) ? error.code : 'INTERNAL', message };
  }
}
