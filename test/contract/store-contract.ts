/** What every object store and key-value store promises. */
import { expect, it } from 'vitest';
import { bytes, text, unique, withCode, type Both } from './transport-contract-support.js';

export function describeObjects(both: Both): void {
  it('keeps objects of any size for everybody', async () => {
    const { one, two } = both();
    const name = unique('objects');
    const [mine, theirs] = [await one.objectStore(name), await two.objectStore(name)];
    for (const size of [0, 1, 1_048_576, 1_048_577, 3_500_000]) {
      const data = Uint8Array.from({ length: size }, (_, i) => (i * 7 + (i >> 10)) & 255);
      await mine.put(`shard/${size}.bin`, data);
      expect(Buffer.compare(await theirs.get(`shard/${size}.bin`), data)).toBe(0);
    }
    expect(await theirs.list()).toEqual([
      'shard/0.bin',
      'shard/1.bin',
      'shard/1048576.bin',
      'shard/1048577.bin',
      'shard/3500000.bin',
    ]);
  });

  it('gives a reader what is in it, and says what is not', async () => {
    const { one, two } = both();
    const name = unique('objects');
    const store = await one.objectStore(name);
    const data = new Uint8Array(2_500_000).map((_value, index) => index % 251);
    await store.put('large', data);
    await store.put('empty', new Uint8Array(0));
    const reader = await two.objectReader(name);
    expect(Buffer.compare(await reader.get('large'), data)).toBe(0);
    expect(await reader.get('empty')).toEqual(new Uint8Array(0));
    await expect(reader.get('none')).rejects.toEqual(withCode('NOT_FOUND'));
    await store.delete('large');
    await expect(reader.get('large')).rejects.toEqual(withCode('NOT_FOUND'));
  });

  it('knows what it has and what it has not', async () => {
    const store = await both().one.objectStore(unique('objects'));
    expect(await store.list()).toEqual([]);
    expect(await store.has('a')).toBe(false);
    await expect(store.get('a')).rejects.toEqual(withCode('NOT_FOUND'));
    await store.put('a', bytes('1'));
    expect(await store.has('a')).toBe(true);
    await store.delete('a');
    await store.delete('a');
    expect(await store.has('a')).toBe(false);
    expect(await store.list()).toEqual([]);
    await expect(store.get('a')).rejects.toEqual(withCode('NOT_FOUND'));
    await store.put('a', bytes('2'));
    expect(text(await store.get('a'))).toBe('2');
  });

  it('replaces an object that is put again', async () => {
    const store = await both().one.objectStore(unique('objects'));
    await store.put('a', bytes('old'));
    await store.put('a', bytes('new'));
    expect(text(await store.get('a'))).toBe('new');
    expect(await store.list()).toEqual(['a']);
  });

  it('gives every reader bytes of its own', async () => {
    const store = await both().one.objectStore(unique('objects'));
    const data = bytes('data');
    await store.put('a', data);
    data.fill(0);
    (await store.get('a')).fill(1);
    expect(text(await store.get('a'))).toBe('data');
  });

  it('keeps stores apart, and refuses names that cannot be one', async () => {
    const { one } = both();
    const store = await one.objectStore(unique('objects'));
    const other = await one.objectStore(unique('objects'));
    await store.put('a', bytes('1'));
    expect(await other.has('a')).toBe(false);
    for (const name of ['', 'a b', 'a*', 'ä'])
      await expect(store.put(name, bytes('x'))).rejects.toEqual(withCode('INTERNAL'));
    await expect(one.objectStore('a.b')).rejects.toEqual(withCode('INTERNAL'));
  });
}

export function describeKeyValue(both: Both): void {
  it('writes only over the revision that is expected', async () => {
    const { one, two } = both();
    const name = unique('kv');
    const [mine, theirs] = [await one.keyValue(name), await two.keyValue(name)];
    expect(await mine.get('lease')).toBeUndefined();
    const first = await mine.update('lease', bytes('1'), 0);
    expect(first).toBeGreaterThan(0);
    expect(await theirs.get('lease')).toMatchObject({ revision: first });
    await expect(theirs.update('lease', bytes('x'), 0)).rejects.toEqual(withCode('REVISION_CONFLICT'));
    const second = await theirs.update('lease', bytes('2'), first);
    expect(second).toBeGreaterThan(first);
    await expect(mine.update('lease', bytes('x'), first)).rejects.toEqual(withCode('REVISION_CONFLICT'));
    await expect(mine.update('none', bytes('x'), second)).rejects.toEqual(withCode('REVISION_CONFLICT'));
    const entry = await mine.get('lease');
    expect(entry?.revision).toBe(second);
    expect(text(entry!.value)).toBe('2');
  });

  it('lets exactly one of many writers win', async () => {
    const { one, two } = both();
    const name = unique('kv');
    const stores = [await one.keyValue(name), await two.keyValue(name)];
    const outcomes = await Promise.allSettled(
      Array.from({ length: 10 }, (_, i) => stores[i % 2]!.update('key', bytes(String(i)), 0)),
    );
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected') expect(outcome.reason).toEqual(withCode('REVISION_CONFLICT'));
    }
  });

  it('forgets what is deleted, and takes it anew', async () => {
    const store = await both().one.keyValue(unique('kv'));
    const revision = await store.update('key', bytes('1'), 0);
    await store.delete('key');
    await store.delete('key');
    expect(await store.get('key')).toBeUndefined();
    expect(await store.keys()).toEqual([]);
    await expect(store.update('key', bytes('x'), revision)).rejects.toEqual(withCode('REVISION_CONFLICT'));
    expect(await store.update('key', bytes('2'), 0)).toBeGreaterThan(revision);
    expect(text((await store.get('key'))!.value)).toBe('2');
  });

  it('lists its keys', async () => {
    const store = await both().one.keyValue(unique('kv'));
    expect(await store.keys()).toEqual([]);
    for (const key of ['job.b', 'job.a', 'c/d=']) await store.update(key, bytes(key), 0);
    expect(await store.keys()).toEqual(['c/d=', 'job.a', 'job.b']);
    for (const key of ['', 'a b', 'a.', '.a', 'a..b', '>', '*']) {
      await expect(store.get(key)).rejects.toEqual(withCode('INTERNAL'));
    }
  });
}
