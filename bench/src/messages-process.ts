/** A process of messages-alone.ts: answers each vector with one of the same length. */
import { chunkCount } from '@lockstep/proto';
import { connectNats } from '@lockstep/transport';
import { BENCH_SUBJECTS, sendVector } from './messages-alone.js';

const [natsUrl = '', elements = ''] = process.argv.slice(2);
const { bulk } = await connectNats({ servers: natsUrl, name: 'bench-receiver' });
const values = new Float32Array(Number(elements));
let arrived = 0;
bulk.subscribe(BENCH_SUBJECTS.parameters, () => {
  arrived += 1;
  if (arrived % chunkCount(values.length) === 0) sendVector(bulk, BENCH_SUBJECTS.parts, values);
});
await bulk.flush();
process.send?.('ready');
