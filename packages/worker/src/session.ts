/** A worker's place in the cluster: says hello, sends heartbeats, and takes the coordinator's orders. */
import { LockstepError } from '@lockstep/core';
import {
  agreeOnProtocol,
  decodeFrame,
  encodeFrame,
  LIMITS,
  PROTOCOL,
  subjects,
  type Frame,
  type PrepareFrame,
  type WelcomeFrame,
} from '@lockstep/proto';
import { publishFrame, subscribeOrders, type Subscription } from '@lockstep/transport';
import { JobMember, type JobMemberContext } from './job-member.js';

export interface SessionContext extends JobMemberContext {
  readonly threads: number;
  /** What all jobs together may take of this worker's memory. */
  readonly memoryBytes: number;
  readonly host: string;
  /** Sends the lines about jobs that wait to be sent. */
  readonly flushLogs: () => void;
  /** Whether to look for a coordinator of version 1 too: on a bus with credentials there is none, and nothing lets to it. */
  readonly seeksFormer: boolean;
  /** A coordinator that was restarted does not admit this worker any more: it has nothing left to do. */
  readonly onShutOut: (error: unknown) => void;
  /** The coordinator wants this worker to leave and to end. */
  readonly onDrain: () => void;
}

const HELLO_TIMEOUT_MILLISECONDS = 2000;
const HELLO_RETRY_MILLISECONDS = 250;
const SAY_WAITING_MILLISECONDS = 10_000;
/** How long a draining worker may take to finish what it has begun. */
const DRAIN_DEADLINE_MILLISECONDS = 8000;
const DRAIN_POLL_MILLISECONDS = 20;

/** joining: says hello; joined: has a session; leaving: finishes its ranges; left: sends nothing any more. */
export type SessionState = 'joining' | 'joined' | 'leaving' | 'left';

export class Session {
  readonly #context: SessionContext;
  readonly #members = new Map<string, JobMember>();
  #state: SessionState = 'joining';
  #session = '';
  #heartbeat: NodeJS.Timeout | undefined;
  #orders: Subscription | undefined;

  constructor(context: SessionContext) {
    this.#context = context;
    context.transport.onStatus(({ type }) => {
      if (type === 'reconnected') this.sayAgain();
    });
  }

  get state(): SessionState {
    return this.#state;
  }

