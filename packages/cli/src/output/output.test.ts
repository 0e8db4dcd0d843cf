import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, it } from 'vitest';

const BYTES = 1_000_000;
const OUTPUT = new URL('../../dist/output/output.js', import.meta.url).href;

/** Reads what a program writes that ends at once, but begins only when the pipe is full. */
async function readLate(end: string): Promise<number> {
  const write = `process.stdout.write('x'.repeat(${String(BYTES)})); process.stderr.write('written')`;
  const script = `import { flushed } from '${OUTPUT}'; ${write}; ${end} process.exit(0);`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script]);
  await once(child.stderr, 'data');
  let read = 0;
  child.stdout.on('data', (bytes: Buffer) => (read += bytes.length));
  await once(child, 'close');
  return read;
}

it('gives all of a large result to a reader that is slower, before the program ends', async () => {
  expect(await readLate('await flushed(process.stdout);')).toBe(BYTES);
  expect(await readLate('')).toBeLessThan(BYTES);
});
