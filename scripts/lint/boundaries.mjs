// Which package may import which, as a table and as the ESLint rule `lockstep/boundaries` that holds it. It looks at
// static and dynamic imports, of values and of types.
import { dirname, relative, resolve, sep } from 'node:path';

/**
 * @typedef {object} Boundary
 * @property {readonly string[]} packages of the workspace, without `@lockstep/`; coordinator and worker never meet here
 * @property {Readonly<Record<string, string>>} [only] packages that one folder of the source alone may import
 * @property {readonly string[]} [npm] where nothing else may be imported, not even from Node: a pure package
 */

/** @type {Readonly<Record<string, Boundary>>} */
export const BOUNDARIES = {
  core: { packages: [], npm: ['zod'] },
  service: { packages: ['core'] },
  engine: { packages: ['core'] },
  proto: { packages: ['core'] },
  transport: { packages: ['core', 'proto'] },
  coordinator: { packages: ['core', 'engine', 'proto', 'service', 'transport'] },
  worker: { packages: ['core', 'engine', 'proto', 'service', 'transport'] },
  client: { packages: ['core'] },
  datasets: { packages: ['core'] },
  cli: {
    packages: ['core', 'client', 'datasets', 'service', 'coordinator', 'worker'],
    only: { engine: 'src/doctor/', transport: 'src/secrets/' },
  },
};

/** npm packages that one folder alone may import; everything else sees the interface that the folder offers. */
const FENCED = {
  nats: 'packages/transport/src/nats/',
  '@nats-io/': 'packages/transport/src/nats/',
  '@tensorflow/': 'packages/engine/src/',
  '@grafana/': 'deploy/grafana/src/',
};

/** Dashboards know the product by the names of its metrics alone. */
const DASHBOARDS = 'deploy/grafana/';

const WORKSPACE = '@lockstep/';

/**
 * @param {string} file relative to the root, with slashes
 * @param {string} specifier
 * @returns {string | undefined} why the file may not import that
 */
function importFault(file, specifier) {
  const [, own, inside] = /^packages\/([^/]+)\/(.*)$/.exec(file) ?? [];
  const isTest = own === undefined || /\.test\.ts$|\/testing\//.test(file);
  if (specifier.startsWith('.')) return relativeFault(file, own, specifier);
  if (specifier.startsWith(WORKSPACE)) {
    const [name, ...deeper] = specifier.slice(WORKSPACE.length).split('/');
    if (deeper.length > 0) return `import ${WORKSPACE}${name} itself, not a file inside it`;
    if (file.startsWith(DASHBOARDS)) return 'dashboards import no package of the product';
    return own === undefined ? undefined : workspaceFault(own, inside, name);
  }
  if (isTest) return undefined;
  for (const [name, folder] of Object.entries(FENCED)) {
    if ((specifier === name || (name.endsWith('/') && specifier.startsWith(name))) && !file.startsWith(folder)) {
      return `only ${folder} imports ${specifier}`;
    }
  }
  const { npm } = BOUNDARIES[own] ?? {};
  if (npm === undefined || npm.includes(specifier)) return undefined;
  return `${own} is pure: it imports nothing but ${npm.join(', ')}`;
}

/**
 * @param {string} file
 * @param {string | undefined} own
 * @param {string} specifier
 */
function relativeFault(file, own, specifier) {
  const target = relative('.', resolve(dirname(file), specifier))
    .split(sep)
    .join('/');
  const home = own === undefined ? undefined : `packages/${own}/`;
  if (home === undefined ? !target.startsWith('packages/') : target.startsWith(home)) return undefined;
  return 'import the package by its name, not by a path into its files';
}

/**
 * @param {string} own
 * @param {string} inside the file's path in its package
 * @param {string} name
 */
function workspaceFault(own, inside, name) {
  const { packages, only = {} } = BOUNDARIES[own] ?? { packages: [] };
  if (packages.includes(name) || (only[name] !== undefined && inside.startsWith(only[name]))) return undefined;
  if (only[name] !== undefined) return `in ${own}, only ${only[name]} imports ${WORKSPACE}${name}`;
  return `${own} may import ${packages.map((other) => WORKSPACE + other).join(', ') || 'no other package'}`;
}

/** @type {import('eslint').Rule.RuleModule} */
export const boundariesRule = {
  meta: { type: 'problem', schema: [] },
  create(context) {
    const file = relative(context.cwd, context.filename).split(sep).join('/');
    /** @param {any} node an import or export; `source` is missing, or no text, where there is nothing to check */
    const check = (node) => {
      const specifier = node.source?.value;
      const fault = typeof specifier === 'string' ? importFault(file, specifier) : undefined;
      if (fault !== undefined) context.report({ node, message: `${fault}.` });
    };
    return {
      ImportDeclaration: check,
      ExportNamedDeclaration: check,
      ExportAllDeclaration: check,
      ImportExpression: check,
      TSImportType: check,
    };
  },
};
