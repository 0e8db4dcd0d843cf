import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { ROOT } from '../support/documents.js';

const read = (name: string): string => readFileSync(join(ROOT, 'deploy/compose', name), 'utf8');

/** Variables with their defaults; one that has to be given has none. */
function variablesOf(file: string): [name: string, value: string][] {
  const written = [...read(file).matchAll(/\$\{([A-Z_]+):(?:-([^}]*)|\?[^}]*)\}/g)];
  return written.map(([, name = '', value = '']): [string, string] => [name, value]);
}

interface Service {
  readonly image: string;
  readonly pull_policy?: string;
}

function servicesOf(file: string): Record<string, Service> {
  return (parse(read(file), { merge: true }) as { services: Record<string, Service> }).services;
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

describe.each(['compose.yaml', 'compose.worker.yaml'])('%s', (file) => {
  it('has no variable without a value: it would not see .env when another file includes this one', () => {
    expect(read(file).match(/^ +(?:- )?[A-Z_]+:?$/gm)).toBeNull();
  });

  it('takes images of its own from no registry, where their names may be anybody’s', () => {
    const own = Object.values(servicesOf(file)).filter(({ image }) => image.includes(':-lockstep/'));
    expect(own).not.toEqual([]);
    expect(own.filter((service) => service.pull_policy !== '${LOCKSTEP_PULL_POLICY:-never}')).toEqual([]);
  });
});
