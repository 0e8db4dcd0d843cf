import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROOT } from '../support/documents.js';

const read = (name: string): string => readFileSync(join(ROOT, 'deploy/compose', name), 'utf8');

/** Variables with their defaults; one that is only passed on, or has to be given, has none. */
function variablesOf(file: string): [name: string, value: string][] {
  const text = read(file);
  const written = [...text.matchAll(/\$\{([A-Z_]+):(?:-([^}]*)|\?[^}]*)\}/g)];
  const passedOn = [...text.matchAll(/^ +([A-Z_]+):$/gm)];
  return [
    ...written.map(([, name = '', value = '']): [string, string] => [name, value]),
    ...passedOn.map(([, name = '']): [string, string] => [name, '']),
  ];
}

describe('.env.example', () => {
  it('has the settings of the compose files, with their defaults, and no others', () => {
    const used = new Map([...variablesOf('compose.yaml'), ...variablesOf('compose.worker.yaml')]);
    const lines = [...read('.env.example').matchAll(/^([A-Z_]+)=(.*)$/gm)];
    const example = new Map(lines.map(([, name = '', value = '']) => [name, value]));
    expect(Object.fromEntries([...example].sort())).toEqual(Object.fromEntries([...used].sort()));
  });

  it('would be understood in both files alike: a setting has one default', () => {
    const all = [...variablesOf('compose.yaml'), ...variablesOf('compose.worker.yaml')];
    const byName = new Map(all);
    expect(all.filter(([name, value]) => byName.get(name) !== value)).toEqual([]);
  });
});
