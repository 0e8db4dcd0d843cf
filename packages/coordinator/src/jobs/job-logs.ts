/**
 * The newest log lines of each job, for GET /jobs/{id}/logs. A destination of the log: it keeps the lines that a job's own
 * logger (`log.child({ job })`) has written.
 */
import type { LogLine } from '@lockstep/core';
import type { DestinationStream } from 'pino';

export const JOB_LOG_LIMITS = { lines: 500, jobs: 200, characters: 4000 } as const;

const LEVELS: ReadonlySet<unknown> = new Set<LogLine['level']>(['debug', 'info', 'warn', 'error']);
/** Said by every line, or given in a place of its own. */
const COMMON = new Set(['level', 'time', 'service', 'job', 'msg']);

export class JobLogs implements DestinationStream {
  /** The job that was heard of last is the last. */
  readonly #lines = new Map<string, LogLine[]>();
  #count = 0;

  write(text: string): void {
    if (text.includes('"job":"')) this.#keep(text);
  }

  /** Oldest first. */
  of(job: string): readonly LogLine[] {
    return this.#lines.get(job) ?? [];
  }

  #keep(text: string): void {
    const written = JSON.parse(text) as Record<string, unknown>;
    const { level, time, job, msg } = written;
    if (typeof job !== 'string') return;
    const lines = this.#lines.get(job) ?? [];
    this.#lines.delete(job);
    this.#lines.set(job, lines);
    this.#count += 1;
    lines.push({
      number: this.#count,
      time: String(time),
      level: LEVELS.has(level) ? (level as LogLine['level']) : 'error',
      message: (typeof msg === 'string' ? msg : '').slice(0, JOB_LOG_LIMITS.characters),
      details: text.length > JOB_LOG_LIMITS.characters ? {} : detailsOf(written),
    });
    if (lines.length > JOB_LOG_LIMITS.lines) lines.shift();
    if (this.#lines.size > JOB_LOG_LIMITS.jobs) this.#lines.delete(this.#lines.keys().next().value ?? '');
  }
}

function detailsOf(written: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(written).filter(([key]) => !COMMON.has(key)));
}
