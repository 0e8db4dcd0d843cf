import { MemoryNetwork } from '@lockstep/transport';
import { expect, it } from 'vitest';
import { countedTransport, newTraffic } from './traffic.js';

it('counts the bytes of messages by link and direction, and passes them on', async () => {
  const network = new MemoryNetwork();
  const traffic = newTraffic();
  const coordinator = countedTransport(network.connect('coordinator'), traffic);
  const worker = network.connect('worker');
  const heard: number[] = [];
  coordinator.bulk.subscribe('part', ({ data }) => void heard.push(data.length));
  worker.control.subscribe('hello', ({ respond }) => respond?.(new Uint8Array(5)));
  worker.bulk.publish('part', new Uint8Array(3));
  coordinator.bulk.publish('parameters', new Uint8Array(7));
  await coordinator.control.request('hello', new Uint8Array(2), 10_000);
  await Promise.all([worker.bulk.flush(), coordinator.bulk.flush()]);
  await expect.poll(() => heard).toEqual([3]);
  expect(traffic).toEqual({ control: { sent: 2, received: 5 }, bulk: { sent: 7, received: 3 } });
});
