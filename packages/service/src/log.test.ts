import { closeSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openLog, type LogFormat, type LogLevel } from './log.js';

let name: string;
let file: number;
beforeEach(() => {
  name = path.join(tmpdir(), `lockstep-${randomUUID()}.log`);
  file = openSync(name, 'w');
});
afterEach(() => {
  closeSync(file);
  rmSync(name);
});

const written = (): string => readFileSync(name, 'utf8');

function open(format: LogFormat, level: LogLevel = 'info', tap?: string[]): Logger {
  const write = (line: string): void => void tap?.push(line);
  return openLog({ service: 'worker', worker: 'w1', format, level, file }, tap && { write });
}

describe('the log', () => {
  it('is a line of JSON for each event, written before the next statement runs', () => {
    open('json').child({ job: 'j-1' }).warn({ step: 4 }, 'late');
    expect(JSON.parse(written())).toEqual({
      ...{ level: 'warn', time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/) as string, service: 'worker' },
      ...{ worker: 'w1', job: 'j-1', step: 4, msg: 'late' },
    });
  });

  it('is a line that people read, and an error with its stack', () => {
    const log = open('pretty');
    log.child({ job: 'j-1' }).info({ step: 4 }, 'training begins');
    expect(written()).toMatch(
      /^\[\d\d:\d\d:\d\d\.\d{3}\] INFO: training begins \{"worker":"w1","job":"j-1","step":4\}\n$/,
    );
    log.error({ error: new RangeError('too far') }, 'failed');
    expect(written()).toMatch(/RangeError: too far\n +at .*log\.test\.ts/);
  });

  it('lets no message drive the terminal or forge a line', () => {
    open('pretty').info('red \x1b[31m and \u009b31m\nand another line');
    expect(written()).toContain('red \\u001b[31m and \\u009b31m\n    and another line');
  });

  it('lets no error and no detail drive the terminal, and shows what is written like a control as it is', () => {
    const error = new Error('red \x1b[31m and \u009b31m\rand another line');
    open('pretty').error({ error, host: '\x1b[2J \u009b2J \\u001b' }, 'failed');
    expect(written()).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
    expect(written()).toContain('Error: red \\u001b[31m and \\u009b31m\\rand another line');
    expect(written()).toContain('"host":"\\u001b[2J \\u009b2J \\u001b"');
  });

  it('has what its level says, and whoever taps it has the rest from info on', () => {
    const tapped: string[] = [];
    const log = open('json', 'error', tapped);
    log.debug('a');
    log.info('b');
    log.error('c');
    expect(written().match(/"msg":".*?"/g)).toEqual(['"msg":"c"']);
    expect(tapped.map((line) => (JSON.parse(line) as { msg: string }).msg)).toEqual(['b', 'c']);
    open('json', 'debug').debug('d');
    expect(written()).toContain('"msg":"d"');
    open('silent').fatal('e');
    expect(written()).not.toContain('"msg":"e"');
  });

  it('has no secrets under the names that these have', () => {
    const secrets = {
      token: 's3cret',
      headers: { authorization: 's3cret' },
      options: { credentials: { jwt: 's3cret' } },
    };
    open('json').info({ ...secrets, other: 'kept' }, 'connected');
    expect(written()).not.toContain('s3cret');
    expect(written()).toContain('kept');
    expect(written()).toContain('"token":"[secret]"');
  });

  it('costs whoever logs nothing when it cannot be written', () => {
    const unwritable = openSync(name, 'r');
    try {
      for (const format of ['json', 'pretty'] as const) {
        const log = openLog({ service: 'worker', format, level: 'info', file: unwritable });
        for (let line = 0; line < 3; line++) log.info('no room for this');
      }
    } finally {
      closeSync(unwritable);
    }
    expect(written()).toBe('');
  });

  it('has errors with their code and their cause', () => {
    const error = Object.assign(new Error('outside', { cause: new Error('inside') }), { code: 'TIMEOUT' });
    open('json').error({ error }, 'failed');
    expect(JSON.parse(written())).toMatchObject({
      error: { code: 'TIMEOUT', message: expect.stringContaining('inside') as string },
    });
  });
});
