/** Python scripts of this folder, run with the packages that `test/python/<name>.txt` lists. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const support = fileURLToPath(new URL('.', import.meta.url));

/** For the first time, when the packages are installed; TensorFlow's are 300 MB. */
export const INSTALL_MILLISECONDS = 600_000;

/** The path of a Python that has them. Throws with pip's own words when they cannot be installed. */
export function pythonWith(packages: 'tensorflow' | 'tensorboard'): string {
  const installer = [join(support, 'python-environment.mjs'), packages];
  return execFileSync(process.execPath, installer, { stdio: ['ignore', 'pipe', 'inherit'], encoding: 'utf8' }).trim();
}

/** What the script prints, which is JSON. Its own settings: a foreign Python has not those that decide bits here. */
export function runPython(python: string, script: string, args: readonly string[], input = ''): unknown {
  const env = {
    ...process.env,
    ...{ PYTHONPATH: '', TF_CPP_MIN_LOG_LEVEL: '3', CUDA_VISIBLE_DEVICES: '' },
    PROTOCOL_BUFFERS_PYTHON_IMPLEMENTATION: 'upb',
  };
  const options = { input, env, maxBuffer: 2 ** 26, encoding: 'utf8' } as const;
  return JSON.parse(execFileSync(python, [join(support, script), ...args], options));
}
