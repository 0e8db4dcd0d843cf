/** Puts sections of panels together to a dashboard as Grafana reads it from a file. */
import type { Builder } from '@grafana/grafana-foundation-sdk/cog';
import {
  DashboardBuilder,
  DashboardCursorSync,
  DashboardLinkBuilder,
  DashboardLinkType,
  RowBuilder,
  type AnnotationQuery,
  type Dashboard,
  type Panel,
  type VariableModel,
} from '@grafana/grafana-foundation-sdk/dashboard';

export interface Section {
  readonly title: string;
  /** From left to right, 24 columns a line. */
  readonly panels: readonly Builder<Panel>[];
}

export interface DashboardOptions {
  readonly uid: string;
  readonly title: string;
  readonly description: string;
  readonly variables: readonly Builder<VariableModel>[];
  readonly annotations: readonly Builder<AnnotationQuery>[];
  readonly sections: readonly Section[];
}

// The schema before dashboardv2 is the one that every Grafana in use reads from files.
// eslint-disable-next-line @typescript-eslint/no-deprecated
export type DashboardFile = Dashboard;

const TAG = 'lockstep';

export function buildDashboard(options: DashboardOptions): DashboardFile {
  // eslint-disable-next-line @typescript-eslint/no-deprecated -- as above
  const dashboard = new DashboardBuilder(`Lockstep / ${options.title}`)
    .uid(options.uid)
    .description(options.description)
    .tags([TAG])
    .readonly()
    .tooltip(DashboardCursorSync.Crosshair)
    .time({ from: 'now-30m', to: 'now' })
    .refresh('5s')
    .link(otherDashboards());
  for (const variable of options.variables) dashboard.withVariable(variable);
  for (const annotation of options.annotations) dashboard.annotation(annotation);
  for (const { title, panels } of options.sections) {
    dashboard.withRow(new RowBuilder(title));
    for (const panel of panels) dashboard.withPanel(panel);
  }
  return withIds(dashboard.build());
}

function otherDashboards(): DashboardLinkBuilder {
  return new DashboardLinkBuilder('Lockstep')
    .type(DashboardLinkType.Dashboards)
    .tags([TAG])
    .asDropdown(false)
    .keepTime(true);
}

/** Links to a panel name its number, so it must not be made up anew with each start. */
function withIds(dashboard: DashboardFile): DashboardFile {
  dashboard.panels?.forEach((panel, index) => {
    panel.id = index + 1;
  });
  return dashboard;
}
