/** How much room there is: on the disk of the data folder, and in JetStream. What cannot be read now is left out. */
import { withDeadline, type StorageUsage } from '@lockstep/transport';
import { Gauge, type Registry } from 'prom-client';

interface DiskSpace {
  /** That this process may use. */
  readonly freeBytes: number;
  readonly sizeBytes: number;
}

export interface StorageSources {
  /** Of the data folder's disk. */
  readonly disk: () => Promise<DiskSpace>;
  readonly jetstream: () => Promise<StorageUsage>;
}

/** A disk or a server that does not answer must not take the other metrics with it. */
const PATIENCE_MILLISECONDS = 2000;
const VOLUME = { volume: 'data' } as const;

export function addStorageGauges(registry: Registry, sources: StorageSources): void {
  const disk = once(sources.disk);
  const jetstream = once(sources.jetstream);
  const registers = [registry];
  const volumes: readonly (readonly [name: string, help: string, read: (disk: DiskSpace) => number])[] = [
    ['lockstep_disk_free_bytes', 'Room on the disk of a folder', ({ freeBytes }) => freeBytes],
    ['lockstep_disk_size_bytes', 'Size of this disk', ({ sizeBytes }) => sizeBytes],
  ];
  for (const [name, help, read] of volumes) {
    new Gauge({
      ...{ registers, name, help, labelNames: ['volume'] },
      async collect() {
        this.reset();
        const space = await disk();
        if (space !== undefined) this.set(VOLUME, read(space));
      },
    });
  }
  const stores: readonly (readonly [name: string, help: string, read: (usage: StorageUsage) => number | undefined])[] =
    [
      ['lockstep_jetstream_used_bytes', 'What is stored in JetStream', ({ usedBytes }) => usedBytes],
      ['lockstep_jetstream_limit_bytes', 'What may be stored there', ({ limitBytes }) => limitBytes],
    ];
  for (const [name, help, read] of stores) {
    new Gauge({
      ...{ registers, name, help },
      async collect() {
        const usage = await jetstream();
        const bytes = usage && read(usage);
        if (bytes === undefined) this.remove();
        else this.set(bytes);
      },
    });
  }
}

/** Several metrics of a scrape read the same answer: it is asked for once. */
function once<T>(read: () => Promise<T>): () => Promise<T | undefined> {
  let reading: Promise<T | undefined> | undefined;
  return () => {
    reading ??= withDeadline(read(), PATIENCE_MILLISECONDS, 'a store to say how full it is')
      .catch(() => undefined)
      .finally(() => (reading = undefined));
    return reading;
  };
}
