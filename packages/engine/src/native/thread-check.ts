/**
 * Proves that two threads compute at the same time and get the same bits: what a worker with two threads relies on. They
 * run in a process of their own, since a broken native half does not throw but ends its process.
 */
import { fork } from 'node:child_process';
import { applyNativeEnvironment } from './environment.js';

export interface ThreadCheck {
  readonly ok: boolean;
  readonly found: string;
  readonly remedy: string;
}

const DEADLINE_MILLISECONDS = 60_000;
const REMEDY = 'Run `npm run setup`; if it stays, report it with the output of `./lockstep doctor --json`.';

/** Never rejects: what went wrong is in `found`. */
export function checkThreads(): Promise<ThreadCheck> {
  applyNativeEnvironment();
  return new Promise((resolve) => {
    // TensorFlow writes lines to stderr that no setting silences.
    const child = fork(new URL('./thread-check-process.js', import.meta.url), {
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    const timer = setTimeout(() => {
      settle(false, 'the threads gave no answer in 60 s');
    }, DEADLINE_MILLISECONDS);
    const settle = (ok: boolean, found: string): void => {
      clearTimeout(timer);
      child.removeAllListeners();
      child.kill('SIGKILL');
      resolve({ ok, found, remedy: REMEDY });
    };
    child.once('message', (message) => {
      const { hashes, error } = message as { hashes?: [string, string]; error?: string };
      if (hashes === undefined) settle(false, error ?? 'no answer');
      else if (hashes[0] === hashes[1]) settle(true, 'two threads, equal bits');
      else settle(false, 'two threads, different bits');
    });
    child.once('exit', (code, signal) => {
      settle(false, `the process of the threads ended with ${signal ?? `code ${String(code)}`}`);
    });
  });
}
