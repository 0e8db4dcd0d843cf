// TypeScript to JavaScript for the images, a file at a time: types are not looked at (`npm test` does that), so a change of
// the code takes seconds. `isolatedModules` in tsconfig.base.json is what makes it right.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import ts from 'typescript';

const [, , target] = process.argv;
const { config } = ts.readConfigFile('tsconfig.base.json', ts.sys.readFile);
const { options, errors } = ts.convertCompilerOptionsFromJson(config.compilerOptions, '.');
if (errors.length > 0) throw new Error(ts.formatDiagnostics(errors, ts.createCompilerHost({})));
// Which kind of module a file is would be looked up on the disk; here all are ESM.
const compilerOptions = {
  ...options,
  module: ts.ModuleKind.ESNext,
  sourceMap: false,
  declaration: false,
  composite: false,
};

for (const { name } of readdirSync('packages', { withFileTypes: true }).filter((entry) => entry.isDirectory())) {
  const sources = join('packages', name, 'src');
  for (const file of readdirSync(sources, { recursive: true, encoding: 'utf8' })) {
    if (!file.endsWith('.ts') || file.endsWith('.d.ts')) continue;
    const { outputText } = ts.transpileModule(readFileSync(join(sources, file), 'utf8'), {
      fileName: file,
      compilerOptions,
    });
    const output = join(target, 'packages', name, 'dist', file.replace(/ts$/, 'js'));
    mkdirSync(dirname(output), { recursive: true });
    writeFileSync(output, outputText);
  }
}
