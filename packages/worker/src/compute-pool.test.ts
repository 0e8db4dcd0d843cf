import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ComputePool, type DeathReason } from './compute-pool.js';
import type { ThreadAnswer } from './thread-messages.js';

/** Dies as the file of its task says, but only the first time if that ends in "once"; while it starts, if told so. */
const SCRIPT = `
import { existsSync, writeFileSync } from 'node:fs';
import { threadId } from 'node:worker_threads';
if (existsSync(new URL('dies-at-start', import.meta.url))) throw new Error('no thread can start');
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
let crippled: Promise<unknown>;
beforeEach(() => {
  deaths = [];
  computed = [];
  const observer = {
    computed: (_: unknown, { thread }: Extract<ThreadAnswer, { type: 'computed' }>) => void computed.push(thread),
    threadDied: (reason: DeathReason) => void deaths.push(reason),
  };
  crippled = new Promise((resolve) => {
    pool = new ComputePool({ threads: 1, observer, onCrippled: resolve, script: pathToFileURL(script) });
  });
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

  it('are said to be missing when one dies that cannot be replaced, and nothing waits for ever', async () => {
    await compute('fine');
    const mark = path.join(folder, 'dies-at-start');
    writeFileSync(mark, '');
    try {
      const given = compute('exit');
      const ended = expect(given).rejects.toThrow();
      expect(await crippled).toMatchObject({ code: 'WORKER_FAILED' });
      expect(pool.liveThreads).toEqual([]);
      await pool.close();
      await ended;
    } finally {
      rmSync(mark);
    }
  });

  it('that are ended with the pool have not died', async () => {
    const given = compute('error-later');
    given.catch(() => undefined);
    await pool.close();
    expect(deaths).toEqual([]);
  });
});
