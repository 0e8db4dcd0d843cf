/** One process of the embedded cluster, from its start until it is gone. */
import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { LockstepError } from '@lockstep/core';
import { environmentOfServices } from '../options.js';
import { readLastLines } from './log-tail.js';
import { errorFromMessage, parseServiceMessage } from './messages.js';

export interface Command {
  readonly file: string;
  readonly args: readonly string[];
}

export interface ChildOptions {
  /** For messages, such as `worker w2`. */
  readonly name: string;
  readonly command: Command;
  /** Output and errors are appended here. */
  readonly logFile: string;
  /** Whether the process speaks over an IPC channel: it then says itself when it is ready. */
  readonly ipc: boolean;
}

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface Child {
  readonly name: string;
  readonly pid: number;
  /** Resolves when the process is gone. */
  readonly exited: Promise<Exit>;
  /**
   * Resolves with the URL it gives, if any, when it has said over the IPC channel that it is ready.
   * @throws LockstepError the failure it reported, or PROCESS_EXITED with the last lines of its log, or TIMEOUT.
   */
  ready(timeoutMilliseconds: number): Promise<string | undefined>;
  kill(signal: NodeJS.Signals): void;
}

/** @throws LockstepError PROCESS_EXITED when the program cannot be started at all. */
export async function startChild(options: ChildOptions): Promise<Child> {
  const log = openSync(options.logFile, 'a');
  // Detached: Ctrl-C on a terminal reaches every process of the group, and the order of ending is ours to choose.
  const child = spawn(options.command.file, options.command.args, {
    stdio: ['ignore', log, log, ...(options.ipc ? (['ipc'] as const) : [])],
    detached: true,
    env: environmentOfServices(),
  });
  closeSync(log);
  const exited = new Promise<Exit>((resolve) => {
    child.once('exit', (code, signal) => {
      resolve({ code, signal });
    });
  });
  const ready = options.ipc ? listen(child, options) : Promise.resolve(undefined);
  // Nobody may be waiting for it when the process ends early; whoever asks later still gets the reason.
  ready.catch(() => undefined);
  const pid = await spawned(child, options);
  return {
    name: options.name,
    pid,
    exited,
    ready: (timeoutMilliseconds) => withDeadline(ready, timeoutMilliseconds, options),
    kill: (signal) => {
      if (child.exitCode === null && child.signalCode === null) child.kill(signal);
    },
  };
}

/** The error for a process that ended when it should not, with what it said last. */
export async function exitedError(
  options: Pick<ChildOptions, 'name' | 'logFile'>,
  how: string,
): Promise<LockstepError> {
  const lines = await readLastLines(options.logFile);
  const said =
    lines.length === 0 ? 'its log is empty' : `the end of its log:\n${lines.map((line) => `  ${line}`).join('\n')}`;
  return new LockstepError('PROCESS_EXITED', `${options.name} ${how}; ${said}`, {
    hint: `its log: ${options.logFile}`,
  });
}

export function describeExit(exit: Exit): string {
  return exit.signal === null ? `ended with exit code ${exit.code ?? 'unknown'}` : `was ended by ${exit.signal}`;
}

function spawned(child: ChildProcess, options: ChildOptions): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once('error', (cause) => {
      const message = `${options.name} could not be started: ${cause.message}`;
      reject(new LockstepError('PROCESS_EXITED', message, { cause }));
    });
    const { pid } = child;
    if (pid !== undefined) resolve(pid);
  });
}

function listen(child: ChildProcess, options: ChildOptions): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    child.on('message', (value) => {
      const message = parseServiceMessage(value);
      if (message?.type === 'ready') resolve(message.url);
      if (message?.type === 'failed') reject(errorFromMessage(message, options.name));
    });
    child.once('exit', (code, signal) => {
      void exitedError(options, `${describeExit({ code, signal })} before it was ready`).then(reject);
    });
  });
}

async function withDeadline<T>(promise: Promise<T>, milliseconds: number, options: ChildOptions): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      const message = `${options.name} was not ready within ${milliseconds / 1000} s`;
      reject(new LockstepError('TIMEOUT', message, { hint: `its log: ${options.logFile}` }));
    }, milliseconds);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
