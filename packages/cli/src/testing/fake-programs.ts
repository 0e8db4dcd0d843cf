/** Stand-ins for the programs of a cluster, and ways to look at processes, for tests of what supervises them. */
import { readFileSync } from 'node:fs';
import { chmod, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Environment } from '../options.js';
import type { Output } from '../output/output.js';
import { createStyle } from '../output/style.js';

/** Listens where its configuration says, writes the ports file and greets like the real one. */
const FAKE_NATS = `#!${process.execPath}
const { readFileSync, writeFileSync } = require('node:fs');
const { createServer } = require('node:net');
const config = readFileSync(process.argv[3], 'utf8');
const port = Math.max(0, Number(/^port: (-?\\d+)$/m.exec(config)[1]));
const folder = JSON.parse(/^ports_file_dir: (.*)$/m.exec(config)[1]);
const server = createServer((socket) => { socket.on('error', () => {}); socket.write('INFO {}\\r\\n'); });
server.listen(port, '127.0.0.1', () => {
  const url = 'nats://127.0.0.1:' + server.address().port;
  writeFileSync(folder + '/nats-server_' + process.pid + '.ports', JSON.stringify({ nats: [url] }));
});
`;

/** A service of either kind: it logs its arguments, is ready at once and lives until it is ended. */
const FAKE_SERVICE = `
import { createServer } from 'node:http';
const [kind, ...rest] = process.argv.slice(2);
console.log(JSON.stringify(process.argv.slice(2)));
const server = createServer((_, response) => response.end('{}'));
const port = kind === 'coordinator' ? Number(rest[rest.indexOf('--port') + 1]) : 0;
server.listen(port, '127.0.0.1', () => process.send({ type: 'ready', url: 'http://127.0.0.1:' + server.address().port }));
process.on('disconnect', () => process.exit(0));
`;

export interface FakePrograms {
  readonly folder: string;
  readonly natsServer: string;
  /** In place of the built CLI. */
  readonly script: string;
}

/** @param service the source of another stand-in for coordinator and worker */
export async function writeFakePrograms(service = FAKE_SERVICE): Promise<FakePrograms> {
  const folder = await makeFolder();
  const natsServer = join(folder, 'nats-server');
  const script = join(folder, 'service.mjs');
  await writeFile(natsServer, FAKE_NATS);
  await chmod(natsServer, 0o755);
  await writeFile(script, service);
  return { folder, natsServer, script };
}

export function makeFolder(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'lockstep-'));
}

/** Whether the process runs; one that has ended and is only not yet collected does not. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  try {
    return !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'latin1'));
  } catch {
    return process.platform !== 'linux';
  }
}

/** Waits for a condition, with a deadline. */
export async function until(
  condition: () => boolean | Promise<boolean>,
  what: string,
  milliseconds = 30_000,
): Promise<void> {
  const deadline = performance.now() + milliseconds;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`still not so after ${milliseconds} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** The lines of a log, parsed as JSON. */
export async function readJsonLines(file: string): Promise<unknown[]> {
  const text = await readFile(file, 'utf8');
  return text.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as unknown]));
}

export interface RecordedOutput extends Output {
  readonly said: string[];
  readonly results: string[];
  readonly drawn: string[];
}

export function recordOutput(terminal?: { readonly columns: number }): RecordedOutput {
  const said: string[] = [];
  const results: string[] = [];
  const drawn: string[] = [];
  return {
    ...{ said, results, drawn },
    say: (text) => void said.push(text),
    result: (text) => void results.push(text),
    draw: (text) => void drawn.push(text),
    isTerminal: terminal !== undefined,
    columns: () => terminal?.columns ?? 80,
    resultColumns: () => terminal?.columns ?? Infinity,
    style: createStyle(false),
  };
}

/** An environment that names nothing of this machine. */
export function bareEnvironment(changes: Partial<Environment> = {}): Environment {
  return {
    ...{ natsServer: undefined, path: [], noColor: true, url: undefined, token: undefined, tokenFile: undefined },
    ...{ clusterContextFile: undefined, runsWorker: false },
    configFolder: '/nowhere/config/lockstep',
    ...changes,
  };
}
