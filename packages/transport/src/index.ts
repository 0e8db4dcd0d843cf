/** The bus and the stores, over NATS or in memory. */
export type * from './bus.js';
export { connectNats } from './nats/connect.js';
export type { NatsCredentials, NatsOptions, RenewableTransport } from './nats/connect.js';
export { MemoryNetwork } from './memory/network.js';
export type { MemoryNetworkOptions } from './memory/network.js';
export type { BusName, Delivery, Fault, StoreFault, StoreOperation } from './memory/faults.js';
export { TransportMetrics } from './metrics.js';
export { CredentialIssuer, type CredentialRequest } from './nats/access/issuer.js';
export { createBusAuthority, createBusTrust, type BusAuthority, type BusTrust } from './nats/access/trust.js';
export { WorkerIdentity } from './nats/access/worker-identity.js';
export { BUCKETS, graphObject } from './buckets.js';
export { withDeadline } from './deadline.js';
export { retryDelay, untilReachable } from './patience.js';
export {
  publishFrame,
  subscribeFrames,
  subscribeOrders,
  type FrameMessage,
  type OnOrderRefused,
  type OnRefused,
} from './frame-bus.js';
