/**
 * Objects that belong to jobs, under names of the form `<job>.<rest>`. A store cannot list those of one job, and listing
 * all takes the longer the more jobs are kept. So this knows the names by job: from one list, when they are asked for
 * first, and from what is written here.
 */
import type { ObjectStore } from '@lockstep/transport';

export class JobObjects {
  readonly #store: ObjectStore;
  /** By job; those that are no job's by ''. */
  readonly #names = new Map<string, Set<string>>();
  #listed: Promise<void> | undefined;

  constructor(store: ObjectStore) {
    this.#store = store;
  }

  /** Jobs that have objects. */
  async jobs(): Promise<readonly string[]> {
    await this.#list();
    return [...this.#names.keys()];
  }

  get(name: string): Promise<Uint8Array> {
    return this.#store.get(name);
  }

  /** Replaces an object of that name. */
  async put(name: string, bytes: Uint8Array): Promise<void> {
    // First: one whose answer is lost may be there.
    this.#remember(name);
    await this.#store.put(name, bytes);
  }

  /** Puts an object that only ever has these bytes. */
  async putOnce(name: string, bytes: Uint8Array): Promise<void> {
    this.#remember(name);
    if (!(await this.#store.has(name))) await this.#store.put(name, bytes);
  }

  async delete(name: string): Promise<void> {
    await this.#store.delete(name);
    const job = jobOf(name);
    const names = this.#names.get(job);
    names?.delete(name);
    if (names?.size === 0) this.#names.delete(job);
  }

  /** Deletes all of a job except `kept`; '' stands for no job. */
  async sweep(job: string, kept: readonly string[] = []): Promise<void> {
    await this.#list();
    for (const name of [...(this.#names.get(job) ?? [])]) if (!kept.includes(name)) await this.delete(name);
  }

  /** Once; after a failure again. What is deleted meanwhile may be remembered: deleting it once more does no harm. */
  async #list(): Promise<void> {
    this.#listed ??= this.#store.list().then((names) => {
      for (const name of names) this.#remember(name);
    });
    try {
      await this.#listed;
    } catch (error) {
      this.#listed = undefined;
      throw error;
    }
  }

  #remember(name: string): void {
    const job = jobOf(name);
    const names = this.#names.get(job);
    if (names === undefined) this.#names.set(job, new Set([name]));
    else names.add(name);
  }
}

function jobOf(name: string): string {
  return name.slice(0, Math.max(0, name.indexOf('.')));
}
