/** Whether a worker can do its part: a coordinator has admitted it, and NATS answers. */
import { withDeadline, type Transport } from '@lockstep/transport';
import type { Session } from '../session.js';

/** Health checks have a time-out of their own; ours ends first and says why. */
const PATIENCE_MILLISECONDS = 2000;

export class Readiness {
  #transport: Pick<Transport, 'control'> | undefined;
  #session: Pick<Session, 'state'> | undefined;

  connected(transport: Pick<Transport, 'control'>): void {
    this.#transport = transport;
  }

  opened(session: Pick<Session, 'state'>): void {
    this.#session = session;
  }

  /** Why it cannot; undefined when it can. */
  async unready(): Promise<string | undefined> {
    if (this.#transport === undefined) return 'NATS, or the coordinator before it, has not let it in yet';
    const state = this.#session?.state ?? 'joining';
    if (state === 'joining') return 'no coordinator has admitted it yet';
    if (state !== 'joined') return 'leaves the cluster';
    return (await answers(this.#transport)) ? undefined : 'NATS does not answer';
  }
}

/** Only the connection for control: on the other one an answer waits behind the parts that are on their way. */
async function answers({ control }: Pick<Transport, 'control'>): Promise<boolean> {
  return withDeadline(control.flush(), PATIENCE_MILLISECONDS, 'NATS to answer').then(
    () => true,
    () => false,
  );
}
