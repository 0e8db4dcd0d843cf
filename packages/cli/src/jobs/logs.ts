/** `lockstep job logs`: what coordinator and workers have logged about one job. */
import type { LogLine } from '@lockstep/core';
import { printResult, type Context } from '../commands/context.js';
import type { JobOptions } from '../commands/job-options.js';
import { connect } from '../connection/connect.js';
import { EXIT } from '../output/failure.js';
import { interruptible } from './watch-job.js';

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
    try {
      for await (const line of client.jobs.followLogs(id)) {
        context.output.result(json ? JSON.stringify(line) : renderLogLine(line));
      }
      return EXIT.done;
    } catch (error) {
      if (!happened()) throw error;
      return EXIT.interrupted;
    }
  });
}

/** As long as `coordinator`, so that messages stand below each other. */
const WRITER_WIDTH = 11;

/** `16:30:12.250 warn  coordinator worker lost  worker=w2` */
function renderLogLine({ time, level, worker, message, details }: LogLine): string {
  const facts = Object.entries(details).map(([key, value]) => `${visible(key)}=${fact(value)}`);
  const writer = (worker ?? 'coordinator').padEnd(WRITER_WIDTH);
  const start = [time.slice(11, 23), level.padEnd(5), writer, visible(message)].join(' ');
  return facts.length === 0 ? start : `${start}  ${facts.join(' ')}`;
}

function fact(value: unknown): string {
  return visible(typeof value === 'string' && /^[^\s"]+$/.test(value) ? value : JSON.stringify(value));
}

/** What comes from elsewhere must neither drive the terminal nor forge a line. */
function visible(text: string): string {
  const escape = (control: string): string => `\\u${control.charCodeAt(0).toString(16).padStart(4, '0')}`;
  return text.replace(/[\u0000-\u001f\u007f-\u009f]/g, escape);
}
