/** What happened, as lines through all panels of a dashboard: workers that join and go, and checkpoints. */
import { AnnotationQueryBuilder, type AnnotationQuery } from '@grafana/grafana-foundation-sdk/dashboard';
import type { Builder } from '@grafana/grafana-foundation-sdk/cog';
import { DATA_SOURCE, target } from './panels.js';

/** At least. Grafana takes longer steps for longer times; queries look back by just one, so that no event is missed. */
const SHORTEST_STEP = '15s';
/** A coordinator that was away knows nobody at first: that is no worker's coming or going. */
const COORDINATOR_IS_THERE = 'and on () min_over_time(up{job="coordinator"}[30s]) == 1';
const HEARTBEAT = 'lockstep_worker_heartbeat_timestamp_seconds';

export function workerAnnotations(): Builder<AnnotationQuery>[] {
  const joins = `(${HEARTBEAT} unless ${HEARTBEAT} offset $__interval) ${COORDINATOR_IS_THERE}`;
  const losses = `(${HEARTBEAT} offset $__interval unless ${HEARTBEAT}) ${COORDINATOR_IS_THERE}`;
  return [
    annotation('Joins', 'green', joins, 'Worker {{worker}} joined'),
    annotation('Losses', 'red', losses, 'Worker {{worker}} went'),
  ];
}

/** @param selector of jobs, such as `{job_id="$job_id"}` */
export function checkpointAnnotation(selector: string): Builder<AnnotationQuery> {
  const newest = `lockstep_checkpoint_last_success_timestamp_seconds${selector}`;
  return annotation('Checkpoints', 'blue', `time() - ${newest} < $__interval_ms / 1000`, 'Checkpoint of {{job_id}}');
}

function annotation(name: string, colour: string, expression: string, title: string): Builder<AnnotationQuery> {
  return new AnnotationQueryBuilder()
    .name(name)
    .datasource(DATA_SOURCE)
    .enable(true)
    .iconColor(colour)
    .target(target([expression, ''], 0).range().interval(SHORTEST_STEP))
    .titleFormat(title);
}
