// A folder for each test, and what set-up said during it.
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, vi } from 'vitest';

/** @type {string} the running test's folder */
export let folder;
/** @type {string} what was written to stderr */
export let messages;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lockstep-setup-'));
  messages = '';
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    messages += text;
    return true;
  });
});

afterEach(() => {
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true, force: true });
});

/**
 * @param {string} path relative to the test's folder
 * @param {string} content
 */
export function write(path, content) {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), content);
}

/** The id of a process that has ended. */
export async function deadPid() {
  const child = spawn(process.execPath, ['-e', '']);
  await new Promise((resolve) => child.once('close', resolve));
  return child.pid;
}
