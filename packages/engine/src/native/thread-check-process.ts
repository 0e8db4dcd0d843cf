/** The process of thread-check.ts: two threads compute the same at the same time. */
import { Worker } from 'node:worker_threads';
import { LockstepError } from '@lockstep/core';

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

try {
  process.send?.({ hashes: await Promise.all([oneThread(), oneThread()]) });
} catch (error) {
  process.send?.({ error: error instanceof Error ? error.message : String(error) });
}
