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
async function startService(service: string): Promise<ChildProcess> {
  const script = join(folder, 'service.mjs');
  await writeFile(
    script,
    `import { appendFileSync } from 'node:fs';
     import { runService } from ${JSON.stringify(pathToFileURL(built).href)};
     const note = (text) => appendFileSync(${JSON.stringify(join(folder, 'notes'))}, text + ' ');
     process.exit(await runService(async () => (${service})).catch(() => 9));`,
  );
  child = spawn(process.execPath, [script], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  return child;
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
});
