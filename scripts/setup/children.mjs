// Child processes that leave nobody behind. Each gets a process group of its own, because npx and pip start further
// processes: on Ctrl-C the whole group is ended, by its id.
import { spawn } from 'node:child_process';

const GRACE_MS = 2_000;
const KEPT_OUTPUT = 64 * 1024;
const LONGEST_LINE = 320;

/** @type {Set<import('node:child_process').ChildProcess>} */
const running = new Set();
let closed = false;

/** @typedef {{ code: number | null, output: string }} Outcome `output` is the end of stdout and stderr, as they came */

/**
 * Runs a program quietly and keeps the end of what it said.
 * @param {string} program
 * @param {readonly string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv, input?: string }} [options]
 * @returns {Promise<Outcome>} a program that could not be started has the code null
 */
export function run(program, args, { cwd, env = process.env, input } = {}) {
  if (closed) return Promise.resolve({ code: null, output: 'the set-up is ending' });
  return new Promise((resolve) => {
    const child = spawn(program, args, { cwd, env, detached: true, stdio: ['pipe', 'pipe', 'pipe'] });
    let output = '';
    const keep = (/** @type {string} */ text) => {
      output = (output + text).slice(-KEPT_OUTPUT);
    };
    running.add(child);
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', keep);
    const settle = (/** @type {number | null} */ code) => {
      running.delete(child);
      resolve({ code, output });
    };
    child.on('error', (error) => {
      keep(error.message);
      settle(null);
    });
    child.on('close', settle);
    child.stdin.on('error', () => {}); // it may end before it has read everything
    child.stdin.end(input);
  });
}

/**
 * @param {import('node:child_process').ChildProcess} child
 * @param {NodeJS.Signals} signal
 */
function signalGroup(child, signal) {
  try {
    if (child.pid !== undefined) process.kill(-child.pid, signal);
  } catch {
    // the group is gone already
  }
}

/** Ends all children and theirs, and lets no new ones start; those that don't listen are killed after two seconds. */
export async function endChildren() {
  closed = true;
  const ending = [...running].map((child) => new Promise((resolve) => child.once('close', resolve)));
  for (const child of running) signalGroup(child, 'SIGTERM');
  const grace = new Promise((resolve) => setTimeout(resolve, GRACE_MS).unref());
  await Promise.race([Promise.all(ending), grace]);
  for (const child of running) signalGroup(child, 'SIGKILL');
}

/**
 * The last lines of a program's output without npm's warnings about its own settings, indented for a message.
 * @param {string} output
 * @param {number} [count]
 */
export function lastLines(output, count = 15) {
  const lines = output
    .split(/\r?\n|\r/)
    .map((line) => line.trimEnd())
    .filter((line) => line !== '' && !/^npm warn Unknown/i.test(line));
  return lines
    .slice(-count)
    .map((line) => `  ${line.length > LONGEST_LINE ? `${line.slice(0, LONGEST_LINE)}…` : line}`)
    .join('\n');
}
