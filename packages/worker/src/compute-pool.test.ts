import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ComputePool, type DeathReason } from './compute-pool.js';
import type { ThreadAnswer } from './thread-messages.js';

/** Dies as the file of its task says, but only the first time if that ends in "once". */
const SCRIPT = `
import { existsSync, writeFileSync } from 'node:fs';
import { threadId } from 'node:worker_threads';
export default async function run({ type, file }) {
  if (file.endsWith('once') && existsSync(file)) return { type: 'computed', thread: threadId, microseconds: 1 };
  if (file.endsWith('once')) writeFileSync(file, '');
  if (file.includes('exit')) process.exit(3);
  if (file.includes('memory') || file.includes('error')) {
    // As Node says it when V8's heap is full; to fill one takes minutes.
    const code = file.includes('memory') ? 'ERR_WORKER_OUT_OF_MEMORY' : 'OTHER';
    setTimeout(() => { throw Object.assign(new Error('nobody catches this'), { code }); });
    await new Promise(() => undefined);
  }
  return { type: 'computed', thread: threadId, microseconds: 1 };
}
`;
const folder = mkdtempSync(path.join(tmpdir(), 'lockstep-pool-'));
const script = path.join(folder, 'thread.mjs');
writeFileSync(script, SCRIPT);
afterAll(() => {
  rmSync(folder, { recursive: true });
});

let deaths: DeathReason[];
let computed: number[];
let pool: ComputePool;
beforeEach(() => {
  deaths = [];
  computed = [];
  const observer = {
    computed: (_: unknown, { thread }: Extract<ThreadAnswer, { type: 'computed' }>) => void computed.push(thread),
    threadDied: (reason: DeathReason) => void deaths.push(reason),
  };
  pool = new ComputePool(1, observer, pathToFileURL(script));
});
afterEach(() => pool.close());

const compute = (file: string) =>
  pool.compute({ file: path.join(folder, file) } as unknown as Parameters<ComputePool['compute']>[0]);

describe('the threads of a worker', () => {
  it.each(['exit', 'error'] as const)(
    'are replaced when one dies by %s, whose task is done by the next',
    async (reason) => {
      await compute('fine');
      const { thread } = await compute(`${reason}-once`);
      expect(deaths).toEqual([reason]);
      expect(pool.liveThreads).toEqual([thread]);
      expect(computed).toHaveLength(2);
      expect(computed[0]).not.toBe(thread);
    },
  );

  it('give a task up over which three have died, here of a full heap', async () => {
    await expect(compute('memory')).rejects.toMatchObject({ code: 'WORKER_FAILED' });
    expect(deaths).toEqual(['out_of_memory', 'out_of_memory', 'out_of_memory']);
    expect((await compute('fine')).microseconds).toBe(1);
  });

  it('that are ended with the pool have not died', async () => {
    const given = compute('error-later');
    given.catch(() => undefined);
    await pool.close();
    expect(deaths).toEqual([]);
  });
});
