/** How a failure ends the command: what is said, and the exit code that scripts rely on. */
import { isLockstepError, type ErrorCode, type JobState, type JobStatus } from '@lockstep/core';
import type { Style } from './style.js';

export const EXIT = { done: 0, failed: 1, usage: 2, unreachable: 3, invalidSpec: 4, interrupted: 130 } as const;

const EXIT_BY_CODE: Readonly<Partial<Record<ErrorCode, number>>> = {
  INVALID_OPTION: EXIT.usage,
  NOT_FOUND: EXIT.usage,
  PORT_IN_USE: EXIT.usage,
  UNAUTHENTICATED: EXIT.usage,
  FORBIDDEN: EXIT.usage,
  NATS_REFUSED: EXIT.usage,
  NATS_NOT_TRUSTED: EXIT.usage,
  UNREACHABLE: EXIT.unreachable,
  TIMEOUT: EXIT.unreachable,
  INVALID_SPEC: EXIT.invalidSpec,
  MODEL_NOT_RECORDABLE: EXIT.invalidSpec,
  INVALID_MODEL: EXIT.invalidSpec,
  INVALID_INSTANCES: EXIT.invalidSpec,
  CANCELLED: EXIT.interrupted,
};

export function exitCodeOf(error: unknown): number {
  return isLockstepError(error) ? (EXIT_BY_CODE[error.code] ?? EXIT.failed) : EXIT.failed;
}

/** Of a command that waited for a job's end. */
export function exitCodeOfState(state: JobState): number {
  if (state === 'SUCCEEDED') return EXIT.done;
  return state === 'CANCELLED' ? EXIT.interrupted : EXIT.failed;
}

/** Why a job did not end well. */
export function renderJobFailure(
  { failure, state, name }: Pick<JobStatus, 'failure' | 'state' | 'name'>,
  style: Style,
): string[] {
  return [
    `${style.bad('✖')} ${name} ${state.toLowerCase()}${failure === null ? '' : `: ${failure.message}`}`,
    ...(failure?.hint === undefined ? [] : [`  ${failure.hint}`]),
    ...(failure === null ? [] : [`  ${style.faint(failure.code)}`]),
  ];
}

/** What was wrong, each fault on a line, what to do. An unexpected error keeps its stack: it is ours to mend. */
export function renderFailure(error: unknown, style: Style): string {
  if (!isLockstepError(error)) {
    const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return `${style.bad('✖')} unexpected error, please report it: ${stack}`;
  }
  return [
    `${style.bad('✖')} ${error.message}`,
    ...error.faults.map(({ path, message }) => `  ${path === '' ? '' : `${path}: `}${message}`),
    ...(error.hint === undefined ? [] : [`  ${error.hint}`]),
    `  ${style.faint(error.code)}`,
  ].join('\n');
}
