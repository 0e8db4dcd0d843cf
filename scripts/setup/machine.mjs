// What the machine must bring. Each check answers with what it found and how to get what is missing; nothing is changed.
import { existsSync } from 'node:fs';
import { run } from './children.mjs';
import { searchPath } from './places.mjs';

/**
 * @typedef {object} Check
 * @property {string} name
 * @property {boolean} ok
 * @property {string} found what is there, or what is wrong
 * @property {string} remedy what to do about it; empty when ok
 */
/** @typedef {'node' | 'platform' | 'npm' | 'python' | 'compiler'} Topic */

const MINIMUM_NODE = [20, 19];
/** The oldest glibc that the wheels run with. */
const MINIMUM_GLIBC = [2, 28];
const COMPILERS = ['c++', 'g++', 'clang++'];
const CPP17_PROBE = '#include <optional>\nint main() { return std::optional<int>{0}.value(); }\n';

/**
 * What each missing thing is called by the two common package managers.
 * @type {Record<string, { apt: string, dnf: string }>}
 */
const PACKAGES = {
  npm: { apt: 'npm', dnf: 'nodejs-npm' },
  python3: { apt: 'python3', dnf: 'python3' },
  pip: { apt: 'python3-pip', dnf: 'python3-pip' },
  'C++17 compiler': { apt: 'g++', dnf: 'gcc-c++' },
};

/**
 * @param {readonly Topic[]} [topics]
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {Promise<Check[]>}
 */
export async function checkMachine(topics = ['node', 'platform', 'npm', 'python', 'compiler'], env = process.env) {
  /** @type {Record<Topic, () => Check[] | Promise<Check[]>>} */
  const checks = {
    node: checkNode,
    platform: checkPlatform,
    npm: () => checkNpm(env),
    python: () => checkPython(env),
    compiler: () => checkCompiler(env),
  };
  return (await Promise.all(topics.map((topic) => checks[topic]()))).flat();
}

/**
 * @param {readonly Check[]} failed
 * @returns {string} one message about everything that is missing
 */
export function describeMissing(failed) {
  const lines = failed.map(({ name, found, remedy }) => `  ${name}: ${found}. ${remedy}`);
  return `this machine lacks what the set-up needs:\n${lines.join('\n')}`;
}

/**
 * @param {readonly number[]} version
 * @param {readonly number[]} minimum
 */
const atLeast = (version, minimum) =>
  version[0] > minimum[0] || (version[0] === minimum[0] && version[1] >= minimum[1]);

/** @returns {Check[]} */
function checkNode() {
  const ok = atLeast(process.versions.node.split('.').map(Number), MINIMUM_NODE);
  const remedy = `Get Node ${MINIMUM_NODE.join('.')} or newer from https://nodejs.org, or with \`nvm install 24\`.`;
  return [{ name: 'Node', ok, found: process.versions.node, remedy: ok ? '' : remedy }];
}

/** @returns {Check[]} */
function checkPlatform() {
  const container =
    'Use a Linux container with glibc: `docker run --rm -it -v "$PWD:/lockstep" -w /lockstep node:24-bookworm ' +
    'bash -c "apt-get update && apt-get install -y python3-pip g++ && npm run demo"`.';
  const found = `${process.platform} ${process.arch}`;
  if (process.platform !== 'linux' || !['x64', 'arm64'].includes(process.arch)) {
    return [
      {
        name: 'platform',
        ok: false,
        found: `${found}, and there is no native build of TensorFlow's C library for it here`,
        remedy: container,
      },
    ];
  }
  const glibc = glibcVersion();
  const ok = glibc !== undefined && atLeast(glibc.split('.').map(Number), MINIMUM_GLIBC);
  const library = glibc === undefined ? 'another C library than glibc (musl, as in Alpine?)' : `glibc ${glibc}`;
  return [
    {
      name: 'platform',
      ok,
      found: `${found}, ${library}${ok ? '' : `; glibc ${MINIMUM_GLIBC.join('.')} or newer is needed`}`,
      remedy: ok ? '' : container,
    },
  ];
}

/** @returns {string | undefined} */
function glibcVersion() {
  const report = /** @type {any} */ (process.report.getReport());
  return report.header.glibcVersionRuntime;
}

/**
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<Check[]>}
 */
async function checkNpm(env) {
  const { code, output } = await run('npx', ['--version'], { env });
  return [packagedTool('npm', code === 0, lastWord(output), 'npx does not run')];
}

/**
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<Check[]>}
 */
async function checkPython(env) {
  const [python, pip] = await Promise.all([
    run('python3', ['--version'], { env }),
    run('python3', ['-m', 'pip', '--version'], { env }),
  ]);
  const pipVersion = /pip (\S+)/.exec(pip.output)?.[1] ?? '';
  return [
    packagedTool('python3', python.code === 0, lastWord(python.output), 'python3 is not there'),
    packagedTool('pip', pip.code === 0, pipVersion, '`python3 -m pip` does not run'),
  ];
}

/**
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<Check[]>}
 */
async function checkCompiler(env) {
  const compiler = await findCompiler(env);
  const tried = env.CXX ? [env.CXX, ...COMPILERS] : COMPILERS;
  return [
    packagedTool(
      'C++17 compiler',
      compiler !== undefined,
      compiler?.version ?? '',
      `none of ${tried.join(', ')} compiles C++17`,
    ),
  ];
}

/**
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {Promise<{ command: string[], version: string } | undefined>} the first compiler that compiles C++17
 */
export async function findCompiler(env = process.env) {
  const candidates = [...(env.CXX ? [env.CXX.trim().split(/\s+/)] : []), ...COMPILERS.map((name) => [name])];
  for (const command of candidates) {
    const [program, ...leading] = command;
    if (!searchPath(program, env).some((path) => existsSync(path))) continue;
    const probe = await run(program, [...leading, '-std=c++17', '-fsyntax-only', '-x', 'c++', '-'], {
      env,
      input: CPP17_PROBE,
    });
    if (probe.code !== 0) continue;
    const { output } = await run(program, [...leading, '--version'], { env });
    return { command, version: output.split('\n', 1)[0].trim() };
  }
  return undefined;
}

/**
 * @param {string} name a key of PACKAGES
 * @param {boolean} ok
 * @param {string} version
 * @param {string} fault
 * @returns {Check}
 */
function packagedTool(name, ok, version, fault) {
  return ok ? { name, ok, found: version, remedy: '' } : { name, ok, found: fault, remedy: installCommand(name) };
}

/** @param {string} name a key of PACKAGES */
function installCommand(name) {
  const sudo = process.getuid?.() === 0 ? '' : 'sudo ';
  const commands = {
    apt: `${sudo}apt-get install -y ${PACKAGES[name].apt}`,
    dnf: `${sudo}dnf install -y ${PACKAGES[name].dnf}`,
  };
  const present = { apt: existsSync('/usr/bin/apt-get'), dnf: existsSync('/usr/bin/dnf') };
  if (present.apt && !present.dnf) return `Get it with \`${commands.apt}\`.`;
  if (present.dnf && !present.apt) return `Get it with \`${commands.dnf}\`.`;
  return `Get it with \`${commands.apt}\` (Debian, Ubuntu) or \`${commands.dnf}\` (Fedora, RHEL).`;
}

/** @param {string} text */
const lastWord = (text) => text.trim().split(/\s+/).at(-1) ?? '';
