import { describe, expect, it } from 'vitest';
import { recordOutput } from '../testing/fake-programs.js';
import { describeThreads, type Check } from './checks.js';
import { runDoctor } from './run-doctor.js';

const good: Check = { name: 'Node', ok: true, found: '22.1.0', remedy: '' };
const bad: Check = { name: 'nats-server', ok: false, found: 'missing', remedy: 'run: npm run setup' };

async function* list(...checks: Check[]): AsyncGenerator<Check> {
  for (const check of checks) yield await Promise.resolve(check);
}

describe('the doctor', () => {
  it('is content when every check is', async () => {
    const output = recordOutput();
    expect(await runDoctor({ json: false }, output, list(good))).toBe(0);
    expect(output.results).toEqual(['✔ Node: 22.1.0']);
  });

  it('gives the remedy of what fails, and exit code 1', async () => {
    const output = recordOutput();
    expect(await runDoctor({ json: false }, output, list(good, bad))).toBe(1);
    expect(output.results[1]).toBe('✖ nats-server: missing\n    run: npm run setup');
  });

  it('prints one JSON value with --json', async () => {
    const output = recordOutput();
    expect(await runDoctor({ json: true }, output, list(good, bad))).toBe(1);
    expect(output.results.map((text) => JSON.parse(text) as unknown)).toEqual([{ ok: false, checks: [good, bad] }]);
  });

  it('says how many threads a worker has by itself, and what the container has to do with it', () => {
    expect(describeThreads({ count: 8, cores: 8, limit: undefined })).toBe('8, for 8 cores');
    expect(describeThreads({ count: 1, cores: 8, limit: 1.5 })).toBe(
      '1, for 8 cores, of which the container may use 1.5',
    );
  });
});
