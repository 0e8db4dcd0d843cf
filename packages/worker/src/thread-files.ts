/**
 * What threads load of a job: its graphs, and a file that describes it. They lie in a folder of the member's own among
 * the temporary files, which goes when it lets go of the job. A process that is killed (SIGKILL) leaves it there, except
 * where the temporary files are in memory that goes with its container.
 */
import { rmSync } from 'node:fs';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { ThreadJob } from './thread-messages.js';

export class ThreadFiles {
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  static async make(): Promise<ThreadFiles> {
    return new ThreadFiles(await mkdtemp(path.join(tmpdir(), 'lockstep-job-')));
  }

  /**
   * @param graphs TensorFlow SavedModels by their shapes' keys
   * @returns the file that names the job to threads
   */
  async write(job: Omit<ThreadJob, 'graphFiles'>, graphs: ReadonlyMap<string, Uint8Array>): Promise<string> {
    const graphFiles: Record<string, string> = {};
    for (const [key, bytes] of graphs) {
      const file = path.join(this.#folder, `${String(Object.keys(graphFiles).length)}.pb`);
      await writeFile(file, bytes);
      graphFiles[key] = file;
    }
    const file = path.join(this.#folder, 'job.json');
    await writeFile(file, JSON.stringify({ ...job, graphFiles } satisfies ThreadJob));
    return file;
  }

  /** At once: the process may be about to end. */
  remove(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
