// What the linter holds, and why: CONTRIBUTING.md. Layout is prettier's; unused exports and dependencies are knip's.
import { defineConfig, globalIgnores } from 'eslint/config';
import tseslint from 'typescript-eslint';
import { boundariesRule } from './scripts/lint/boundaries.mjs';

const SOURCES = ['packages/*/src/**/*.ts'];
const UNIT_TESTS = ['packages/*/src/**/*.test.ts', 'packages/*/src/**/testing/**/*.ts'];
const TESTS = [...UNIT_TESTS, 'test/**/*.ts'];

/** Functions of `Math` whose last bits differ between versions of Node. + - * / and sqrt have one answer (IEEE 754). */
const INEXACT =
  'acos acosh asin asinh atan atan2 atanh cbrt cos cosh exp expm1 hypot log log10 log1p log2 pow sin sinh tan tanh';

/** Clocks, randomness and I/O that are there without an import. */
const IMPURE = [
  ...['Buffer', 'Date', 'crypto', 'fetch', 'performance', 'process', 'queueMicrotask'],
  ...['setImmediate', 'setInterval', 'setTimeout'],
].map((name) => ({ name, message: 'core is pure: have it handed in.' }));

const DEFAULT_EXPORTS = { direct: true, named: true, defaultFrom: true, namedFrom: true, namespaceFrom: true };

const restrictedProperties = {
  environment: {
    object: 'process',
    property: 'env',
    message: 'Only options.ts reads the environment; hand the value in.',
  },
  randomness: { object: 'Math', property: 'random', message: 'Randomness comes from the seed; see random/stream.ts.' },
  inexact: INEXACT.split(' ').map((property) => ({
    object: 'Math',
    property,
    message: 'Its bits differ between versions of Node, and core must have the same everywhere.',
  })),
};

export default defineConfig(
  globalIgnores([
    '**/dist/',
    '**/generated/',
    '**/node_modules/',
    '.lockstep/',
    'lockstep-out/',
    'lockstep-data/',
    'coverage/',
  ]),
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  {
    name: 'every file',
    plugins: { lockstep: { rules: { boundaries: boundariesRule } } },
    rules: {
      'lockstep/boundaries': 'error',
      'max-lines': ['error', 300],
      'no-restricted-exports': ['error', { restrictDefaultExports: DEFAULT_EXPORTS }],
      eqeqeq: 'error',
      'no-console': 'error',
      'no-constant-binary-expression': 'error',
      'no-duplicate-imports': ['error', { allowSeparateTypeImports: true }],
      'no-else-return': ['error', { allowElseIf: false }],
      'no-fallthrough': 'error',
      'no-param-reassign': 'error',
      'no-self-compare': 'error',
      'no-unreachable': 'error',
      'no-useless-rename': 'error',
      'no-var': 'error',
      'object-shorthand': 'error',
      'prefer-const': ['error', { ignoreReadBeforeAssign: true }],
    },
  },
  {
    name: 'scripts',
    files: ['**/*.mjs', 'lockstep'],
    rules: {
      'no-console': 'off',
      'no-undef': 'off', // scripts are type-checked as well
      'no-unused-vars': ['error', { argsIgnorePattern: '^_', caughtErrors: 'none' }],
    },
  },
  {
    name: 'typescript',
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: {
      parserOptions: {
        projectService: { allowDefaultProject: ['vitest.config.ts'] },
        tsconfigRootDir: import.meta.dirname,
      },
    },
    rules: {
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_', caughtErrors: 'none' },
      ],
      // What comes off the wire is a number or a string; comparing it with an enum's member is how it gets its meaning.
      '@typescript-eslint/no-unsafe-enum-comparison': 'off',
      // An empty environment variable means the same as none.
      '@typescript-eslint/prefer-nullish-coalescing': ['error', { ignorePrimitives: { string: true } }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/dot-notation': ['error', { allowIndexSignaturePropertyAccess: true }],
      '@typescript-eslint/no-confusing-void-expression': [
        'error',
        { ignoreArrowShorthand: true, ignoreVoidReturningFunctions: true },
      ],
      // `as number` behind an index that is known to be inside says which type comes out; `!` says less.
      '@typescript-eslint/non-nullable-type-assertion-style': 'off',
      // protobufjs and tfjs take plain objects of the right shape where their types name a class.
      '@typescript-eslint/no-unsafe-class-instance-assignment': 'off',
      // `async` without `await` makes a method of an asynchronous interface reject instead of throw.
      '@typescript-eslint/require-await': 'off',
      'max-lines-per-function': ['error', 40],
    },
  },
  {
    name: 'product',
    files: SOURCES,
    ignores: UNIT_TESTS,
    rules: {
      'no-restricted-properties': ['error', restrictedProperties.environment, restrictedProperties.randomness],
      'no-restricted-syntax': [
        'error',
        {
          selector:
            ':matches(NewExpression, CallExpression)[callee.name=/^(Aggregate|Eval|Range|Reference|Syntax|Type|URI)?Error$/]',
          message: 'Throw a LockstepError: it has a code that docs/errors.md explains.',
        },
      ],
    },
  },
  {
    name: 'examples print what they do, for a person who reads along',
    files: ['examples/*.ts'],
    rules: { 'no-console': 'off', '@typescript-eslint/restrict-template-expressions': 'off' },
  },
  {
    name: 'who reads, or sets, the environment',
    files: ['packages/*/src/options.ts', 'packages/engine/src/native/environment.ts'],
    rules: { 'no-restricted-properties': ['error', restrictedProperties.randomness] },
  },
  {
    name: 'core is pure: no clock, no randomness, no I/O',
    files: ['packages/core/src/**/*.ts'],
    ignores: UNIT_TESTS,
    rules: {
      'no-restricted-globals': ['error', ...IMPURE],
      'no-restricted-properties': ['error', restrictedProperties.randomness, ...restrictedProperties.inexact],
    },
  },
  {
    name: 'threads are loaded by their default export, tools by that of their configuration',
    files: [
      'packages/{worker,coordinator}/src/{thread,compile/compile-thread,models/predict-thread}.ts',
      '{,test/compose/}*.config.{ts,mjs}',
      'knip.ts',
    ],
    rules: { 'no-restricted-exports': 'off' },
  },
  {
    name: 'tests: a describe is one long function',
    files: [...TESTS, '**/*.test.mjs'],
    rules: {
      'max-lines': ['error', 400],
      'max-lines-per-function': 'off',
      // Tests know what is there, and hand over what the types forbid.
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-unnecessary-condition': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/unbound-method': 'off',
    },
  },
);
