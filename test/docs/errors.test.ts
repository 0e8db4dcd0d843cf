import { exitCodeOf } from '@lockstep/cli';
import { ERROR_CODES, LockstepError, type ErrorCode } from '@lockstep/core';
import { describe, expect, it } from 'vitest';
import { headings, readDocument, section } from '../support/documents.js';

const text = readDocument('docs/errors.md');

describe('docs/errors.md', () => {
  it('has exactly the codes that there are', () => {
    expect(headings(text, 3).sort()).toEqual(Object.keys(ERROR_CODES).sort());
  });

  it('has the exit code of each', () => {
    const rows = text.matchAll(/^\| (\d+) +\| (.*) \|$/gm);
    const documented = new Map(
      [...rows].flatMap(([, exit, when = '']) =>
        [...when.matchAll(/`([A-Z_]+)`/g)].map(([, code]) => [code, Number(exit)] as const),
      ),
    );
    for (const code of Object.keys(ERROR_CODES) as ErrorCode[])
      expect([code, exitCodeOf(new LockstepError(code, ''))]).toEqual([code, documented.get(code) ?? 1]);
  });

  it.each(Object.keys(ERROR_CODES))('says of %s why it comes and what to do', (code) => {
    const [cause = '', remedy = ''] = section(text, code).split('**What to do:**');
    expect(cause.trim().length).toBeGreaterThan(30);
    expect(remedy.trim().length).toBeGreaterThan(5);
  });
});
