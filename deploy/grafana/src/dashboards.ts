/** All dashboards, by the name of the file that `npm run dashboards` writes. */
import type { DashboardFile } from './build-dashboard.js';
import { clusterDashboard } from './cluster-dashboard.js';
import { jobDashboard } from './job-dashboard.js';

/** As files of JSON. */
export function dashboardFiles(): ReadonlyMap<string, string> {
  return new Map([
    ['cluster.json', json(clusterDashboard())],
    ['job.json', json(jobDashboard())],
  ]);
}

function json(dashboard: DashboardFile): string {
  return `${JSON.stringify(dashboard, undefined, 2)}\n`;
}
