/** A job on this machine's disk: its graphs, fetched from the store, in files from which threads learn of it. */
import type { DatasetManifest } from '@lockstep/core';
import type { PrepareFrame } from '@lockstep/proto';
import { graphObject, untilReachable, type ObjectReader } from '@lockstep/transport';
import { ThreadFiles } from './thread-files.js';

export class JobFiles {
  readonly #order: PrepareFrame;
  readonly #graphs: ObjectReader;
  #files: ThreadFiles | undefined;
  #removed = false;

  constructor(order: PrepareFrame, graphs: ObjectReader) {
    this.#order = order;
    this.#graphs = graphs;
  }

  /**
   * @param train the dataset of the split that is trained on
   * @returns the file that names the job to threads; undefined when the files were removed meanwhile
   */
  async write(train: DatasetManifest): Promise<string | undefined> {
    const graphs = await Promise.all(
      this.#order.graphs.map(async ({ key, sha256 }) => [key, await this.#get(sha256)] as const),
    );
    const files = await ThreadFiles.make();
    this.#files = files;
    const { features, labels } = train;
    const job = {
      parameters: this.#order.parameters,
      featureShape: features.shape,
      dtype: features.dtype,
      classes: labels.kind === 'classes' ? labels.classNames.length : 0,
      targets: labels.kind === 'values' ? labels.names.length : 0,
    };
    try {
      const file = await files.write(job, new Map(graphs));
      return this.#removed ? undefined : file;
    } finally {
      if (this.#removed) files.remove();
    }
  }

  remove(): void {
    this.#removed = true;
    this.#files?.remove();
  }

  #get(sha256: string): Promise<Uint8Array> {
    return untilReachable(
      () => this.#graphs.get(graphObject(this.#order.job, sha256)),
      () => !this.#removed,
    );
  }
}
