/**
 * The newest log lines of each job, for GET /jobs/{id}/logs: those that a job's own logger (`log.child({ job })`) has
 * written here, and those that the job's workers have sent.
 */
import { randomUUID } from 'node:crypto';
import type { LogLine } from '@lockstep/core';
import type { LogsFrame } from '@lockstep/proto';
import type { DestinationStream } from 'pino';

export const JOB_LOG_LIMITS = {
  jobs: 200,
  /** Of a job. */
  lines: 1000,
  /** Of all lines of a job. */
  jobCharacters: 2 ** 20,
  /** Of a message, and of what else a line says. */
  characters: 4000,
} as const;

/** Said by every line, or given in a place of its own. */
const COMMON = new Set(['level', 'time', 'service', 'job', 'msg']);

interface KeptLine {
  readonly line: LogLine;
  readonly characters: number;
}

interface Amount {
  lines: number;
  characters: number;
}

interface JobLog {
  /** Oldest first. */
  readonly kept: KeptLine[];
  /** By who wrote them. */
  readonly amounts: Map<string | null, Amount>;
  readonly all: Amount;
}

/** A destination of the log. */
export class JobLogs implements DestinationStream {
  /** Numbers of lines mean something together with this alone: the next coordinator begins again. */
  readonly id = randomUUID();
  /** The job that was heard of last is the last. */
  readonly #logs = new Map<string, JobLog>();
  #count = 0;

  write(text: string): void {
    if (!text.includes('"job":"')) return;
    const written = JSON.parse(text) as Record<string, unknown>;
    const { level, time, job, msg } = written;
    if (typeof job !== 'string') return;
    const isLong = text.length > JOB_LOG_LIMITS.characters;
    const details = isLong ? {} : detailsOf(written);
    const message = typeof msg === 'string' ? msg : '';
    const line = { time: String(time), worker: null, level: levelOf(level), message, details };
    this.#add(job, line, isLong ? 0 : text.length);
  }

  /** What a worker has sent. Whether it may write to that job's log has been asked before. */
  take({ worker, job, lines, dropped }: LogsFrame): void {
    if (dropped > 0) {
      const message = `${dropped} lines of this worker are left out here: its own log has them`;
      this.#add(job, { time: new Date().toISOString(), worker, level: 'warn', message, details: {} }, 0);
    }
    for (const { milliseconds, level, message, details } of lines) {
      const time = new Date(Math.min(milliseconds, LAST_INSTANT)).toISOString();
      const said = details.length > JOB_LOG_LIMITS.characters ? '{}' : details;
      this.#add(job, { time, worker, level: levelOf(level), message, details: parseDetails(said) }, said.length);
    }
  }

  /** Those with a larger number than `after`, oldest first. */
  of(job: string, after = 0): readonly LogLine[] {
    return this.#logs.get(job)?.kept.flatMap(({ line }) => (line.number > after ? [line] : [])) ?? [];
  }

  /** @param detailCharacters how long the details were when they were text */
  #add(job: string, written: Omit<LogLine, 'number'>, detailCharacters: number): void {
    const log = this.#logs.get(job) ?? { kept: [], amounts: new Map(), all: { lines: 0, characters: 0 } };
    this.#logs.delete(job);
    this.#logs.set(job, log);
    this.#count += 1;
    const message = written.message.slice(0, JOB_LOG_LIMITS.characters);
    const line = { number: this.#count, ...written, message };
    keep(log, { line, characters: message.length + detailCharacters });
    if (log.all.lines > JOB_LOG_LIMITS.lines) makeRoom(log, 'lines');
    while (log.all.characters > JOB_LOG_LIMITS.jobCharacters) makeRoom(log, 'characters');
    if (this.#logs.size > JOB_LOG_LIMITS.jobs) this.#logs.delete(this.#logs.keys().next().value ?? '');
  }
}

/** The last that a Date can be. */
const LAST_INSTANT = 8.64e15;

function keep({ kept, amounts, all }: JobLog, added: KeptLine): void {
  const { worker } = added.line;
  const amount = amounts.get(worker) ?? { lines: 0, characters: 0 };
  amounts.set(worker, amount);
  for (const counted of [amount, all]) {
    counted.lines += 1;
    counted.characters += added.characters;
  }
  kept.push(added);
}

/** Takes the oldest line of whoever has written most: one that never stops does not drive out what the others say. */
function makeRoom({ kept, amounts, all }: JobLog, measure: keyof Amount): void {
  const [most, amount] = [...amounts].reduce((a, b) => (b[1][measure] > a[1][measure] ? b : a));
  const [taken] = kept.splice(
    kept.findIndex(({ line }) => line.worker === most),
    1,
  );
  for (const counted of [amount, all]) {
    counted.lines -= 1;
    counted.characters -= taken?.characters ?? 0;
  }
  if (amount.lines === 0) amounts.delete(most);
}

function levelOf(level: unknown): LogLine['level'] {
  if (level === 'debug' || level === 'info' || level === 'warn') return level;
  return 'error';
}

function detailsOf(written: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(written).filter(([key]) => !COMMON.has(key)));
}

/** Of a worker, which may send anything. */
function parseDetails(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};
  } catch {
    return {};
  }
}
