/** Opens the port. */
import { isLockstepError, LockstepError } from '@lockstep/core';
import type { FastifyInstance } from 'fastify';

/** @throws LockstepError PORT_IN_USE */
export async function listen(server: FastifyInstance, host: string, port: number): Promise<string> {
  try {
    return await server.listen({ host, port });
  } catch (error) {
    if (isLockstepError(error)) throw error;
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'EADDRINUSE') {
      throw new LockstepError('PORT_IN_USE', `port ${String(port)} on ${host} is taken`, {
        cause: error,
        hint: 'Stop what uses it, or choose another with --port; --port 0 takes a free one.',
      });
    }
    throw new LockstepError('INVALID_OPTION', `cannot listen on ${host}:${String(port)}: ${message}`, { cause: error });
  }
}
