import { MemoryNetwork } from '@lockstep/transport';
import { expect, it, vi } from 'vitest';
import { startWorker } from './start-worker.js';

const parts = vi.hoisted(() => ({ connect: undefined as (() => unknown) | undefined, closed: [] as string[] }));
vi.mock('@lockstep/transport', async (original) => ({
  ...(await original<object>()),
  connectNats: () => Promise.resolve(parts.connect?.()),
}));
vi.mock('./compute-pool.js', async (original) => ({
  ...(await original<object>()),
  ComputePool: class {
    close(): void {
      parts.closed.push('pool');
    }
  },
}));

it('closes what it has opened when it cannot go on, and says why', async () => {
  const transport = new MemoryNetwork().connect('worker');
  const objectReader = (store: string): Promise<never> => Promise.reject(new Error(`${store} is not there`));
  parts.connect = () => Object.assign(transport, { objectReader });
  await expect(startWorker({ natsUrl: 'nats://nowhere', log: 'silent' })).rejects.toMatchObject({
    ...{ code: 'WORKER_FAILED', message: 'lockstep-shards is not there' },
  });
  expect(parts.closed).toEqual(['pool']);
  expect(() => transport.control.publish('x', new Uint8Array(1))).toThrow('The connection is closed');
});
