/** Panels on disks, stores and processes. */
import type { Section } from './build-dashboard.js';
import { curves } from './panels.js';

/** Prometheus's jobs that are processes of the product. */
const OURS = '{job=~"coordinator|worker"}';

export function storage(): Section {
  return {
    title: 'Storage',
    panels: [
      curves({
        ...{ title: 'Free space', unit: 'percentunit', width: 6, min: 0, max: 1 },
        description: 'Of the data folders’ disks and of what JetStream may take. DiskFilling fires below a tenth.',
        queries: [
          ['volume:lockstep_disk_free:ratio', '{{volume}}'],
          ['cluster:lockstep_jetstream_free:ratio', 'jetstream'],
        ],
        thresholds: [
          ['red', null],
          ['yellow', 0.1],
          ['green', 0.3],
        ],
      }),
      curves({
        ...{ title: 'JetStream', unit: 'bytes', width: 6, min: 0 },
        description: 'What its stores hold: datasets, graphs, models and checkpoints.',
        queries: [['lockstep_jetstream_used_bytes', 'used']],
      }),
      curves({
        ...{ title: 'Shards in caches', unit: 'bytes', width: 6, min: 0, stacked: true },
        description: 'Copies that workers keep. On disk, workers of one machine may share them and each tells of all.',
        queries: [['sum by (worker, tier) (lockstep_shard_cache_bytes)', '{{worker}} {{tier}}']],
      }),
      curves({
        ...{ title: 'Requests for shards', unit: 'short', width: 6, min: 0, stacked: true },
        description:
          'A second, by where the rows were found. Once all shards were read, none should come from the store.',
        queries: [['sum by (result) (rate(lockstep_shard_cache_requests_total[$__rate_interval]))', '{{result}}']],
      }),
      ...checkpoints(),
    ],
  };
}

function checkpoints(): Section['panels'] {
  return [
    curves({
      ...{ title: 'Checkpoints', unit: 's', width: 12, min: 0 },
      description: 'How long one takes, on average: from its bytes to its commit, and until one is read and checked.',
      queries: [
        [
          'sum by (op) (rate(lockstep_checkpoint_duration_seconds_sum[5m])) ' +
            '/ (sum by (op) (rate(lockstep_checkpoint_duration_seconds_count[5m])) > 0)',
          '{{op}}',
        ],
      ],
    }),
    curves({
      ...{ title: 'Checkpoints that failed', unit: 'short', width: 12, min: 0, decimals: 0 },
      description: 'Since the start of the coordinator. Training goes on without them.',
      queries: [['lockstep_checkpoint_failures_total', 'failed']],
      thresholds: [
        ['green', null],
        ['red', 1],
      ],
    }),
  ];
}

export function processes(): Section {
  return {
    title: 'Processes',
    panels: [
      curves({
        ...{ title: 'CPU', unit: 'short', width: 8, min: 0 },
        description: 'Cores that each process keeps busy.',
        queries: [[`rate(process_cpu_seconds_total${OURS}[$__rate_interval])`, '{{job}} {{instance}}']],
      }),
      curves({
        ...{ title: 'Memory', unit: 'bytes', width: 8, min: 0 },
        description: 'Resident: with what TensorFlow holds, and its library.',
        queries: [[`process_resident_memory_bytes${OURS}`, '{{job}} {{instance}}']],
      }),
      curves({
        ...{ title: 'Event loop lag', unit: 's', width: 8, min: 0 },
        description: 'How late timers are, 99%. A coordinator that lags hands out steps late.',
        queries: [[`nodejs_eventloop_lag_p99_seconds${OURS}`, '{{job}} {{instance}}']],
        thresholds: [
          ['green', null],
          ['yellow', 0.1],
          ['red', 1],
        ],
      }),
      ...native(),
    ],
  };
}

function native(): Section['panels'] {
  return [
    curves({
      ...{ title: 'Tensors', unit: 'short', width: 6, min: 0, decimals: 0 },
      description: 'Native tensors at the end of each thread’s last call: the same from step to step. See TensorLeak.',
      queries: [['sum by (worker) (lockstep_tensors)', '{{worker}}']],
    }),
    curves({
      ...{ title: 'Memory of tensors', unit: 'bytes', width: 6, min: 0 },
      description: 'What these tensors hold.',
      queries: [['sum by (worker) (lockstep_tensor_memory_bytes)', '{{worker}}']],
    }),
    curves({
      ...{ title: 'Threads that were replaced', unit: 'short', width: 6, min: 0, decimals: 0 },
      description: 'By why they died, since the start of their workers.',
      queries: [['sum by (reason) (lockstep_thread_restarts_total)', '{{reason}}']],
    }),
    curves({
      ...{ title: 'Answers to HTTP requests', unit: 's', width: 6, min: 0 },
      description: '99% of the answers of a route came within that.',
      queries: [
        [
          'histogram_quantile(0.99, sum by (le, route) ' +
            '(rate(lockstep_http_request_duration_seconds_bucket[$__rate_interval])))',
          '{{route}}',
        ],
      ],
    }),
  ];
}
