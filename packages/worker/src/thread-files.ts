/**
 * What threads load of a job: its graphs, and a file that describes it. They lie in a folder of the member's own among
 * the temporary files, which goes when it lets go of the job. A process that ends without that, killed or in a hurry,
 * leaves it there; the next worker on the machine that starts removes it.
 */
import { rmSync } from 'node:fs';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import path from 'node:path';
import type { ThreadJob } from './thread-messages.js';

/** Of a process: folders of another host, or container, may lie beside it and have the same pid in their names. */
const prefixOf = (pid: string): string => `lockstep-job-${encodeURIComponent(hostname())}-${pid}-`;

/** Removes what processes of this host that are gone have left. Never rejects. */
export async function removeLeftFolders(): Promise<void> {
  const left = (await readdir(tmpdir()).catch(() => [])).filter((name) => {
    const [pid] = /(?<=-)\d+(?=-[^-]+$)/.exec(name) ?? [];
    return pid !== undefined && name.startsWith(prefixOf(pid)) && !isRunning(Number(pid));
  });
  // Another user's cannot be removed, and one that another worker removes is not there any more.
  await Promise.allSettled(left.map((name) => rm(path.join(tmpdir(), name), { recursive: true })));
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    // EPERM: it runs, as somebody else.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

export class ThreadFiles {
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  static async make(): Promise<ThreadFiles> {
    return new ThreadFiles(await mkdtemp(path.join(tmpdir(), prefixOf(String(process.pid)))));
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
