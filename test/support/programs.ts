/** Programs of other projects that tests run, found or fetched by the scripts beside this file. */
import { execFileSync, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const support = fileURLToPath(new URL('.', import.meta.url));

/** For the first time, when a package is downloaded or built. */
export const FETCH_MILLISECONDS = 300_000;

export interface PrometheusPrograms {
  readonly prometheus: string;
  readonly promtool: string;
}

/** Throws when there are none, after the reason and a remedy on stderr. */
export function prometheusPrograms(): PrometheusPrograms {
  const script = join(support, 'prometheus-programs.mjs');
  const output = execFileSync(process.execPath, [script], {
    stdio: ['ignore', 'pipe', 'inherit'],
    encoding: 'utf8',
    timeout: FETCH_MILLISECONDS,
  });
  return JSON.parse(output) as PrometheusPrograms;
}

/** Runs promtool, and throws with all it says when it is not content. */
export function promtool(...args: readonly string[]): string {
  const options = { encoding: 'utf8', timeout: 60_000 } as const;
  const { status, stdout, stderr } = spawnSync(prometheusPrograms().promtool, args, options);
  if (status !== 0) throw new Error(`promtool ${args.join(' ')}\n${stdout}\n${stderr}`);
  return stdout;
}
