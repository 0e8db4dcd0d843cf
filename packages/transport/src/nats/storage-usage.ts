/** What the account has stored in JetStream, and may. */
import type { NatsConnection } from 'nats';
import type { StorageUsage } from '../bus.js';
import { toLockstepError } from './errors.js';
import type { Link } from './link.js';

/** Whoever asks is scraped, and the scrape has a deadline of its own. */
const USAGE_MILLISECONDS = 2000;

export async function storageUsage(connection: NatsConnection, link: Link): Promise<StorageUsage> {
  const what = "JetStream's answer, asking what is stored";
  try {
    return await link.attempt(USAGE_MILLISECONDS, what, async (timeout) => {
      const manager = await connection.jetstreamManager({ checkAPI: false, timeout });
      const { storage, limits } = await manager.getAccountInfo();
      return { usedBytes: storage, limitBytes: limits.max_storage > 0 ? limits.max_storage : undefined };
    });
  } catch (error) {
    throw toLockstepError(error, { what, milliseconds: USAGE_MILLISECONDS, closed: connection.isClosed() });
  }
}
