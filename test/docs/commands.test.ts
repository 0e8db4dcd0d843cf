import { describeCommands, type CommandDescription } from '@lockstep/cli';
import { describe, expect, it } from 'vitest';
import { headings, readDocument, section, tableRows } from '../support/documents.js';

const text = readDocument('docs/commands.md');
const program = describeCommands();
/** What can be called: a noun such as `lockstep job` only groups what is below it; `lockstep worker` runs one as well. */
const leaves = program.commands.flatMap((command) => [...(canRun(command) ? [command] : []), ...command.commands]);

function canRun({ commands, options }: CommandDescription): boolean {
  return commands.length === 0 || options.length > 1;
}

function optionsOf({ options }: CommandDescription): string[] {
  return options.map(({ flags }) => flags);
}

describe('docs/commands.md', () => {
  const common = [...tableRows(section(text, 'Options that many commands have')).keys()];

  it('has exactly the commands that there are', () => {
    const documented = (level: number): string[] =>
      headings(text, level).filter((heading) => heading.startsWith('lockstep '));
    expect(documented(2).sort()).toEqual(program.commands.map(({ path }) => path).sort());
    expect(documented(3).sort()).toEqual(
      leaves.flatMap(({ path }) => (path.split(' ').length > 2 ? [path] : [])).sort(),
    );
  });

  it.each(leaves.map((command) => [command.path, command] as const))('has the options of %s', (path, command) => {
    const documented = [...tableRows(section(text, path)).keys()].filter((key) => key.startsWith('-'));
    const options = optionsOf(command);
    expect(documented.filter((option) => !options.includes(option))).toEqual([]);
    expect(options.filter((option) => !documented.includes(option) && !common.includes(option))).toEqual([]);
  });

  it('counts as common only options that several commands have', () => {
    for (const option of common) {
      expect([option, leaves.filter((command) => optionsOf(command).includes(option)).length > 1]).toEqual([
        option,
        true,
      ]);
    }
  });

  it('has exactly the scripts of package.json', () => {
    const { scripts } = JSON.parse(readDocument('package.json')) as { scripts: Record<string, string> };
    const documented = [...tableRows(text).keys()].filter((key) => key.startsWith('npm '));
    const names = documented.map((key) => key.replace(/^npm (run )?/, ''));
    expect(names.sort()).toEqual(Object.keys(scripts).sort());
  });
});
