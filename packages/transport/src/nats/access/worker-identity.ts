/** A worker's identity on the bus: a key pair that never leaves the process, and the credential that it has for it. */
import { createUser, type KeyPair } from '@nats-io/nkeys';
import { LockstepError } from '@lockstep/core';
import { decodeFrame, encodeFrame, subjects, type EnrolledFrame } from '@lockstep/proto';
import type { Bus } from '../../bus.js';
import type { NatsOptions } from '../connect.js';
import { inboxOf, JOIN_INBOX } from './permissions.js';

const ENROL_MILLISECONDS = 5000;

export class WorkerIdentity {
  readonly #worker: string;
  readonly #user: KeyPair = createUser();
  #jwt = '';

  constructor(worker: string) {
    this.#worker = worker;
  }

  /** How a process that has not enrolled yet connects. */
  static joining(joinCredentials: string): Pick<NatsOptions, 'credentials' | 'inboxPrefix'> {
    return { credentials: { type: 'creds', text: joinCredentials }, inboxPrefix: JOIN_INBOX };
  }

  /** How the worker connects, once it has enrolled. */
  get connection(): Pick<NatsOptions, 'credentials' | 'inboxPrefix'> {
    const credentials = { type: 'jwt', jwt: () => this.#jwt, seed: this.#user.getSeed() } as const;
    return { credentials, inboxPrefix: inboxOf(this.#worker) };
  }

  /**
   * Asks for a credential, the first or the next.
   * @returns seconds for which it lets in
   * @throws LockstepError WORKER_REFUSED when the coordinator says no; UNREACHABLE or TIMEOUT when none answers
   */
  async enrol(bus: Bus): Promise<number> {
    const enrol = encodeFrame({ type: 'enrol', worker: this.#worker, publicKey: this.#user.getPublicKey() });
    const answer = decodeFrame(await bus.request(subjects.enrol(this.#worker), enrol, ENROL_MILLISECONDS));
    if (!answer.ok || answer.frame.type !== 'enrolled') {
      throw new LockstepError('FRAME_INVALID', 'The answer to an enrolment cannot be read.', {
        hint: 'bring coordinator and worker to the same version',
      });
    }
    return this.#take(answer.frame);
  }

  #take({ accepted, reason, jwt, seconds }: EnrolledFrame): number {
    if (!accepted) throw new LockstepError('WORKER_REFUSED', `the coordinator refused to enrol it: ${reason}`);
    this.#jwt = jwt;
    return seconds;
  }
}
