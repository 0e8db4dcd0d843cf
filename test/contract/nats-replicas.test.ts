/** Copies of what is stored, on a real cluster of three servers and on one that stands alone. */
import { connectNats, type NatsOptions, type Transport } from '@lockstep/transport';
import { connect } from 'nats';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { TestNatsCluster } from '../support/nats-cluster.js';
import { TestNatsServer } from '../support/nats-server.js';

let cluster: TestNatsCluster;
let alone: TestNatsServer;
const transports: Transport[] = [];
/** Streams that have got another number of copies, with the number of before. */
const changed: [string, number][] = [];

beforeAll(async () => {
  [cluster, alone] = await Promise.all([TestNatsCluster.start(''), TestNatsServer.start()]);
}, 90_000);

afterEach(async () => {
  await Promise.all(transports.splice(0).map((transport) => transport.close()));
  changed.length = 0;
});

afterAll(async () => {
  await Promise.all([cluster.close(), alone.close()]);
});

async function open(count: number, options: Partial<NatsOptions> = {}): Promise<Transport> {
  const replicas = { count, onChanged: (stream: string, before: number) => void changed.push([stream, before]) };
  const transport = await connectNats({ servers: cluster.url, name: 'test', replicas, ...options });
  transports.push(transport);
  return transport;
}

async function copies(): Promise<Record<string, number>> {
  const connection = await connect({ servers: cluster.url.split(',') });
  const manager = await connection.jetstreamManager();
  const streams = await manager.streams.list().next();
  await connection.close();
  return Object.fromEntries(streams.map(({ config }) => [config.name, config.num_replicas]));
}

it('keeps as many copies as are wanted of what is made and of what is there, and says what it has changed', async () => {
  const before = await open(1);
  await (await before.keyValue('values')).update('a', Uint8Array.of(1), 0);
  await (await before.objectStore('objects')).put('b', new Uint8Array(1_500_000).fill(2));
  expect(await copies()).toEqual({ KV_values: 1, OBJ_objects: 1 });

  const after = await open(3);
  const [values, objects] = [await after.keyValue('values'), await after.objectStore('objects')];
  await (await after.objectStore('more')).put('c', Uint8Array.of(3));
  await after.keyValue('others');
  expect(await copies()).toEqual({ KV_values: 3, OBJ_objects: 3, OBJ_more: 3, KV_others: 3 });
  expect(changed).toEqual([
    ['KV_values', 1],
    ['OBJ_objects', 1],
  ]);
  expect([...((await values.get('a'))?.value ?? [])]).toEqual([1]);
  expect(await values.update('a', Uint8Array.of(4), 1)).toBe(2);
  expect((await objects.get('b')).length).toBe(1_500_000);
});

it('reads what has just been stored, whichever server answers', async () => {
  const [writer, reader] = [await open(3), await open(3)];
  const store = await writer.objectStore('fresh');
  for (let count = 0; count < 30; count++) {
    await store.put(`object-${String(count)}`, Uint8Array.of(count));
    const [here, there] = await Promise.all([
      store.get(`object-${String(count)}`),
      (await reader.objectReader('fresh')).get(`object-${String(count)}`),
    ]);
    expect([...here, ...there]).toEqual([count, count]);
  }
});

it('comes in by any of the servers that are named', async () => {
  const gone = 'nats://127.0.0.1:1';
  for (const url of cluster.url.split(',')) {
    const transport = await open(3, { servers: `${gone},${url}` });
    await transport.control.flush();
  }
});

it('says what to do when there are too few servers for so many copies', async () => {
  const refused = { code: 'INVALID_OPTION', hint: expect.stringContaining('--nats-replicas') as string };
  const single = await open(3, { servers: alone.url });
  await expect(single.keyValue('values')).rejects.toMatchObject(refused);
  await expect(single.objectStore('objects')).rejects.toMatchObject(refused);
  const five = await open(5);
  await expect(five.keyValue('five')).rejects.toMatchObject(refused);
  await expect(five.objectStore('values')).rejects.toMatchObject(refused);
});
