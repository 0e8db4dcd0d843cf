import type { Principal } from '@lockstep/core';
import { beforeEach, describe, expect, it } from 'vitest';
import { Gate, isLoopbackName, type Visitor } from './gate.js';

const visitor: Visitor = {
  ...{ address: '10.0.0.1', authorization: undefined, host: 'localhost:8470', origin: undefined, scope: 'read' },
};
const ada: Principal = { owner: 'ada', scopes: ['submit'] };
const known = new Map([['good', { id: 't-1', principal: ada }]]);
const closed = { required: () => Promise.resolve(true), find: (token: string) => Promise.resolve(known.get(token)) };
const open = { required: () => Promise.resolve(false), find: () => Promise.resolve(undefined) };

let now: number;
let gate: Gate;
beforeEach(() => {
  now = 0;
  const limits = { requests: { perSecond: 1, burst: 2 }, refusals: { perSecond: 0.5, burst: 1 } };
  gate = new Gate(closed, limits, () => now);
});
const good = { ...visitor, authorization: 'Bearer good' };

describe('the gate of a coordinator with tokens', () => {
  it('lets in who has one, as its owner', async () => {
    expect(await gate.admit(good)).toEqual(ada);
    expect(await gate.admit({ ...good, authorization: 'bearer  good', scope: 'submit' })).toEqual(ada);
  });

  it('does not care for the host or the origin', async () => {
    expect(await gate.admit({ ...good, host: 'team:8470', origin: 'http://elsewhere' })).toEqual(ada);
  });

  it.each([
    undefined,
    '',
    'good',
    'Basic good',
    'Bearer',
    'Bearer good more',
    'Bearer bad',
    `Bearer ${'x'.repeat(1e4)}`,
  ])('refuses %s', async (authorization) => {
    await expect(gate.admit({ ...visitor, authorization })).rejects.toMatchObject({
      code: 'UNAUTHENTICATED',
      headers: { 'www-authenticate': expect.stringMatching(/^Bearer realm="lockstep"/) as string },
    });
  });

  it('refuses what the scopes do not allow, and says which one is missing', async () => {
    await expect(gate.admit({ ...good, scope: 'admin' })).rejects.toMatchObject({
      code: 'FORBIDDEN',
      message: expect.stringContaining('admin') as string,
    });
  });

  it('shows public pages to everyone, as nobody', async () => {
    const visit = { ...visitor, scope: 'none' } as const;
    expect(await gate.admit({ ...visit, authorization: 'Bearer bad' })).toEqual({ owner: '', scopes: [] });
    expect(await gate.admit({ ...visit, authorization: 'Bearer good' })).toEqual(ada);
  });

  it('refuses who asks too often, until some time has gone by', async () => {
    await gate.admit(good);
    await gate.admit(good);
    await expect(gate.admit(good)).rejects.toMatchObject({ code: 'RATE_LIMITED', headers: { 'retry-after': '1' } });
    now = 1000;
    await gate.admit(good);
    await expect(gate.admit(good)).rejects.toMatchObject({ code: 'RATE_LIMITED' });
  });

  it('lets nobody try tokens quickly, and those with a good one are not held up by it', async () => {
    const guess = { ...visitor, authorization: 'Bearer bad' };
    await expect(gate.admit(guess)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
    await expect(gate.admit(guess)).rejects.toMatchObject({ code: 'RATE_LIMITED', headers: { 'retry-after': '2' } });
    await expect(gate.admit({ ...guess, address: '10.0.0.2' })).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
    expect(await gate.admit(good)).toEqual(ada);
  });
});

describe('the gate of an open coordinator', () => {
  beforeEach(() => {
    gate = new Gate(open);
  });

  it('lets everyone in who asks for this machine', async () => {
    for (const host of ['localhost', '127.0.0.1:8470', '127.1.2.3', '[::1]:8470']) {
      expect(await gate.admit({ ...visitor, host, scope: 'admin' })).toMatchObject({ owner: 'local' });
    }
  });

  it.each([undefined, '', 'evil.example', '127.0.0.1.evil.example', 'localhost.evil.example:8470', 'a b', '10.0.0.1'])(
    'refuses the host %s: a page may have made it mean this machine',
    async (host) => {
      await expect(gate.admit({ ...visitor, host })).rejects.toMatchObject({ code: 'FORBIDDEN' });
    },
  );

  it('refuses pages from elsewhere', async () => {
    for (const origin of ['http://evil.example', 'null', 'http://localhost:1', 'http://localhost:8470.evil.example']) {
      await expect(gate.admit({ ...visitor, origin })).rejects.toMatchObject({ code: 'FORBIDDEN' });
    }
    expect(await gate.admit({ ...visitor, origin: 'http://localhost:8470' })).toMatchObject({ owner: 'local' });
  });

  it('knows the names of this machine', () => {
    for (const name of ['localhost', '127.0.0.1', '127.9.9.9', '::1'])
      expect([name, isLoopbackName(name)]).toEqual([name, true]);
    for (const name of ['0.0.0.0', '::', '', 'host', '128.0.0.1', '127.0.0.1x']) {
      expect([name, isLoopbackName(name)]).toEqual([name, false]);
    }
  });
});
