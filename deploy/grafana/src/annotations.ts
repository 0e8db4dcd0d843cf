/** What happened, as lines through all panels of a dashboard: workers that join and go, and checkpoints. */
import { AnnotationQueryBuilder, type AnnotationQuery } from '@grafana/grafana-foundation-sdk/dashboard';
import type { Builder } from '@grafana/grafana-foundation-sdk/cog';
import { DATA_SOURCE, target } from './panels.js';

/**
 * At least; Grafana takes longer steps for longer times. Each query compares what is scraped now with what was one step
 * ago: a change is seen in one step, however long after it the scrape came.
 */
const SHORTEST_STEP = '15s';
const HEARTBEAT = 'lockstep_worker_heartbeat_timestamp_seconds';
/**
 * For so many seconds after its start a coordinator may not know everybody yet, and while it is away it knows nobody:
 * that is no worker's coming or going. Its start is what it says itself, as Prometheus can miss a short absence.
 */
const SETTLING_SECONDS = 30;
const STARTED = 'process_start_time_seconds{job="coordinator"}';

export function workerAnnotations(): Builder<AnnotationQuery>[] {
  const settledNow = `${STARTED} < time() - ${SETTLING_SECONDS}`;
  const settledBefore = `${STARTED} offset $__interval < time() - $__interval_ms / 1000 - ${SETTLING_SECONDS}`;
  const joins = `(${HEARTBEAT} unless ${HEARTBEAT} offset $__interval) and on () (${settledBefore})`;
  const losses = `(${HEARTBEAT} offset $__interval unless ${HEARTBEAT}) and on () (${settledNow})`;
  return [
    annotation('Joins', 'green', joins, 'Worker {{worker}} joined'),
    annotation('Losses', 'red', losses, 'Worker {{worker}} went'),
  ];
}

/**
 * A checkpoint that was scraped before an absence of coordinator or Prometheus is not shown again after it.
 * @param selector of jobs, such as `{job_id="$job_id"}`
 */
export function checkpointAnnotation(selector: string): Builder<AnnotationQuery> {
  const newest = `lockstep_checkpoint_last_success_timestamp_seconds${selector}`;
  const shownBefore = `${newest} == last_over_time(${newest}[1h] offset $__interval)`;
  const lately = `time() - ${newest} < $__interval_ms / 1000 + 60`;
  return annotation(
    'Checkpoints',
    'blue',
    `(${newest} unless ${shownBefore}) and ${lately}`,
    'Checkpoint of {{job_id}}',
  );
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
