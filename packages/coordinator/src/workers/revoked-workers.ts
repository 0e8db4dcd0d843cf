/** The workers that are shut out, in the key-value store and in memory: every frame of a worker is held against them. */
import { LockstepError } from '@lockstep/core';
import { isToken } from '@lockstep/proto';
import { untilReachable, type KeyValue } from '@lockstep/transport';
import type { Logger } from 'pino';
import { z } from 'zod';

const revocationSchema = z.strictObject({
  worker: z.string(),
  /** Where it ran, if it was in the cluster; empty otherwise. */
  host: z.string(),
  revokedAt: z.string(),
  /** Owner of the token that was used. */
  by: z.string(),
});
/** Of a record that cannot be read. */
const UNKNOWN_TIME = new Date(0).toISOString();

export type Revocation = Readonly<z.infer<typeof revocationSchema>>;

export class RevokedWorkers {
  readonly #records: KeyValue;
  readonly #byWorker = new Map<string, Revocation>();

  private constructor(records: KeyValue) {
    this.#records = records;
  }

  static async open(records: KeyValue, log: Logger): Promise<RevokedWorkers> {
    const revoked = new RevokedWorkers(records);
    for (const worker of await records.keys()) {
      const entry = await records.get(worker);
      if (entry === undefined) continue;
      revoked.#byWorker.set(worker, decode(worker, entry.value, log));
    }
    return revoked;
  }

  get all(): readonly Revocation[] {
    return [...this.#byWorker.values()];
  }

  has(worker: string): boolean {
    return this.#byWorker.has(worker);
  }

  /** Once is enough: again changes nothing. @throws LockstepError INVALID_OPTION for what can be no worker's name */
  async add(revocation: Revocation): Promise<void> {
    const { worker } = revocation;
    if (!isToken(worker)) {
      throw new LockstepError('INVALID_OPTION', `no worker can have the name ${JSON.stringify(worker.slice(0, 80))}`);
    }
    if (this.has(worker)) return;
    await untilReachable(async () => {
      const before = await this.#records.get(worker);
      if (before === undefined) await this.#records.update(worker, encode(revocation), 0);
    });
    this.#byWorker.set(worker, revocation);
  }

  /** @throws LockstepError NOT_FOUND for a worker that is not shut out */
  async remove(worker: string): Promise<void> {
    if (!this.has(worker)) {
      throw new LockstepError('NOT_FOUND', `the worker ${JSON.stringify(worker.slice(0, 80))} is not shut out`, {
        hint: 'lockstep worker list shows those that are, as REVOKED',
      });
    }
    await untilReachable(() => this.#records.delete(worker));
    this.#byWorker.delete(worker);
  }
}

/** What a worker is told that is shut out. */
export function revokedReason(worker: string): string {
  return `the worker ${worker} is shut out: lockstep worker admit ${worker} lets it in again`;
}

/** A record that cannot be read shuts its worker out all the same: it was written to do that. */
function decode(worker: string, value: Uint8Array, log: Logger): Revocation {
  try {
    return { ...revocationSchema.parse(JSON.parse(new TextDecoder().decode(value))), worker };
  } catch (error) {
    log.error({ worker, error }, 'the record of a worker that is shut out cannot be read: it stays shut out');
    return { worker, host: '', revokedAt: UNKNOWN_TIME, by: '' };
  }
}

function encode(revocation: Revocation): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(revocation));
}
