// What set-up says, all of it on stderr: stdout belongs to the results of the command that follows.
const PREFIX = 'setup:';
const BAR_CELLS = 20;
const EIGHTHS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];

/** A failure with a message for the person at the keyboard: what is wrong, where, and what to do. No stack is shown. */
export class SetupError extends Error {
  name = 'SetupError';
}

let transientShown = false;

function clearTransient() {
  if (transientShown) process.stderr.write('\r\x1b[2K');
  transientShown = false;
}

/**
 * One line that stays.
 * @param {string} text
 */
export function say(text) {
  clearTransient();
  process.stderr.write(`${PREFIX} ${text}\n`);
}

/**
 * A line that the next one replaces. Only a terminal can do that, so elsewhere it is dropped.
 * @param {string} text
 */
export function sayTransient(text) {
  if (!process.stderr.isTTY) return;
  const width = (process.stderr.columns ?? 80) - 1;
  process.stderr.write(`\r\x1b[2K${`${PREFIX} ${text}`.slice(0, width)}`);
  transientShown = true;
}

/**
 * @param {number} share from 0 to 1
 * @returns {string} such as `[██████▌             ]`
 */
export function bar(share) {
  const eighths = Math.round(Math.min(1, Math.max(0, share)) * BAR_CELLS * 8);
  const cells = '█'.repeat(Math.floor(eighths / 8)) + EIGHTHS[eighths % 8];
  return `[${cells.padEnd(BAR_CELLS)}]`;
}

/** @param {number} bytes */
export const megabytes = (bytes) => Math.round(bytes / 1e6);

/** @returns {() => string} a stopwatch: the time since now, such as `6.2 s` */
export function stopwatch() {
  const start = performance.now();
  return () => `${((performance.now() - start) / 1000).toFixed(1)} s`;
}
