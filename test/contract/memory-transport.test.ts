import { MemoryNetwork } from '@lockstep/transport';
import { describeTransport } from './transport-contract.js';

const network = new MemoryNetwork();
describeTransport('the memory adapter', async (name) => network.connect(name));
