/** Gives workers credentials of their own on the bus, in a cluster that has them. */
import { isLockstepError } from '@lockstep/core';
import { subjects, workerOf, type EnrolFrame, type EnrolledFrame } from '@lockstep/proto';
import { DropLog } from '@lockstep/service';
import {
  subscribeFrames,
  type CredentialIssuer,
  type FrameMessage,
  type Subscription,
  type Transport,
} from '@lockstep/transport';
import type { Logger } from 'pino';
import { revokedReason } from './revoked-workers.js';

export interface EnrolmentContext {
  readonly transport: Transport;
  readonly issuer: CredentialIssuer;
  readonly log: Logger;
  /** How long a credential lets in; also how long a worker that is shut out may stay. */
  readonly seconds: number;
  /** Whether a worker of that name is in the cluster now. */
  readonly isMember: (worker: string) => boolean;
  readonly isRevoked: (worker: string) => boolean;
}

/** So that somebody who asks under ever new names cannot fill the memory. */
const MAX_KEYS = 10_000;

export class Enrolment {
  readonly #context: EnrolmentContext;
  readonly #subscription: Subscription;
  /** The key that a name's last credential was for. */
  readonly #keys = new Map<string, string>();

  constructor(context: EnrolmentContext) {
    this.#context = context;
    const drops = new DropLog(context.log);
    this.#subscription = subscribeFrames(
      context.transport.control,
      subjects.allEnrolments,
      (message) => {
        this.#onEnrol(message).catch((error: unknown) => {
          context.log.error({ error }, 'a worker could not be enrolled');
        });
      },
      (reason, detail, subject) => {
        drops.dropped(reason, detail, subject);
      },
    );
  }

  close(): void {
    this.#subscription.unsubscribe();
  }

  async #onEnrol({ frame, subject, respond }: FrameMessage): Promise<void> {
    if (frame.type !== 'enrol' || respond === undefined || workerOf(subject) !== frame.worker) return;
    const refusal = this.#refusal(frame);
    if (refusal !== undefined) {
      respond(this.#refused(frame, refusal));
      return;
    }
    const { issuer, seconds, log } = this.#context;
    const { worker, publicKey } = frame;
    try {
      const jwt = await issuer.issue({ worker, publicKey, seconds }, Date.now() / 1000);
      this.#remember(worker, publicKey);
      log.info({ worker, seconds }, 'worker enrolled');
      respond({ type: 'enrolled', accepted: true, reason: '', jwt, seconds });
    } catch (error) {
      if (!isLockstepError(error, 'INVALID_OPTION')) throw error;
      respond(this.#refused(frame, error.message));
    }
  }

  /** The newest names, and those whose worker is there: whoever asks under many names must not get at theirs. */
  #remember(worker: string, publicKey: string): void {
    this.#keys.delete(worker);
    this.#keys.set(worker, publicKey);
    if (this.#keys.size <= MAX_KEYS) return;
    for (const name of this.#keys.keys()) {
      if (this.#context.isMember(name)) continue;
      this.#keys.delete(name);
      return;
    }
  }

  #refusal({ worker, publicKey }: EnrolFrame): string | undefined {
    const { isMember, isRevoked } = this.#context;
    if (isRevoked(worker)) return revokedReason(worker);
    const known = this.#keys.get(worker);
    // Someone else must not take a name over while its worker is there: it would get its orders.
    if (known !== undefined && known !== publicKey && isMember(worker))
      return `there is a worker of the name ${worker} already`;
    return undefined;
  }

  #refused({ worker }: EnrolFrame, reason: string): EnrolledFrame {
    this.#context.log.warn({ worker, reason }, 'worker not enrolled');
    return { type: 'enrolled', accepted: false, reason, jwt: '', seconds: 0 };
  }
}
