import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { headings, ROOT } from '../support/documents.js';

const FOLDERS = ['.', 'docs', 'docs/decisions'];
const documents = FOLDERS.flatMap((folder) =>
  readdirSync(join(ROOT, folder))
    .filter((name) => name.endsWith('.md'))
    .map((name) => join(folder, name)),
);

/** Folders and files that the text names in backticks; secrets and settings are there once somebody made them. */
const PATH =
  /`((?!deploy\/compose\/(?:secrets|\.env`))(?:packages|scripts|deploy|docs|test|bench|examples|patches)\/[A-Za-z0-9_./@-]+)`/g;

/** The name of a heading in a link: GitHub's rule for plain words. */
const anchorOf = (heading: string): string => heading.toLowerCase().replaceAll(' ', '-');

describe.each(documents)('%s', (file) => {
  const text = readFileSync(join(ROOT, file), 'utf8');

  it('links to what is there', () => {
    const links = [...text.matchAll(/\]\(([^)]+)\)/g)]
      .map(([, target]) => target!)
      .filter((target) => !/^https?:/.test(target));
    const broken = links.filter((target) => {
      const [path = '', anchor] = target.split('#');
      const place = path === '' ? join(ROOT, file) : join(ROOT, dirname(file), path);
      if (!existsSync(place)) return true;
      if (anchor === undefined) return false;
      const linked = readFileSync(place, 'utf8');
      return ![2, 3, 4].flatMap((level) => headings(linked, level).map(anchorOf)).includes(anchor);
    });
    expect(broken).toEqual([]);
  });

  it('names files that are there', () => {
    const missing = [...text.matchAll(PATH)].map(([, path]) => path!).filter((path) => !existsSync(join(ROOT, path)));
    expect(missing).toEqual([]);
  });
});
