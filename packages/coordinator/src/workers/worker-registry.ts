/** The cluster's workers: admits them, hears their heartbeats, notices losses, and passes on what they say. */
import { randomUUID } from 'node:crypto';
import { LockstepError, Membership, MEMBERSHIP_DEFAULTS, type LossReason, type Member } from '@lockstep/core';
import {
  agreeOnProtocol,
  PROTOCOL,
  rangeOf,
  subjects,
  workerOf,
  type Frame,
  type HeldJob,
  type LogsFrame,
  type PartFrame,
  type WelcomeFrame,
} from '@lockstep/proto';
import { DropLog } from '@lockstep/service';
import {
  publishFrame,
  subscribeFrames,
  type FrameMessage,
  type OnRefused,
  type Subscription,
  type Transport,
} from '@lockstep/transport';
import type { Logger } from 'pino';
import type { DropReason } from '../training/training-observer.js';
import { revokedReason } from './revoked-workers.js';

/** `left`: it said so, is sent away, or says hello anew; `heartbeat`: it is not heard any more. */
export type Departure = Extract<LossReason, 'left' | 'heartbeat'>;

export interface RegistryListener {
  workerJoined(member: Member): void;
  /** It begins nothing any more, and will leave. */
  workerDraining(worker: string): void;
  /** Once for each that joined, whether it drained before or not. */
  workerLost(member: Member, reason: Departure): void;
  /** With a heartbeat: jobs that an admitted worker has not been released from. */
  workerHolds(member: Member, holds: readonly HeldJob[]): void;
  /** prepared, parametersReceived, pullParameters or failed, from an admitted worker. */
  workerSaid(frame: Frame): void;
  part(frame: PartFrame): void;
  /** Lines of an admitted worker about a job, which need not be one of its. */
  logged(frame: LogsFrame): void;
  /** A frame was refused and dropped. */
  frameDropped(reason: DropReason): void;
}

const CHECK_MILLISECONDS = 250;

export class WorkerRegistry {
  readonly #transport: Transport;
  readonly #log: Logger;
  readonly #listener: RegistryListener;
  readonly #isRevoked: (worker: string) => boolean;
  readonly #membership = new Membership();
  /** Sessions that are to end. */
  readonly #drained = new Set<string>();
  readonly #subscriptions: Subscription[];
  readonly #timer: NodeJS.Timeout;

