/** The last lines of a process's log, to show why it failed. */
import { open } from 'node:fs/promises';

const TAIL_BYTES = 16 * 1024;

/** Empty when there is no log, or nothing in it. */
export async function readLastLines(file: string, lines = 15): Promise<string[]> {
  const handle = await open(file, 'r').catch(() => undefined);
  if (handle === undefined) return [];
  try {
    const { size } = await handle.stat();
    const length = Math.min(size, TAIL_BYTES);
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, size - length);
    const all = buffer
      .toString('utf8', 0, bytesRead)
      .split('\n')
      .filter((line) => line.trim() !== '');
    return all.slice(-lines);
  } finally {
    await handle.close();
  }
}
