/** Proves that two threads compute at the same time and get the same bits: what a worker with two threads relies on. */
import { Worker } from 'node:worker_threads';
import { LockstepError } from '@lockstep/core';
import { applyNativeEnvironment } from './environment.js';

export interface ThreadCheck {
  readonly ok: boolean;
  readonly found: string;
  readonly remedy: string;
}

const DEADLINE_MILLISECONDS = 60_000;
function oneThread(): Promise<string> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./thread-check-worker.js', import.meta.url));
    worker.once('message', resolve);
    worker.once('error', reject);
    worker.once('exit', (code) => {
      reject(new LockstepError('NATIVE_FAILED', `the thread ended with code ${String(code)}`));
    });
  });
}

export async function checkThreads(): Promise<ThreadCheck> {
  applyNativeEnvironment();
  const remedy = 'Run `npm run setup`; if it stays, report it with the output of `./lockstep doctor --json`.';
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new LockstepError('TIMEOUT', 'the threads gave no answer in 60 s'));
    }, DEADLINE_MILLISECONDS);
  });
  try {
    const [first, second] = await Promise.race([Promise.all([oneThread(), oneThread()]), deadline]);
    const equal = first === second;
    return { ok: equal, found: equal ? 'two threads, equal bits' : 'two threads, different bits', remedy };
  } catch (error) {
    return { ok: false, found: error instanceof Error ? error.message : String(error), remedy };
  } finally {
    clearTimeout(timer);
  }
}
