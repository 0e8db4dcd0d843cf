import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { applyNativeEnvironment } from '@lockstep/engine';
import { describe, expect, it } from 'vitest';
import { patchedAddon, unpatchedAddon } from '../support/unpatched-addon.js';

const SCRIPT = fileURLToPath(new URL('../support/addon-thread.mjs', import.meta.url));
const THREADS = '2';
/** Enough that without the patch 10 of 10 tries crashed or hung on two cores; with it a try takes about a second. */
const OPS = '400';

type Outcome = 'passed' | 'crashed' | 'hung';

/** Two threads on that addon in a process of their own. */
async function tryThreads(addon: string, milliseconds: number): Promise<Outcome> {
  applyNativeEnvironment();
  const child = spawn(process.execPath, [SCRIPT, addon, THREADS, OPS], { stdio: 'ignore' });
  let hung = false;
  const timer = setTimeout(() => {
    hung = true;
    child.kill('SIGKILL');
  }, milliseconds);
  const [code] = (await once(child, 'exit')) as [number | null];
  clearTimeout(timer);
  if (hung) return 'hung';
  return code === 0 ? 'passed' : 'crashed';
}

describe('Two threads that run ops at the same time', () => {
  it('crash or hang without the patch of the binding.', async () => {
    const addon = unpatchedAddon();
    let outcome: Outcome = 'passed';
    for (let attempt = 0; attempt < 6 && outcome === 'passed'; attempt++) outcome = await tryThreads(addon, 5000);
    expect(outcome).not.toBe('passed');
  });

  it('pass every time with it.', async () => {
    for (let attempt = 0; attempt < 5; attempt++) expect(await tryThreads(patchedAddon, 120_000)).toBe('passed');
  });
});
