/**
 * Keeps one process of the embedded cluster alive: started, watched, started again when it dies, ended for good when
 * the cluster ends.
 *
 * ```
 * stopped -> starting -> running -> waiting -> starting ...    (it died: a delay, then again)
 *                any -> stopping -> stopped                    (end)
 *           starting, waiting -> failed                        (it cannot be kept alive)
 *                    running -> left                          (it ended by itself and may)
 * ```
 */
import { setTimeout as delay } from 'node:timers/promises';
import { LockstepError } from '@lockstep/core';
import { describeExit, exitedError, startChild, type Child, type Command, type Exit } from './child.js';
import type { Guard } from './guard.js';
import { decideRestart, RESTART_DEFAULTS, type RestartLimits } from './restart-policy.js';

export type Lifecycle = 'stopped' | 'starting' | 'running' | 'waiting' | 'stopping' | 'failed' | 'left';

export interface ProcessOptions {
  readonly name: string;
  readonly logFile: string;
  readonly ipc: boolean;
  /** Made again for every start, since a later start may have to use what the first has learned, such as a port. */
  command(): Promise<Command>;
  /** Resolves when the started process can be worked with. Throws LockstepError. */
  ready(child: Child): Promise<void>;
  readonly limits?: RestartLimits;
  /** Whether it may end by itself, with exit code 0: it is not started again then. */
  readonly mayLeave?: boolean;
}

export interface Surroundings {
  readonly guard: Guard;
  /** One line for people. */
  say(line: string): void;
  /** Called once when a process cannot be kept alive. */
  fail(error: LockstepError): void;
}

/** How long a process may take to end by itself. */
const GRACE_MILLISECONDS = 5000;

export class SupervisedProcess {
  #lifecycle: Lifecycle = 'stopped';
  #child: Child | undefined;
  #watching: Promise<void> = Promise.resolve();
  readonly #ending = new AbortController();
  readonly #restarts: number[] = [];
  readonly #options: ProcessOptions;
  readonly #surroundings: Surroundings;

  constructor(options: ProcessOptions, surroundings: Surroundings) {
    this.#options = options;
    this.#surroundings = surroundings;
  }

  get name(): string {
    return this.#options.name;
  }

  get lifecycle(): Lifecycle {
    return this.#lifecycle;
  }

  /** Of the process that runs now; undefined between two. */
  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** The first start: its failure is the caller's. */
  async start(): Promise<void> {
    const child = await this.#launch();
    this.#watching = this.#watch(child);
  }

  /** Sends a signal to the process that runs now, as an operator would, and says whether there was one. */
  kill(signal: NodeJS.Signals): boolean {
    if (this.#lifecycle !== 'running') return false;
    this.#child?.kill(signal);
    return true;
  }

  /** Ends the process: SIGTERM, after the grace SIGKILL. Resolves when it is gone and never throws. */
  async stop(graceMilliseconds = GRACE_MILLISECONDS): Promise<void> {
    if (this.#lifecycle !== 'failed') this.#lifecycle = 'stopping';
    this.#ending.abort();
    await this.#end(graceMilliseconds);
    await this.#watching;
    // A start that was under way when we came may have brought one more process.
    await this.#end(graceMilliseconds);
    if (this.#lifecycle !== 'failed') this.#lifecycle = 'stopped';
  }

  /** Kills the process at once and starts none any more; `stop` still says when it is gone. */
  abandon(): void {
    this.#ending.abort();
    this.#child?.kill('SIGKILL');
  }

  async #end(graceMilliseconds: number): Promise<void> {
    const child = this.#child;
    if (child === undefined) return;
    child.kill('SIGTERM');
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
    }, graceMilliseconds);
    await child.exited;
    clearTimeout(timer);
    this.#forget(child);
  }

  async #launch(): Promise<Child> {
    this.#lifecycle = 'starting';
    const command = await this.#options.command();
    this.#throwIfEnding();
    const child = await startChild({ ...this.#options, command });
    this.#child = child;
    this.#surroundings.guard.add(child.pid);
    try {
      this.#throwIfEnding();
      await this.#options.ready(child);
      this.#throwIfEnding();
    } catch (error) {
      child.kill('SIGKILL');
      await child.exited;
      this.#forget(child);
      throw error;
    }
    this.#lifecycle = 'running';
    return child;
  }

  async #watch(first: Child): Promise<void> {
    let ended: Exit | string = await first.exited;
    this.#forget(first);
    while (!this.#ending.signal.aborted) {
      if (this.#hasLeft(ended)) return;
      const how = typeof ended === 'string' ? ended : describeExit(ended);
      const decision = decideRestart(performance.now(), this.#restarts, this.#options.limits ?? RESTART_DEFAULTS);
      if (decision.action === 'give-up') {
        await this.#giveUp(`${how}; ${decision.reason}`);
        return;
      }
      this.#lifecycle = 'waiting';
      this.#surroundings.say(`${this.name} ${how}: started again in ${decision.delayMilliseconds / 1000} s`);
      this.#restarts.push(performance.now());
      ended = await this.#again(decision.delayMilliseconds);
    }
  }

  #hasLeft(ended: Exit | string): boolean {
    if (this.#options.mayLeave !== true || typeof ended === 'string' || ended.code !== 0) return false;
    this.#lifecycle = 'left';
    this.#surroundings.say(`${this.name} has left and is not started again`);
    return true;
  }

  /** Waits, starts, and watches until the process has ended; gives its exit, or why there was no start. */
  async #again(delayMilliseconds: number): Promise<Exit | string> {
    try {
      await delay(delayMilliseconds, undefined, { signal: this.#ending.signal });
      const child = await this.#launch();
      this.#surroundings.say(`${this.name} is back`);
      const exit = await child.exited;
      this.#forget(child);
      return exit;
    } catch (error) {
      return `could not be started (${error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error)})`;
    }
  }

  async #giveUp(how: string): Promise<void> {
    this.#lifecycle = 'failed';
    this.#surroundings.fail(await exitedError(this.#options, how));
  }

  #forget(child: Child): void {
    if (this.#child !== child) return;
    this.#child = undefined;
    this.#surroundings.guard.remove(child.pid);
  }

  #throwIfEnding(): void {
    if (this.#ending.signal.aborted) throw new LockstepError('CANCELLED', `${this.name} is being ended`);
  }
}
