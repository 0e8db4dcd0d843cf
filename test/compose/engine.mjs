// A Docker engine with Compose 2 for the compose test: the machine's own, else, for root on a Debian, one that is made.
// An engine that was started here goes on running, as one that a service manager had started would.
import { spawn } from 'node:child_process';
import { openSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { buildGoProgram } from '../support/go-program.mjs';
import { attempt } from '../support/run-program.mjs';
import { NoEngine, say } from './command.mjs';

/** The oldest with `include` and `depends_on` as the compose file needs them. */
const LEAST_COMPOSE = [2, 24];
const COMPOSE_MODULE = 'github.com/docker/compose/v2';
const COMPOSE_VERSION = 'v2.40.3';
const START_SECONDS = 60;

/** @throws NoEngine */
export async function ensureEngine() {
  await ensureDaemon();
  await ensureCompose();
  const { stdout } = await attempt('docker', ['version', '--format', '{{.Server.Version}}']);
  say(`Docker ${stdout.trim()}, Compose ${await composeVersion()}`);
}

async function ensureDaemon() {
  const asked = await attempt('docker', ['info'], { seconds: 20 });
  if (asked.code === 0) return;
  const why = asked.output.trim().split('\n').at(-1);
  if (process.env.DOCKER_HOST) throw new NoEngine(`DOCKER_HOST is ${process.env.DOCKER_HOST}, and: ${why}`);
  if (process.getuid?.() !== 0) throw new NoEngine(`no Docker engine answers (${why}), and only root can start one`);
  await ensurePrograms();
  await startDaemon();
}

async function ensurePrograms() {
  const missing = [];
  for (const program of ['dockerd', 'docker'])
    if ((await attempt(program, ['--version'])).code !== 0) missing.push(program);
  if (missing.length === 0) return;
  say(`installing docker.io, for ${missing.join(' and ')}`);
  await install('docker.io', 'iptables');
}

/**
 * @param {string[]} packages of Debian
 * @throws NoEngine where that is not how things are installed
 */
export async function install(...packages) {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  await attempt('apt-get', ['update', '--quiet'], { seconds: 300, env });
  const args = ['install', '--yes', '--quiet', '--no-install-recommends', ...packages];
  const { code, output } = await attempt('apt-get', args, { seconds: 600, env });
  if (code !== 0) throw new NoEngine(`${packages.join(', ')} cannot be installed: ${output.trim().split('\n').at(-1)}`);
}

async function startDaemon() {
  const logFile = join(tmpdir(), 'lockstep-dockerd.log');
  const log = openSync(logFile, 'a');
  const child = spawn('dockerd', [], { detached: true, stdio: ['ignore', log, log] });
  child.once('error', () => undefined);
  child.unref();
  say(`dockerd started with process id ${child.pid}; its log: ${logFile}`);
  const deadline = performance.now() + START_SECONDS * 1000;
  while (performance.now() < deadline) {
    if ((await attempt('docker', ['info'], { seconds: 20 })).code === 0) return;
    if (child.exitCode !== null) break;
    await delay(500);
  }
  throw new NoEngine(`dockerd cannot run here: see ${logFile}`);
}

/** @returns {Promise<string | undefined>} undefined when there is none */
async function composeVersion() {
  const { code, stdout } = await attempt('docker', ['compose', 'version', '--short']);
  return code === 0 ? stdout.trim() : undefined;
}

async function ensureCompose() {
  const [major = 0, minor = 0] = ((await composeVersion()) ?? '').replace(/^v/, '').split('.').map(Number);
  if (major > LEAST_COMPOSE[0] || (major === LEAST_COMPOSE[0] && minor >= LEAST_COMPOSE[1])) return;
  const plugin = join(process.env.DOCKER_CONFIG ?? join(homedir(), '.docker'), 'cli-plugins/docker-compose');
  say(`building Compose ${COMPOSE_VERSION} from its Go module, into ${plugin}`);
  const linkerFlags = [`-X ${COMPOSE_MODULE}/internal.Version=${COMPOSE_VERSION}`];
  await buildNeeded(COMPOSE_MODULE, COMPOSE_VERSION, './cmd', plugin, linkerFlags);
}

/**
 * @param {Parameters<typeof buildGoProgram>} program
 * @throws NoEngine where there is no go
 */
export async function buildNeeded(...program) {
  if ((await attempt('go', ['version'])).code !== 0) {
    throw new NoEngine(`${program[0]} has to be built, and there is no go`);
  }
  await buildGoProgram(...program);
}
