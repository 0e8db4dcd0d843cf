// What must be undone however the process ends: half-made folders and locks. Exit handlers can only be synchronous.
import { endChildren } from './children.mjs';

/** @type {Set<() => void>} */
const tasks = new Set();
let stopping = false;

/**
 * Runs `task` when the process exits, unless the returned function is called before.
 * @param {() => void} task must be synchronous
 * @returns {() => void} withdraws the task
 */
export function onExit(task) {
  tasks.add(task);
  return () => tasks.delete(task);
}

/** @returns {boolean} whether a signal is ending the process: failures from now on are its doing, and not worth a word */
export const isStopping = () => stopping;

/** Makes Ctrl-C and its kin end the children first and then the process, with the usual exit code of 128 + signal. */
export function handleSignals() {
  process.on('exit', () => {
    for (const task of [...tasks].reverse()) {
      try {
        task();
      } catch {
        // the other tasks still have to run
      }
    }
  });
  for (const [signal, number] of /** @type {const} */ ([
    ['SIGINT', 2],
    ['SIGTERM', 15],
    ['SIGHUP', 1],
  ])) {
    process.on(signal, async () => {
      if (stopping) return;
      stopping = true;
      await endChildren();
      process.exit(128 + number);
    });
  }
}
