/** The end of the demo's job: its model in a folder, its report on stdout, and what to try next. */
import { join } from 'node:path';
import type { LockstepClient } from '@lockstep/client';
import type { JobStatus } from '@lockstep/core';
import { CLI_DEFAULTS } from '../options.js';
import { exitCodeOfState } from '../output/failure.js';
import type { Output } from '../output/output.js';
import { buildReport, renderReport } from '../output/report.js';
import { renderClosing } from './closing-lines.js';
import { saveModel } from './save-model.js';

export interface ConcludedDemo {
  readonly client: Pick<LockstepClient, 'models'>;
  readonly output: Output;
  readonly options: {
    readonly workers: number;
    readonly threads: number;
    readonly json: boolean;
    readonly outDir: string | undefined;
  };
}

/** @param killed ids of workers. @returns the exit code */
export async function concludeDemo(
  { client, output, options: { workers, threads, json, outDir } }: ConcludedDemo,
  status: JobStatus,
  killed: readonly string[],
): Promise<number> {
  const modelPath = await saveModel(client, status, outDir ?? join(CLI_DEFAULTS.outDir, status.name));
  const report = buildReport(status, { workers, threads, killed, modelPath });
  output.result(json ? JSON.stringify(report, undefined, 2) : renderReport(report, output.resultColumns()));
  for (const line of renderClosing(report, output.style)) output.say(line);
  return exitCodeOfState(status.state);
}
