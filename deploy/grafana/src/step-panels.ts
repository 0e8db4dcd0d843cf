/** Panels on steps that both dashboards have. */
import type { Builder } from '@grafana/grafana-foundation-sdk/cog';
import type { Panel } from '@grafana/grafana-foundation-sdk/dashboard';
import { curves, heatMap } from './panels.js';

export function stepAnatomy(width: number): Builder<Panel> {
  return curves({
    ...{ title: "A step's anatomy", unit: 's', width, min: 0, stacked: true },
    description:
      'What the mean step goes into: compute until the first part is there, gather until the last one is, reduce for ' +
      'the last additions, apply for the update, broadcast for handing the new parameters to the bus.',
    queries: [['phase:lockstep_step_phase_duration_seconds:mean_rate1m', '{{phase}}']],
  });
}

export function stragglers(width: number): Builder<Panel> {
  return heatMap({
    ...{ title: 'Stragglers', unit: 'short', width, min: 0, max: 3 },
    description:
      'How many times as long a slice takes on a worker as on the others. StragglerPersistent fires after ten minutes ' +
      'above 2. Empty with one worker.',
    queries: [['worker:lockstep_slowness:ratio_rate5m', '{{worker}}']],
  });
}
