/** Shows a job while it runs: one line drawn over itself on a terminal, else a line an epoch and whenever it waits. */
import type { JobEvent, JobStatus } from '@lockstep/core';
import type { Output } from './output.js';
import { renderEpochLine, renderProgressLine, renderWaiting } from './progress-line.js';

export interface JobDisplay {
  /** As the client tells them: a state first, and each epoch once. */
  show(event: JobEvent): void;
  /** A message in between, which the progress line makes room for. */
  say(text: string): void;
  /** Takes the progress line away. */
  end(): void;
}

const CLEAR_LINE = '\r\x1b[2K';
/** More often only costs the terminal; a state or an epoch is shown whenever it comes. */
const DRAW_AGAIN_MILLISECONDS = 100;

/** @param now a monotonic clock in milliseconds */
export function createJobDisplay(output: Output, now: () => number = () => performance.now()): JobDisplay {
  return output.isTerminal ? createTerminalDisplay(output, now) : createPlainDisplay(output);
}

function createTerminalDisplay(output: Output, now: () => number): JobDisplay {
  let status: JobStatus | undefined;
  let drawnAt = Number.NEGATIVE_INFINITY;
  const draw = (): void => {
    if (status === undefined) return;
    drawnAt = now();
    // One column is left free: a full line makes some terminals wrap.
    output.draw(`${CLEAR_LINE}${renderProgressLine(status, output.columns() - 1)}`);
  };
  return {
    show: (event) => {
      if (event.type === 'state') status = event.status;
      else if (event.type === 'progress' && status !== undefined) status = { ...status, progress: event.progress };
      else return;
      if (event.type === 'state' || now() - drawnAt >= DRAW_AGAIN_MILLISECONDS) draw();
    },
    say: (text) => {
      if (status !== undefined) output.draw(CLEAR_LINE);
      output.say(text);
      draw();
    },
    end: () => {
      if (status !== undefined) output.draw(CLEAR_LINE);
      status = undefined;
    },
  };
}

function createPlainDisplay(output: Output): JobDisplay {
  let epochs = 0;
  let waiting = '';
  const showState = (status: JobStatus): void => {
    epochs = status.epochs;
    const line = status.state === 'QUEUED' || status.state === 'STARTING' ? renderWaiting(status) : '';
    if (line !== '' && line !== waiting) output.say(line);
    waiting = line;
  };
  return {
    show: (event) => {
      if (event.type === 'epoch') output.say(renderEpochLine(event.epoch, epochs));
      if (event.type === 'state') showState(event.status);
    },
    say: (text) => {
      output.say(text);
    },
    end: () => undefined,
  };
}