  /**
   * Asks to be admitted until a coordinator answers.
   * @throws LockstepError WORKER_REFUSED when it says no
   */
  async join(): Promise<void> {
    const { transport, worker, onRefused, log } = this.#context;
    this.#orders ??= subscribeOrders(
      transport.control,
      subjects.order(worker),
      ({ frame }) => {
        this.#onOrder(frame);
      },
      onRefused,
    );
    this.#state = 'joining';
    const welcome = await this.#welcomed();
    if (welcome === undefined) return;
    const protocol = agreedProtocol(welcome);
    this.#session = welcome.session;
    this.#state = 'joined';
    this.#startHeartbeats(welcome.heartbeatMilliseconds);
    log.info({ session: welcome.session, protocol }, 'joined the cluster');
  }

  /** Finishes running ranges, tells the coordinator and lets go of all jobs. */
  async leave(): Promise<void> {
    if (this.#state === 'left') return;
    const joined = this.#state === 'joined';
    this.#state = 'leaving';
    const { transport, worker } = this.#context;
    const deadline = performance.now() + DRAIN_DEADLINE_MILLISECONDS;
    if (joined) this.#sendHeartbeat();
    while ([...this.#members.values()].some((member) => member.busy) && performance.now() < deadline) {
      await delay(DRAIN_POLL_MILLISECONDS);
    }
    clearInterval(this.#heartbeat);
    // The coordinator hears nothing of a worker that has left.
    this.#context.flushLogs();
    if (joined)
      publishFrame(transport.control, subjects.request(worker), { type: 'leave', worker, session: this.#session });
    this.#state = 'left';
    this.#releaseAll();
    this.#orders?.unsubscribe();
    await transport.bulk.flush().catch(() => undefined);
    await transport.control.flush().catch(() => undefined);
  }

  /** The connection was away, and with it perhaps what a job's coordinator or this worker has said. */
  sayAgain(): void {
    if (this.#state !== 'joined') return;
    for (const member of this.#members.values()) member.sayAgain();
  }

  /** Says hello until a coordinator answers; nothing when the worker leaves meanwhile. */
  async #welcomed(): Promise<WelcomeFrame | undefined> {
    const started = performance.now();
    let said = started;
    for (;;) {
      const welcome = await this.#hello();
      if (this.#state !== 'joining') return undefined;
      if (welcome !== undefined) return welcome;
      if (performance.now() - said >= SAY_WAITING_MILLISECONDS) {
        said = performance.now();
        this.#context.log.warn(`no coordinator has answered for ${Math.round((said - started) / 1000)} s`);
      }
      await delay(HELLO_RETRY_MILLISECONDS);
    }
  }

  /** Nothing when nobody answers in time. */
  async #hello(): Promise<WelcomeFrame | undefined> {
    const { transport, worker, threads, memoryBytes, host } = this.#context;
    const hello = encodeFrame({
      type: 'hello',
      worker,
      protocol: PROTOCOL.oldest,
      newestProtocol: PROTOCOL.newest,
      threads,
      host,
      pid: process.pid,
      cpuClass: `${process.platform} ${process.arch}`,
      memoryBytes,
    });
    const places = [subjects.hello(worker), ...(this.#context.seeksFormer ? [subjects.formerHello] : [])];
    for (const place of places) {
      const answer = await transport.control.request(place, hello, HELLO_TIMEOUT_MILLISECONDS).catch(() => undefined);
      const result = answer && decodeFrame(answer);
      if (result?.ok === true && result.frame.type === 'welcome') return result.frame;
    }
    return undefined;
  }

  #startHeartbeats(milliseconds: number): void {
    clearInterval(this.#heartbeat);
    this.#heartbeat = setInterval(() => {
      this.#sendHeartbeat();
    }, milliseconds);
    this.#sendHeartbeat();
  }

  #sendHeartbeat(): void {
    const { transport, worker, log } = this.#context;
    const draining = this.#state === 'leaving';
    try {
      publishFrame(transport.control, subjects.heartbeat(worker), {
        type: 'heartbeat',
        worker,
        session: this.#session,
        draining,
        holds: [...this.#members.values()].slice(0, LIMITS.heldJobs).map(({ job, term }) => ({ job, term })),
      });
    } catch (error) {
      log.warn({ error }, 'heartbeat not sent');
    }
  }

  #onOrder(frame: Frame): void {
    switch (frame.type) {
      case 'welcome':
        // A coordinator that does not know the session: it was restarted, or took this worker for lost. Others can have
        // answers to their own hello sent here, but they do not know the session.
        if (!frame.accepted && this.#state === 'joined' && frame.session === this.#session) this.#rejoin(frame.reason);
        return;
      case 'prepare':
        this.#prepare(frame);
        return;
      case 'release':
        this.#release(frame.job, frame.term);
        return;
      case 'credit':
        this.#member(frame.job, frame.term)?.credit(frame.bytes);
        return;
      case 'drain':
        if (this.#state === 'joined' && frame.session === this.#session) this.#context.onDrain();
        return;
      default:
        this.#context.log.warn({ type: frame.type }, 'unexpected order');
    }
  }

  #member(job: string, term: number): JobMember | undefined {
    const member = this.#members.get(job);
    return member?.term === term ? member : undefined;
  }

  #prepare(order: PrepareFrame): void {
    // Who is about to leave takes nothing on.
    if (this.#state === 'leaving' || this.#state === 'left') return;
    const before = this.#members.get(order.job);
    // A coordinator that has lost the job to another one does not know it yet.
    if (before !== undefined && before.term > order.term) return;
    if (before?.term === order.term && before.answerAgain()) return;
    before?.release();
    const member = new JobMember(this.#context, order);
    this.#members.set(member.job, member);
    member.prepare().catch((error: unknown) => {
      member.failed(0, error);
    });
  }

  #release(job: string, term: number): void {
    const member = this.#member(job, term);
    if (member === undefined) return;
    member.release();
    this.#members.delete(job);
  }

  #rejoin(reason: string): void {
    this.#context.log.warn({ reason }, 'saying hello again');
    clearInterval(this.#heartbeat);
    this.#releaseAll();
    this.join().catch((error: unknown) => {
      this.#context.log.error({ error }, 'could not join again');
      this.#context.onShutOut(error);
    });
  }

  #releaseAll(): void {
    for (const member of this.#members.values()) member.release();
    this.#members.clear();
  }
}

/** @throws LockstepError WORKER_REFUSED */
function agreedProtocol({ accepted, reason, protocol }: WelcomeFrame): number {
  // A coordinator of version 1 names none.
  const version = Math.max(1, protocol);
  const agreement = agreeOnProtocol(PROTOCOL, { oldest: version, newest: version });
  const refusal = !accepted ? reason : 'refusal' in agreement ? agreement.refusal : undefined;
  if (refusal === undefined) return version;
  throw new LockstepError('WORKER_REFUSED', `the coordinator refused: ${refusal}`);
}

function delay(milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, milliseconds);
  });
}
