// Programs that are published as Go modules, built from them; go checks the hash of each module.
import { cpSync, mkdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { run } from './run-program.mjs';

/**
 * In a copy of the module: `go install` refuses modules that exclude versions, and asks for lists of versions that not
 * every proxy has.
 * @param {string} module
 * @param {string} version
 * @param {string} packagePath
 * @param {string} target
 * @param {string[]} [linkerFlags]
 */
export async function buildGoProgram(module, version, packagePath, target, linkerFlags = []) {
  const { Dir } = JSON.parse(await run('go', ['mod', 'download', '-json', `${module}@${version}`], { seconds: 300 }));
  const copy = join(tmpdir(), `lockstep-go-${process.pid}`);
  try {
    cpSync(Dir, copy, { recursive: true });
    await run('chmod', ['-R', 'u+w', copy]);
    mkdirSync(dirname(target), { recursive: true });
    const flags = ['-trimpath', '-ldflags', ['-s', '-w', ...linkerFlags].join(' ')];
    const env = { ...process.env, CGO_ENABLED: '0' };
    await run('go', ['build', ...flags, '-o', target, packagePath], { cwd: copy, env, seconds: 1200 });
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}
