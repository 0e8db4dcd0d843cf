/** Whether a worker can do its part: a coordinator has admitted it, and NATS answers on both its connections. */
import type { Transport } from '@lockstep/transport';
import type { Session } from '../session.js';

/** Health checks have a time-out of their own; ours ends first and says why. */
const PATIENCE_MILLISECONDS = 2000;

export class Readiness {
  #transport: Pick<Transport, 'control' | 'bulk'> | undefined;
  #session: Pick<Session, 'state'> | undefined;

  connected(transport: Pick<Transport, 'control' | 'bulk'>): void {
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

async function answers({ control, bulk }: Pick<Transport, 'control' | 'bulk'>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(() => {
      resolve(false);
    }, PATIENCE_MILLISECONDS);
  });
  const both = Promise.all([control.flush(), bulk.flush()]).then(
    () => true,
    () => false,
  );
  try {
    return await Promise.race([both, late]);
  } finally {
    clearTimeout(timer);
  }
}
