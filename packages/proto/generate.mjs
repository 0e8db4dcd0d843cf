/**
 * Makes generated/lockstep.js and .d.ts from proto/lockstep.proto. They are kept in the repository, so that a build
 * needs no generator; `--check` makes them again elsewhere and fails when they differ from what is kept.
 *
 * They live beside src/, not in it: `../generated/lockstep.js` is the same path from src/ and from dist/, so the
 * compiler has nothing to copy.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import cli from 'protobufjs-cli';

const here = dirname(fileURLToPath(import.meta.url));
const source = 'proto/lockstep.proto';
const folder = join(here, 'generated');
const banner =
  '// Generated from proto/lockstep.proto, do not edit; make again with: node packages/proto/generate.mjs\n';

// Only what the codec uses: encode and decode. Comments are for pbts, which reads the types out of them.
const options = '--no-create --no-verify --no-convert --no-delimited --no-typeurl --no-service --force-number'.split(
  ' ',
);

// protobufjs makes Long objects of 64-bit integers wherever the package `long` can be loaded. Without it they are
// numbers, rounded from 2^53 on, where the codec's check for safe integers refuses them.
const withoutLong = '$protobuf.util.Long = null;\n$protobuf.configure();\n';

/** Runs protobufjs-cli and returns the two files' contents by name. */
async function generate() {
  const pbjs = promisify(cli.pbjs.main);
  const pbts = promisify(cli.pbts.main);
  const shared = ['--target', 'static-module', '--wrap', 'esm', '--root', 'lockstep', ...options, join(here, source)];
  const temporary = mkdtempSync(join(tmpdir(), 'lockstep-proto-'));
  try {
    const commented = join(temporary, 'lockstep.js');
    await pbjs([...shared, '--out', commented]);
    const types = await pbts([commented]);
    const code = await pbjs([...shared, '--no-comments']);
    return { 'lockstep.js': banner + configured(code ?? ''), 'lockstep.d.ts': banner + withoutLongImport(types ?? '') };
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}

/**
 * Adds the configuration after the import, before anything reads it.
 * @param {string} code
 */
function configured(code) {
  const line = 'import $protobuf from "protobufjs/minimal.js";\n';
  if (!code.includes(line)) throw new Error(`protobufjs-cli no longer writes ${line.trim()}: adapt generate.mjs`);
  return code.replace(line, line + withoutLong);
}

/**
 * Drops the import of a package that nothing here depends on; --force-number leaves no use of it.
 * @param {string} types
 */
function withoutLongImport(types) {
  const rest = types.replace('import Long = require("long");\n', '');
  if (/\bLong\b/.test(rest)) throw new Error('the generated types mention Long in spite of --force-number');
  return rest;
}

/** @param {Record<string, string>} files contents by name */
function check(files) {
  const stale = Object.keys(files).filter((name) => {
    try {
      return readFileSync(join(folder, name), 'utf8') !== files[name];
    } catch {
      return true;
    }
  });
  for (const name of stale) {
    console.error(`packages/proto/generated/${name} is not what ${source} gives: run node packages/proto/generate.mjs`);
  }
  if (stale.length > 0) process.exitCode = 1;
}

/** @param {Record<string, string>} files contents by name */
function write(files) {
  mkdirSync(folder, { recursive: true });
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
}

const files = await generate();
if (process.argv.includes('--check')) check(files);
else write(files);
