import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isAlive, makeFolder, until } from '../testing/fake-programs.js';
import { startGuard } from './guard.js';

/** Lives on when asked to end, as a hung process does. */
const STUBBORN = `process.on('SIGTERM', () => {}); setInterval(() => {}, 1000); console.log('up');`;

let folder: string;
const started: ChildProcess[] = [];

beforeEach(async () => {
  folder = await makeFolder();
});

afterEach(async () => {
  for (const child of started.splice(0)) child.kill('SIGKILL');
  await rm(folder, { recursive: true, force: true });
});

/** A process that guards two stubborn ones, the second of which it has taken off the list again. */
async function startParent(): Promise<{ parent: ChildProcess; guarded: number; spared: number }> {
  const guardSource = await readFile(fileURLToPath(new URL('guard.ts', import.meta.url)), 'utf8');
  const module = { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022 };
  const script = join(folder, 'parent.mjs');
  const body = `
    const guard = startGuard(${JSON.stringify(folder)});
    const children = [1, 2].map(() => spawn(process.execPath, ['-e', ${JSON.stringify(STUBBORN)}], { detached: true }));
    await Promise.all(children.map((child) => new Promise((resolve) => child.stdout.once('data', resolve))));
    for (const { pid } of children) guard.add(pid);
    guard.remove(children[1].pid);
    console.log(JSON.stringify(children.map((child) => child.pid)));
  `;
  await writeFile(script, ts.transpile(guardSource, module) + body);
  const parent = spawn(process.execPath, [script], { stdio: ['ignore', 'pipe', 'inherit'], detached: true });
  started.push(parent);
  const [line] = (await once(createInterface(parent.stdout), 'line')) as [string];
  const [guarded = 0, spared = 0] = JSON.parse(line) as number[];
  return { parent, guarded, spared };
}

describe('the guard', () => {
  it('ends what it guards, stubborn or not, and the folder when its parent is killed outright', async () => {
    const { parent, guarded, spared } = await startParent();
    expect(isAlive(guarded)).toBe(true);
    // The whole process group, as a terminal that is closed by force would.
    process.kill(-(parent.pid ?? 0), 'SIGKILL');
    await until(() => !isAlive(guarded), 'the guarded process is gone');
    await until(() => !existsSync(folder), 'the temporary folder is gone');
    expect(isAlive(spared)).toBe(true);
    process.kill(spared, 'SIGKILL');
  });

  it('ends without ending anything when it is released', async () => {
    const child = spawn(process.execPath, ['-e', STUBBORN], { stdio: ['ignore', 'pipe', 'ignore'] });
    started.push(child);
    await once(child.stdout, 'data');
    const guard = startGuard(folder);
    guard.add(child.pid ?? 0);
    await guard.release();
    await guard.release();
    expect(isAlive(guard.pid ?? 0)).toBe(false);
    expect(isAlive(child.pid ?? 0)).toBe(true);
    expect(existsSync(folder)).toBe(true);
  });
});