  /** @param isRevoked whether a worker is shut out */
  constructor(
    transport: Transport,
    log: Logger,
    listener: RegistryListener,
    isRevoked: (worker: string) => boolean = () => false,
  ) {
    this.#transport = transport;
    this.#log = log;
    this.#listener = listener;
    this.#isRevoked = isRevoked;
    const drops = new DropLog(log);
    const onRefused: OnRefused = (reason, detail, subject) => {
      drops.dropped(reason, detail, subject);
      listener.frameDropped(reason);
    };
    const { control, bulk } = transport;
    this.#subscriptions = [
      subscribeFrames(control, subjects.allHellos, (message) => this.#onHello(message), onRefused),
      subscribeFrames(control, subjects.formerHello, (message) => this.#onHello(message), onRefused),
      subscribeFrames(control, subjects.allHeartbeats, (message) => this.#onHeartbeat(message), onRefused),
      subscribeFrames(control, subjects.allRequests, (message) => this.#onRequest(message), onRefused),
      subscribeFrames(control, subjects.allLogs, (message) => this.#onLogs(message), onRefused),
      subscribeFrames(bulk, subjects.allParts, (message) => this.#onPart(message), onRefused),
    ];
    this.#timer = setInterval(() => {
      this.#expire();
    }, CHECK_MILLISECONDS);
  }

  get members(): readonly Member[] {
    return this.#membership.members;
  }

  get(worker: string): Member | undefined {
    return this.#membership.get(worker);
  }

  /**
   * Tells a worker to finish what it computes, to leave and to end; again with each of its heartbeats, until it does.
   * @throws LockstepError NOT_FOUND
   */
  drain(worker: string): Member {
    const member = this.#membership.get(worker);
    if (member === undefined) {
      throw new LockstepError('NOT_FOUND', `there is no worker ${JSON.stringify(worker.slice(0, 80))}`);
    }
    this.#drained.add(member.session);
    this.#orderDrain(member);
    return member;
  }

  /**
   * Has a worker end and gives its work to others at once, for one that is shut out: nothing is taken from it any more,
   * not even what it has begun.
   */
  evict(worker: string): void {
    const member = this.#membership.get(worker);
    if (member === undefined) return;
    this.#orderDrain(member);
    // Not as drained: what that one has begun is waited for.
    this.#lose(member, 'left');
  }

  close(): void {
    clearInterval(this.#timer);
    for (const subscription of this.#subscriptions) subscription.unsubscribe();
  }

  #onHello({ frame, subject, respond }: FrameMessage): void {
    if (frame.type !== 'hello' || respond === undefined) return;
    // Who may publish where all workers do is let in by the bus, or there are no credentials at all.
    if (subject !== subjects.formerHello && workerOf(subject) !== frame.worker) return;
    const agreement = this.#isRevoked(frame.worker)
      ? { refusal: revokedReason(frame.worker) }
      : agreeOnProtocol(rangeOf(frame), PROTOCOL);
    if ('refusal' in agreement) {
      this.#log.warn({ worker: frame.worker, refusal: agreement.refusal }, 'worker refused');
      respond(refused(agreement.refusal));
      return;
    }
    const before = this.#membership.get(frame.worker);
    if (before !== undefined) this.#lose(before, 'left');
    const { type: _type, protocol: _oldest, newestProtocol: _newest, ...hello } = frame;
    const { worker, threads, host, pid } = hello;
    const session = randomUUID();
    const member = { ...hello, session, lastHeard: performance.now(), draining: false };
    this.#membership.admit(member);
    const { heartbeatMilliseconds } = MEMBERSHIP_DEFAULTS;
    const protocol = agreement.version;
    respond({ type: 'welcome', accepted: true, reason: '', heartbeatMilliseconds, session, protocol });
    this.#log.info({ worker, threads, host, pid, protocol }, 'worker joined');
    this.#listener.workerJoined(member);
  }

  #onHeartbeat({ frame, subject }: FrameMessage): void {
    if (frame.type !== 'heartbeat' || workerOf(subject) !== frame.worker) return;
    const { worker, session, draining, holds } = frame;
    const before = this.#membership.get(worker);
    if (this.#membership.heard(worker, session, draining, performance.now())) {
      if (draining && before?.draining === false) this.#listener.workerDraining(worker);
      if (!draining && before !== undefined && this.#drained.has(session)) this.#orderDrain(before);
      if (before !== undefined && holds.length > 0) this.#listener.workerHolds(before, holds);
      return;
    }
    publishFrame(this.#transport.control, subjects.order(worker), refused('the session is not known', session));
  }

  #onRequest({ frame, subject }: FrameMessage): void {
    if (!('worker' in frame) || workerOf(subject) !== frame.worker) return;
    const member = this.#membership.get(frame.worker);
    if (member === undefined) return;
    if (frame.type !== 'leave') this.#listener.workerSaid(frame);
    else if (frame.session === member.session) this.#lose(member, 'left');
  }

  #onLogs({ frame, subject }: FrameMessage): void {
    if (frame.type !== 'logs' || workerOf(subject) !== frame.worker) this.#listener.frameDropped('foreign-worker');
    else if (this.#membership.get(frame.worker) !== undefined) this.#listener.logged(frame);
  }

  #onPart({ frame, subject }: FrameMessage): void {
    if (frame.type !== 'part' || workerOf(subject) !== frame.worker) this.#listener.frameDropped('foreign-worker');
    else if (this.#isRevoked(frame.worker)) this.#listener.frameDropped('revoked-worker');
    else this.#listener.part(frame);
  }

  #expire(): void {
    for (const member of this.#membership.expire(performance.now())) this.#lose(member, 'heartbeat');
  }

  #orderDrain({ worker, session }: Member): void {
    publishFrame(this.#transport.control, subjects.order(worker), { type: 'drain', session });
  }

  #lose(member: Member, reason: Departure): void {
    const { worker, session, draining } = member;
    this.#drained.delete(session);
    this.#membership.remove(worker);
    this.#log.warn({ worker, reason, draining }, 'worker lost');
    this.#listener.workerLost(member, reason);
  }
}

/** @param session that is over; empty where there was none */
function refused(reason: string, session = ''): WelcomeFrame {
  return { type: 'welcome', accepted: false, reason, heartbeatMilliseconds: 0, session, protocol: 0 };
}
