/** A job service over a network in memory, with a made-up dataset and a compiler that says what it is told to. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  LOCAL_PRINCIPAL,
  LockstepError,
  type DatasetManifest,
  type JobPlan,
  type Member,
  type Principal,
} from '@lockstep/core';
import { MemoryNetwork } from '@lockstep/transport';
import type { Compiler } from '../compile/compiler.js';
import type { DatasetStore } from '../datasets/dataset-store.js';
import type { Job } from '../jobs/job.js';
import { compileLimits } from '../jobs/job-requests.js';
import { JobService } from '../jobs/job-service.js';
import { StoredModelRegistry } from '../models/stored-model-registry.js';
import type { TrainingObserver } from '../training/training-observer.js';
import { silentLog } from './fake-worker.js';

const digits: DatasetManifest = {
  name: 'digits',
  version: 1,
  features: { shape: [8, 8, 1], dtype: 'uint8', offset: 0, scale: 1 },
  labels: { kind: 'classes', classNames: ['a', 'b'] },
  rowsPerShard: 100,
  splits: { train: { count: 1000, shards: [] } },
  source: 'made up',
};

export const specOf = (name: string, changes: object = {}) => ({
  ...{ name, task: 'multiclass', data: { train: 'digits/train' } },
  ...{ model: { layers: [{ type: 'flatten' }, { type: 'dense', units: 2 }] } },
  ...changes,
});
export const ada: Principal = { owner: 'ada', scopes: ['read', 'submit'] };
export const bob: Principal = { owner: 'bob', scopes: ['read', 'submit'] };

export class TestJobs {
  readonly network = new MemoryNetwork();
  /** What the compiler is asked to check. */
  readonly checked: string[] = [];
  /** States of the jobs whose end was counted. */
  readonly ended: string[] = [];
  /** Workers of the cluster; as long as there are none, every job waits. */
  members: Member[] = [];
  /** Whether the dataset is gone. */
  isDeleted = false;
  readonly #folder: string;
  #coordinators = 0;
  #service: JobService | undefined;

  /** What the compiler says. */
  check: (plan: JobPlan) => Promise<void> = () => Promise.resolve();

  private constructor(folder: string) {
    this.#folder = folder;
  }

  static async open(): Promise<TestJobs> {
    const jobs = new TestJobs(await mkdtemp(path.join(tmpdir(), 'lockstep-jobs-')));
    jobs.service = await jobs.openService();
    return jobs;
  }

  /** Of the coordinator that there is now. */
  get service(): JobService {
    if (this.#service === undefined) throw new Error('There is no service.');
    return this.#service;
  }

  set service(service: JobService) {
    this.#service = service;
  }

  /** Another coordinator of the same cluster. */
  async openService(limits = {}): Promise<JobService> {
    const compiler = {
      check: (plan: JobPlan) => {
        this.checked.push(plan.spec.name);
        return this.check(plan);
      },
      compile: () => Promise.reject(new LockstepError('MODEL_NOT_RECORDABLE', 'no such op')),
    } as unknown as Compiler;
    const datasets = {
      find: (name: string) => (name === 'digits' && !this.isDeleted ? digits : undefined),
      names: () => ['digits'],
    } as unknown as DatasetStore;
    this.#coordinators += 1;
    const transport = this.network.connect(`coordinator-${String(this.#coordinators)}`);
    const stores = { datasets, models: await StoredModelRegistry.open(transport), compiler, dataDir: this.#folder };
    const member = (id: string) => this.members.find(({ worker }) => worker === id);
    const observer = {
      jobEnded: ({ state }: { readonly state: string }) => this.ended.push(state),
    } as unknown as TrainingObserver;
    const workers = { members: () => this.members, member };
    return JobService.open({
      transport,
      log: silentLog,
      ...stores,
      ...workers,
      observer,
      limits: compileLimits(limits),
    });
  }

  submit(name: string, { owner }: Principal = LOCAL_PRINCIPAL, changes: object = {}): Promise<Job> {
    return this.service.submit(specOf(name, changes), { owner });
  }

  namesOf(principal: Principal): string[] {
    return this.service.list({ principal, limit: 50 }).items.map(({ name }) => name);
  }

  async close(): Promise<void> {
    await this.service.close();
    await rm(this.#folder, { recursive: true });
  }
}
