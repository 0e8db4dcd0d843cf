import { expect, it } from 'vitest';
import { startCoordinator } from './start-coordinator.js';

it('refuses a signing key that is none before it looks for NATS, let alone takes jobs up', async () => {
  // Nobody listens there: whoever asked would find it unreachable.
  const starting = startCoordinator({
    ...{ natsUrl: 'nats://127.0.0.1:1', natsCredentials: 'a user', workerSigningKey: 'no key' },
    log: 'silent',
  });
  await expect(starting).rejects.toMatchObject({
    code: 'INVALID_OPTION',
    message: expect.stringMatching(/^the signing key of the bus is not/) as string,
  });
});
