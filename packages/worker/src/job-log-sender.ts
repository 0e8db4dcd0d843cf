/**
 * Hands the log lines of jobs on to the coordinator, where whoever follows a job reads those of all its workers. It is a
 * courtesy: there are bounds on how many lines are kept and sent, what is over them is counted and left out, and
 * training never waits for it.
 */
import { LIMITS, plainText, type JobLogLine, type LogsFrame } from '@lockstep/proto';
import type { DestinationStream } from 'pino';

export const JOB_LOG_BOUNDS = {
  /** Lines at once, and each second from then on; of all jobs together. */
  burst: 100,
  perSecond: 10,
  /** Lines in a frame, and characters in all of them: three bytes each at most, and a small frame has 64 KiB. */
  frameLines: LIMITS.logLines,
  frameCharacters: 16_000,
  message: 2000,
  details: 4000,
} as const;

/** Lines of so long go together. */
const COLLECT_MILLISECONDS = 200;
/** Of lines that the coordinator is told at once, before what is said of the failure itself. */
const URGENT = new Set(['error', 'fatal']);
/** Said by every line, or sent in a place of its own. */
const COMMON = new Set(['level', 'time', 'service', 'worker', 'job', 'msg']);

interface Kept {
  readonly lines: JobLogLine[];
  dropped: number;
}

export class JobLogSender implements DestinationStream {
  readonly #worker: string;
  /** By job. */
  readonly #kept = new Map<string, Kept>();
  #send: ((frame: LogsFrame) => void) | undefined;
  #allowed: number = JOB_LOG_BOUNDS.burst;
  #filledAt = performance.now();
  #timer: NodeJS.Timeout | undefined;

  constructor(worker: string) {
    this.#worker = worker;
  }

  /** @param send what may throw: the lines are lost then */
  connect(send: (frame: LogsFrame) => void): void {
    this.#send = send;
  }

  /** A line of JSON. */
  write(text: string): void {
    if (!text.includes('"job":"')) return;
    const line = JSON.parse(text) as Record<string, unknown>;
    const { job, level } = line;
    if (typeof job !== 'string') return;
    const kept = this.#kept.get(job) ?? { lines: [], dropped: 0 };
    this.#kept.set(job, kept);
    if (this.#take()) kept.lines.push(lineOf(line));
    else kept.dropped += 1;
    if (URGENT.has(String(level))) this.flush();
    else this.#timer ??= setTimeout(() => this.flush(), COLLECT_MILLISECONDS).unref();
  }

  /** Sends what there is. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    // Without the coordinator they are kept: the rate bounds how many.
    if (this.#send === undefined) return;
    for (const [job, { lines, dropped }] of this.#kept) {
      const frames = framesOf(lines);
      for (const [index, part] of frames.entries()) {
        this.#sendFrame({ type: 'logs', worker: this.#worker, job, lines: part, dropped: index === 0 ? dropped : 0 });
      }
    }
    this.#kept.clear();
  }

  #sendFrame(frame: LogsFrame): void {
    try {
      this.#send?.(frame);
    } catch {
      // The connection is gone. To log that would be a line about lines; the process's own log has them all.
    }
  }

  /** Whether one more line may be sent. */
  #take(): boolean {
    const now = performance.now();
    const { burst, perSecond } = JOB_LOG_BOUNDS;
    this.#allowed = Math.min(burst, this.#allowed + ((now - this.#filledAt) / 1000) * perSecond);
    this.#filledAt = now;
    if (this.#allowed < 1) return false;
    this.#allowed -= 1;
    return true;
  }
}

function lineOf(written: Record<string, unknown>): JobLogLine {
  const { level, time, msg } = written;
  const details = JSON.stringify(Object.fromEntries(Object.entries(written).filter(([key]) => !COMMON.has(key))));
  return {
    milliseconds: Date.parse(String(time)) || 0,
    level: String(level),
    message: plainText(typeof msg === 'string' ? msg : '', JOB_LOG_BOUNDS.message),
    details: details.length > JOB_LOG_BOUNDS.details ? '{}' : plainText(details, JOB_LOG_BOUNDS.details),
  };
}

/** As many lines in each as it holds; one frame at least, since it also says how many lines are missing. */
function framesOf(lines: readonly JobLogLine[]): JobLogLine[][] {
  const frames: JobLogLine[][] = [[]];
  let characters = 0;
  for (const line of lines) {
    const length = line.message.length + line.details.length;
    const last = frames.at(-1) ?? [];
    if (last.length < JOB_LOG_BOUNDS.frameLines && characters + length <= JOB_LOG_BOUNDS.frameCharacters) {
      last.push(line);
      characters += length;
    } else {
      frames.push([line]);
      characters = length;
    }
  }
  return frames;
}
