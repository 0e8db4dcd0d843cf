/** What Prometheus in the stack knows of it, and whether everything that is asked of it has an answer. */
import { describe, expect } from 'vitest';
import { exampleJob } from '../support/jobs.js';
import { COORDINATOR_HAS_SETTLED, unanswered } from '../support/live-queries.js';
import { hasData, PrometheusApi } from '../support/prometheus-api.js';
import { docker } from './docker.js';
import type { Scene } from './scene.js';
import type { Stack } from './stack.js';

const DATA_MILLISECONDS = 240_000;
/** Curves look back so far. */
const RANGE_SECONDS = 300;

const apiOf = (stack: Stack): PrometheusApi => new PrometheusApi(`http://127.0.0.1:${stack.ports.prometheus}`);

export function observabilityScenes(scene: Scene): void {
  describe('Prometheus', () => {
    scene('finds every process by itself, each new worker too, and reaches all of them.', async (stack) => {
      const settled = (): Promise<boolean> =>
        apiOf(stack)
          .query(COORDINATOR_HAS_SETTLED)
          .then(hasData, () => false);
      await stack.until(settled, 'the coordinator to be there for a while');
      await stack.up(2);
      const expected = ['coordinator', 'nats', 'prometheus', 'worker', 'worker'];
      let seen: readonly string[] = [];
      const allUp = async (): Promise<boolean> => {
        const targets = await apiOf(stack).targets();
        seen = targets.map(({ labels, health, lastError }) => `${labels['job'] ?? ''} ${health} ${lastError}`.trim());
        return JSON.stringify([...seen].sort()) === JSON.stringify(expected.map((job) => `${job} up`));
      };
      await stack.until(allUp, 'every target to be up', () => seen.join(', '));
    });

    scene('answers every query of dashboards, alerts, rules and runbook while a job trains.', async (stack) => {
      const client = await stack.client();
      const job = await exampleJob('mnist-mlp', { training: { epochs: 100_000 }, checkpoint: { everySeconds: 2 } });
      const { id } = await client.jobs.submit(job);
      await stack.atStep(id, 1);
      const run = { api: apiOf(stack), jobId: id, seconds: RANGE_SECONDS };
      const computed = 'count(lockstep_slice_duration_seconds_count > 100) == 2';
      await stack.until(async () => hasData(await run.api.query(computed)), 'both workers to have computed');
      const [lost = ''] = await stack.containers('worker');
      await docker(['kill', lost]);
      expect(await unanswered(run, undefined, DATA_MILLISECONDS)).toEqual([]);
      const rules = await run.api.rules();
      expect(rules.filter(({ health }) => health !== 'ok')).toEqual([]);
      await client.jobs.cancel(id);
      await stack.ended(id);
    });
  });
}
