// The images that the product builds on. Where a registry can be reached they are the real ones; where none can, there
// are stand-ins, made from Debian's, npm's and Go's packages and named so that nobody takes them for anything else. Of
// Grafana there is no stand-in: then its service is left out, and the test says so.
import { cpSync, existsSync, mkdirSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { attempt, run } from '../support/run-program.mjs';
import { say } from './command.mjs';
import { buildNeeded, install } from './engine.mjs';

const HERE = fileURLToPath(new URL('.', import.meta.url));
const CHECKOUT = join(HERE, '../..');
/** Kept between runs, beside the checkout's other things that are not committed. */
const WORK = join(CHECKOUT, '.lockstep/stand-ins');
const DEBIAN = 'bookworm';
const NPM_VERSION = '10.9.9';

/** @typedef {{ variable: string, image: string }} BaseImage the compose file's variable, and its default */

/** @returns {BaseImage[]} as compose.yaml has them, so that there is one place for versions */
function baseImages() {
  const text = readFileSync(join(CHECKOUT, 'deploy/compose/compose.yaml'), 'utf8');
  const found = text.matchAll(/\$\{(LOCKSTEP_[A-Z_]+_IMAGE):-([^}]+)\}/g);
  const byVariable = new Map([...found].map(([, variable, image]) => [variable, image]));
  return [...byVariable]
    .map(([variable, image]) => ({ variable, image }))
    .filter(({ image }) => !image.startsWith('lockstep/'));
}

/**
 * @typedef {object} BaseImages
 * @property {Record<string, string>} environment for compose: which images to use
 * @property {boolean} real whether they come from a registry
 */

/** @returns {Promise<BaseImages>} */
export async function prepareBaseImages() {
  const images = baseImages();
  const pulled = await Promise.all(
    images.map(async ({ image }) => ({
      image,
      ...(await attempt('docker', ['pull', '--quiet', image], { seconds: 900 })),
    })),
  );
  const failed = pulled.filter(({ code }) => code !== 0);
  if (failed.length === 0) return { environment: {}, real: true };
  if (failed.length < images.length)
    throw new Error(
      `these images cannot be had: ${failed.map(({ image, output }) => `${image}: ${output}`).join('\n')}`,
    );
  say(`no image registry can be reached (${failed[0]?.output.trim().split('\n').at(-1)}): stand-ins are made locally`);
  return { environment: await makeStandIns(images), real: false };
}

/** @param {BaseImage[]} images */
async function makeStandIns(images) {
  /** @type {Record<string, string>} */
  const environment = {};
  mkdirSync(WORK, { recursive: true });
  for (const { variable, image } of images) {
    const make = MAKERS[variable];
    if (make === undefined) continue;
    const name = `lockstep-stand-in/${image.replace(/^[^:]*\//, '')}`;
    environment[variable] = name;
    if ((await attempt('docker', ['image', 'inspect', name])).code === 0) continue;
    say(`making ${name}`);
    await make(name, name.split(':')[1] ?? '');
  }
  return environment;
}

/** @type {Record<string, (name: string, tag: string) => Promise<void>>} in the order of compose.yaml */
const MAKERS = {
  LOCKSTEP_DEBIAN_IMAGE: makeDebian,
  LOCKSTEP_NODE_IMAGE: makeNode,
  LOCKSTEP_NATS_IMAGE: makeNats,
  LOCKSTEP_NATS_EXPORTER_IMAGE: makeExporter,
  LOCKSTEP_PROMETHEUS_IMAGE: makePrometheus,
};

const DEBIAN_NAME = 'lockstep-stand-in/debian:base';

/** @param {string} name */
async function makeDebian(name) {
  await ensureDebian();
  await run('docker', ['tag', DEBIAN_NAME, name]);
}

/** Debian without what its own slim image leaves out too. */
async function ensureDebian() {
  if ((await attempt('docker', ['image', 'inspect', DEBIAN_NAME])).code === 0) return;
  if ((await attempt('debootstrap', ['--version'])).code !== 0) await install('debootstrap');
  const root = join(WORK, 'debian');
  rmSync(root, { recursive: true, force: true });
  await run('debootstrap', ['--variant=minbase', '--include=ca-certificates', DEBIAN, root], { seconds: 900 });
  const unwanted = [
    'var/cache/apt',
    'var/lib/apt/lists',
    'usr/share/doc',
    'usr/share/man',
    'usr/share/locale',
    'var/log',
  ];
  const script = unwanted.map((folder) => `find ${folder} -type f -delete`).join(' && ');
  await run('sh', ['-c', `cd ${root} && ${script} && tar --create . | docker import - ${DEBIAN_NAME}`], {
    seconds: 300,
  });
  rmSync(root, { recursive: true, force: true });
}

/**
 * @param {string} name
 * @param {string} tag its version is Node's
 */
async function makeNode(name, tag) {
  const version = tag.split('-')[0];
  const arch = process.arch === 'arm64' ? 'arm64' : 'x64';
  const folder = freshFolder('node');
  const packages = [`node-linux-${arch}@${version}`, `npm@${NPM_VERSION}`, 'node-api-headers@1.9.0'];
  for (const one of packages) await run('npm', ['pack', '--silent', one], { cwd: folder, seconds: 300 });
  await takeCertificates(folder);
  await build(name, 'node', folder);
}

/** @param {string} name */
async function makeNats(name) {
  const folder = freshFolder('nats');
  cpSync(realpathSync(join(CHECKOUT, '.lockstep/nats-server')), join(folder, 'nats-server'));
  await build(name, 'nats', folder);
}

/**
 * @param {string} name
 * @param {string} tag
 */
async function makeExporter(name, tag) {
  const folder = freshFolder('nats-exporter');
  const program = join(folder, 'prometheus-nats-exporter');
  await buildNeeded('github.com/nats-io/prometheus-nats-exporter', `v${tag}`, '.', program);
  await build(name, 'nats-exporter', folder);
}

/** @param {string} name */
async function makePrometheus(name) {
  await build(name, 'prometheus', freshFolder('prometheus'));
}

/** @param {string} name */
function freshFolder(name) {
  const folder = join(WORK, name);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  return folder;
}

/**
 * Programs in the build trust whom this machine trusts: a proxy may stand between it and the packages.
 * @param {string} folder
 */
async function takeCertificates(folder) {
  const bundle = '/etc/ssl/certs/ca-certificates.crt';
  if (existsSync(bundle)) cpSync(realpathSync(bundle), join(folder, 'machine-certificates.pem'));
  else await run('touch', [join(folder, 'machine-certificates.pem')]);
}

/**
 * @param {string} name
 * @param {string} standIn a Dockerfile of stand-ins/
 * @param {string} folder the context
 */
async function build(name, standIn, folder) {
  await ensureDebian();
  cpSync(join(HERE, `stand-ins/${standIn}.Dockerfile`), join(folder, 'Dockerfile'));
  const args = ['build', '--quiet', '--label', 'lockstep.stand-in=true', '--tag', name, folder];
  await run('docker', args, { seconds: 900, env: { ...process.env, DOCKER_BUILDKIT: '0' } });
  rmSync(folder, { recursive: true, force: true });
}
