/** `lockstep job logs`: the service's log about one job. */
import { setTimeout as delay } from 'node:timers/promises';
import { isFinal, type LogLine } from '@lockstep/core';
import { printResult, type Context } from '../commands/context.js';
import type { JobOptions } from '../commands/job-options.js';
import { connect } from '../connection/connect.js';
import { EXIT } from '../output/failure.js';
import { interruptible } from './watch-job.js';

/** Lines are asked for, not pushed: as often as a person reads them. */
const ASK_AGAIN_MILLISECONDS = 500;

/** @returns the exit code */
export function printLogs(
  context: Context,
  id: string,
  { follow, json = false, ...options }: Omit<JobOptions, 'json'> & { readonly follow?: true; readonly json?: boolean },
): Promise<number> {
  return interruptible(async ({ signal, happened }) => {
    const client = await connect(context, options, signal);
    if (follow !== true) {
      const lines = await client.jobs.logs(id);
      printResult(context, json, lines, lines.map(renderLogLine).join('\n'));
      if (lines.length === 0) context.output.say('the service has noted nothing about this job since it was started');
      return EXIT.done;
    }
    let after = -1;
    try {
      for (;;) {
        // Asked before the lines are: what is noted at a job's end is there once the job says that it is over.
        const { state } = await client.jobs.get(id);
        const lines = await client.jobs.logs(id, after);
        for (const line of lines) context.output.result(json ? JSON.stringify(line) : renderLogLine(line));
        after = lines.at(-1)?.number ?? after;
        if (isFinal(state)) return EXIT.done;
        await delay(ASK_AGAIN_MILLISECONDS, undefined, { signal });
      }
    } catch (error) {
      if (!happened()) throw error;
      return EXIT.interrupted;
    }
  });
}

/** `16:30:12.250 warn  worker lost  worker=w2` */
function renderLogLine({ time, level, message, details }: LogLine): string {
  const facts = Object.entries(details).map(([key, value]) => `${key}=${fact(value)}`);
  return [time.slice(11, 23), level.padEnd(5), message, ...(facts.length === 0 ? [] : [` ${facts.join(' ')}`])].join(
    ' ',
  );
}

function fact(value: unknown): string {
  return typeof value === 'string' && /^[^\s"]+$/.test(value) ? value : JSON.stringify(value);
}
