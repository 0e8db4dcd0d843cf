// Runs programs for tests: with a deadline, and with what they said in the error.
import { spawn } from 'node:child_process';

/**
 * @typedef {object} RunOptions
 * @property {number} [seconds] after which it is killed; 60 if not given
 * @property {string} [cwd]
 * @property {NodeJS.ProcessEnv} [env]
 * @property {boolean} [show] writes what it says to stderr as it comes
 */

/** @typedef {{ code: number, stdout: string, output: string }} Outcome `output` has stdout and stderr as they came */

/**
 * @param {string} program
 * @param {readonly string[]} args
 * @param {RunOptions} [options]
 * @returns {Promise<Outcome>} also when it fails
 */
export function attempt(program, args, { seconds = 60, cwd, env, show = false } = {}) {
  return new Promise((resolve) => {
    const child = spawn(program, args, { cwd, env: env ?? process.env, stdio: ['ignore', 'pipe', 'pipe'] });
    const timer = setTimeout(() => {
      output += `\nkilled after ${seconds} s`;
      child.kill('SIGKILL');
    }, seconds * 1000);
    let [stdout, output] = ['', ''];
    child.stdout.on('data', (data) => (stdout += data));
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (data) => {
        output += data;
        if (show) process.stderr.write(data);
      });
    }
    const end = (/** @type {number} */ code) => {
      clearTimeout(timer);
      resolve({ code, stdout, output });
    };
    child.once('error', (error) => {
      output += error.message;
      end(127);
    });
    child.once('close', (code) => end(code ?? 1));
  });
}

/**
 * @param {string} program
 * @param {readonly string[]} args
 * @param {RunOptions} [options]
 * @returns {Promise<string>} stdout
 */
export async function run(program, args, options) {
  const { code, stdout, output } = await attempt(program, args, options);
  if (code === 0) return stdout;
  throw new Error(
    `${program} ${args.join(' ')} ended with ${code}:\n${output.trim().split('\n').slice(-60).join('\n')}`,
  );
}
