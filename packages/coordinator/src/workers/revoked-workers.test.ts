import { MemoryNetwork, type KeyValue } from '@lockstep/transport';
import { beforeEach, expect, it } from 'vitest';
import { silentLog } from '../testing/fake-worker.js';
import { RevokedWorkers } from './revoked-workers.js';

let records: KeyValue;
beforeEach(async () => {
  records = await new MemoryNetwork().connect('coordinator').keyValue('revoked');
});

const of = (worker: string) => ({ worker, host: 'h', revokedAt: '2026-01-01T00:00:00.000Z', by: 'ada' });

it('are still shut out after a restart, until they are let in again', async () => {
  const before = await RevokedWorkers.open(records, silentLog);
  await before.add(of('w1'));
  await before.add(of('w1'));
  await before.add(of('w2'));
  const after = await RevokedWorkers.open(records, silentLog);
  expect(after.all).toEqual([of('w1'), of('w2')]);
  await after.remove('w1');
  expect((await RevokedWorkers.open(records, silentLog)).has('w1')).toBe(false);
  expect(after.has('w2')).toBe(true);
});

it('can be shut out again after they were let in', async () => {
  const revoked = await RevokedWorkers.open(records, silentLog);
  await revoked.add(of('w1'));
  await revoked.remove('w1');
  await revoked.add(of('w1'));
  expect((await RevokedWorkers.open(records, silentLog)).has('w1')).toBe(true);
});

it('have names that a worker can have, and are there to be let in', async () => {
  const revoked = await RevokedWorkers.open(records, silentLog);
  await expect(revoked.add(of('a b'))).rejects.toMatchObject({ code: 'INVALID_OPTION' });
  await expect(revoked.remove('w1')).rejects.toMatchObject({ code: 'NOT_FOUND' });
});

it.each(['no JSON', '{"worker":"w1"}', ''])('are still shut out when their record is damaged: %j', async (text) => {
  await (await RevokedWorkers.open(records, silentLog)).add(of('w2'));
  await records.update('w1', new TextEncoder().encode(text), 0);
  const revoked = await RevokedWorkers.open(records, silentLog);
  expect(['w1', 'w2', 'w3'].map((worker) => revoked.has(worker))).toEqual([true, true, false]);
  await revoked.remove('w1');
  expect((await RevokedWorkers.open(records, silentLog)).all).toEqual([of('w2')]);
});
