import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeFolder, until } from './testing/fake-programs.js';

// These run in a process of their own, since signals and the IPC channel belong to a process; so they need the build.
const built = fileURLToPath(new URL('../dist/service-process.js', import.meta.url));
const core = import.meta.resolve('@lockstep/core');

let folder: string;
let child: ChildProcess | undefined;
beforeEach(async () => {
  folder = await makeFolder();
});
afterEach(async () => {
  child?.kill('SIGKILL');
  await rm(folder, { recursive: true });
});

/** A service that notes when it is stopped. */
async function startService(service: string, format = 'silent'): Promise<ChildProcess> {
  const script = join(folder, 'service.mjs');
  await writeFile(
    script,
    `import { appendFileSync } from 'node:fs';
     import { runService } from ${JSON.stringify(pathToFileURL(built).href)};
     const note = (text) => appendFileSync(${JSON.stringify(join(folder, 'notes'))}, text + ' ');
     process.exit(await runService({ service: 'worker', format: '${format}' }, async () => (${service})).catch(() => 9));`,
  );
  child = spawn(process.execPath, [script], { stdio: ['ignore', 'inherit', 'pipe', 'ipc'] });
  return child;
}

/** What it has written to stderr by its end, and its exit code. */
async function endOf(service: ChildProcess): Promise<{ readonly lines: readonly unknown[]; readonly code: unknown }> {
  let text = '';
  service.stderr?.on('data', (chunk: Buffer) => (text += chunk.toString()));
  const [code] = (await once(service, 'close')) as unknown[];
  const lines = text.split('\n').filter((line) => line !== '');
  return { code, lines: lines.map((line) => JSON.parse(line) as unknown) };
}

const notes = (): Promise<string> => readFile(join(folder, 'notes'), 'utf8').catch(() => '');

describe.runIf(existsSync(built))('a service process', () => {
  it('says when it is ready and ends in order on SIGTERM', async () => {
    const service = await startService(`{ url: 'http://x', stop: async () => note('stopped') }`);
    expect(await once(service, 'message')).toEqual([{ type: 'ready', url: 'http://x' }, undefined]);
    service.kill('SIGTERM');
    expect(await once(service, 'exit')).toEqual([0, null]);
    expect(await notes()).toBe('stopped ');
  });

  it('ends on SIGTERM while it still starts', async () => {
    const service = await startService(`note('starting'), new Promise(() => setInterval(() => {}, 1000))`);
    await until(async () => (await notes()) === 'starting ', 'the service is starting');
    service.kill('SIGTERM');
    expect(await once(service, 'exit')).toEqual([0, null]);
  });

  it('ends at once with 130 on the second signal', async () => {
    const service = await startService(
      `{ stop: async () => { note('stopping'); await new Promise(() => setInterval(() => {}, 1000)); } }`,
    );
    await once(service, 'message');
    service.kill('SIGINT');
    await until(async () => (await notes()) === 'stopping ', 'the service is stopping');
    service.kill('SIGTERM');
    expect(await once(service, 'exit')).toEqual([130, null]);
  });

  it('stops when the process that started it is gone', async () => {
    const service = await startService(`{ stop: async () => note('stopped') }`);
    await once(service, 'message');
    service.disconnect();
    await once(service, 'exit');
    expect(await notes()).toBe('stopped ');
  });

  it('ends when the service has ended by itself', async () => {
    const service = await startService(`{ stop: async () => note('stopped'), stopped: Promise.resolve() }`);
    expect(await once(service, 'exit')).toEqual([0, null]);
  });

  it('reports why it could not start', async () => {
    const service = await startService(`Promise.reject(new RangeError('no memory'))`);
    expect(await once(service, 'message')).toEqual([
      { type: 'failed', code: 'INTERNAL', message: 'no memory' },
      undefined,
    ]);
    expect(await once(service, 'exit')).toEqual([9, null]);
  });

  it.each([
    ['an error that nobody catches', `setTimeout(() => { throw new RangeError('planted'); })`],
    ['a promise that nobody waits for', `void Promise.reject(new RangeError('planted'))`],
  ])('says in one line why it dies of %s', async (_, fault) => {
    for (const format of ['json', 'silent']) {
      const service = `{ stop: async () => {}, stopped: new Promise(() => setInterval(() => {}, 1000)), fault: ${fault} }`;
      const { code, lines } = await endOf(await startService(service, format));
      expect(code).toBe(1);
      expect(lines).toEqual([
        expect.objectContaining({
          ...{ level: 'fatal', service: 'worker', code: 'INTERNAL', msg: expect.stringContaining('planted') as string },
          error: expect.objectContaining({
            type: 'RangeError',
            stack: expect.stringContaining('service.mjs') as string,
          }) as object,
        }),
      ]);
    }
  });

  it('says in a line of its log why it could not start, where programs read it', async () => {
    const refused = `Promise.reject(new (await import('@lockstep/core')).LockstepError('UNREACHABLE', 'no bus', { hint: 'start one' }))`;
    const { code, lines } = await endOf(await startService(refused.replace('@lockstep/core', core), 'json'));
    expect(code).toBe(3);
    expect(lines).toEqual([
      expect.objectContaining({ level: 'fatal', code: 'UNREACHABLE', msg: 'no bus', hint: 'start one' }),
    ]);
  });
});
