import { jobFileJsonSchema } from '@lockstep/core';
import { describe, expect, it } from 'vitest';
import { readDocument } from '../support/documents.js';

describe('docs/job-file.schema.json', () => {
  it('is what job files are checked by; where it is not, `npm run schema` writes it again', () => {
    expect(JSON.parse(readDocument('docs/job-file.schema.json'))).toEqual(
      JSON.parse(JSON.stringify(jobFileJsonSchema('ref'))) as unknown,
    );
  });
});
