/** Asks for a port before anything is started on it, so that a taken one is one sentence and not a failed process. */
import { createServer } from 'node:net';
import { LockstepError } from '@lockstep/core';

/**
 * @returns the port, or a free one for 0
 * @throws LockstepError PORT_IN_USE, or INVALID_OPTION for a port that this user may not open.
 */
export function checkPort(host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', (cause: NodeJS.ErrnoException) => {
      reject(portError(host, port, cause));
    });
    probe.listen({ host, port, exclusive: true }, () => {
      const address = probe.address();
      probe.close(() => {
        resolve(typeof address === 'object' && address !== null ? address.port : port);
      });
    });
  });
}

function portError(host: string, port: number, cause: NodeJS.ErrnoException): LockstepError {
  if (cause.code === 'EADDRINUSE') {
    return new LockstepError('PORT_IN_USE', `port ${port} on ${host} is taken by another program`, {
      hint: '--port 0 takes a free one',
      cause,
    });
  }
  return new LockstepError('INVALID_OPTION', `port ${port} on ${host} cannot be opened: ${cause.message}`, {
    hint: '--port 0 takes a free one',
    cause,
  });
}
