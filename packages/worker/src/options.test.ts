import { expect, it } from 'vitest';
import { nameFor } from './options.js';

it('calls the worker of a container after it, so that it is the same one when it is started again', () => {
  expect(nameFor('1f2e3d4c5b6a')).toBe('w-1f2e3d4c5b6a');
});

it('makes a name up elsewhere, where several workers may share a machine', () => {
  expect(nameFor('box')).toMatch(/^w-[0-9a-f]{8}$/);
  expect(nameFor('box')).not.toBe(nameFor('box'));
});
