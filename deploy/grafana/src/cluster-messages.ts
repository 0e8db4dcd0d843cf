/** Panels on the bus: what the coordinator and the workers send, and what NATS says of itself. */
import type { Section } from './build-dashboard.js';
import { curves, heatMap } from './panels.js';

export function messages(): Section {
  return {
    title: 'Messages and NATS',
    panels: [
      curves({
        ...{ title: 'Bytes by kind, coordinator', unit: 'Bps', width: 8, min: 0, stacked: true },
        description: 'control: orders and heartbeats; bulk: parameters out and parts in.',
        queries: [[byteRate('coordinator'), '{{direction}} {{kind}}']],
      }),
      curves({
        ...{ title: 'Bytes by kind, workers', unit: 'Bps', width: 8, min: 0, stacked: true },
        description: 'Of all workers together. Parameters arrive once for each of them.',
        queries: [[byteRate('worker'), '{{direction}} {{kind}}']],
      }),
      heatMap({
        ...{ title: 'Sizes of messages', unit: 'bytes', width: 8, buckets: true },
        description: 'Messages of the coordinator a second, by size.',
        queries: [
          ['sum by (le) (rate(lockstep_message_size_bytes_bucket{job="coordinator"}[$__rate_interval]))', '{{le}}'],
        ],
      }),
      ...nats(),
    ],
  };
}

function nats(): Section['panels'] {
  return [
    curves({
      ...{ title: 'NATS: bytes', unit: 'Bps', width: 8, min: 0 },
      description: 'What clients send to the server and what it sends to them, with reads of the stores.',
      queries: [
        ['rate(gnatsd_varz_in_bytes[$__rate_interval])', 'in'],
        ['rate(gnatsd_varz_out_bytes[$__rate_interval])', 'out'],
      ],
    }),
    curves({
      ...{ title: 'NATS: connections', unit: 'short', width: 4, min: 0, decimals: 0 },
      description: 'Each process has two: for control and for bulk data.',
      queries: [['gnatsd_varz_connections', 'connections']],
    }),
    curves({
      ...{ title: 'NATS: memory', unit: 'bytes', width: 4, min: 0 },
      description: 'What the server holds.',
      queries: [['gnatsd_varz_mem', 'memory']],
    }),
    curves({
      ...{ title: 'Trouble with connections', unit: 'short', width: 8, min: 0, decimals: 0 },
      description:
        'Clients that NATS cut off as they read too slowly, and connections that came back, since the start.',
      queries: [
        ['gnatsd_varz_slow_consumers', 'slow consumers'],
        ['sum by (job) (lockstep_nats_reconnects_total)', 'came back: {{job}}'],
      ],
    }),
  ];
}

function byteRate(job: 'coordinator' | 'worker'): string {
  return `sum by (direction, kind) (rate(lockstep_transport_bytes_total{job="${job}"}[$__rate_interval]))`;
}
