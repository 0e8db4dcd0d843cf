/** The few kinds of panels that the dashboards consist of, with one look. Queries go to one provisioned data source. */
import type { Builder } from '@grafana/grafana-foundation-sdk/cog';
import {
  GraphThresholdsStyleConfigBuilder,
  GraphThresholdsStyleMode,
  LegendDisplayMode,
  LegendPlacement,
  ReduceDataOptionsBuilder,
  StackingConfigBuilder,
  StackingMode,
  TooltipDisplayMode,
  VisibilityMode,
  VizLegendOptionsBuilder,
  VizTooltipOptionsBuilder,
  type DataSourceRef,
} from '@grafana/grafana-foundation-sdk/common';
import { ThresholdsConfigBuilder, ThresholdsMode, type Panel } from '@grafana/grafana-foundation-sdk/dashboard';
import * as heatmap from '@grafana/grafana-foundation-sdk/heatmap';
import { DataqueryBuilder, PromQueryFormat } from '@grafana/grafana-foundation-sdk/prometheus';
import * as stat from '@grafana/grafana-foundation-sdk/stat';
import * as timeseries from '@grafana/grafana-foundation-sdk/timeseries';

/** Its uid is fixed in provisioning/datasources/prometheus.yml, so that no dashboard asks for a data source. */
export const DATA_SOURCE: DataSourceRef = { type: 'prometheus', uid: 'lockstep-prometheus' };

/** PromQL, and what the legend calls its series. */
export type Query = readonly [expression: string, legend: string];

/** A colour from that value on; the first one has no value, and holds below the others. */
export type Threshold = readonly [colour: 'green' | 'yellow' | 'red' | 'blue', from: number | null];

export interface PanelOptions {
  readonly title: string;
  /** What a reader has to know to make something of it. */
  readonly description: string;
  /** A unit of Grafana's, such as `s`, `bytes` or `percentunit`. */
  readonly unit: string;
  /** Of 24 columns. */
  readonly width: number;
  readonly queries: readonly Query[];
  readonly min?: number;
  readonly max?: number;
  readonly decimals?: number;
  readonly thresholds?: readonly Threshold[];
}

const GRAPH_HEIGHT = 8;
const NUMBER_HEIGHT = 4;
const NO_THRESHOLDS: readonly Threshold[] = [['blue', null]];
/** Of the heat maps; Grafana wants all of them named. */
const COLOURS = { scheme: 'Oranges', fill: 'dark-orange', steps: 64, exponent: 0.5, reverse: false };

interface Common<T> {
  title(title: string): T;
  description(text: string): T;
  datasource(source: DataSourceRef): T;
  height(rows: number): T;
  span(columns: number): T;
}

interface WithValues<T> extends Common<T> {
  unit(unit: string): T;
  min(value: number): T;
  max(value: number): T;
  decimals(count: number): T;
  thresholds(thresholds: ThresholdsConfigBuilder): T;
}

/** Curves over time. `threshold` draws the thresholds as lines. */
export function curves(options: PanelOptions & { readonly stacked?: boolean }): Builder<Panel> {
  const legend = new VizLegendOptionsBuilder()
    .displayMode(LegendDisplayMode.List)
    .placement(LegendPlacement.Bottom)
    .showLegend(true);
  const panel = described(new timeseries.PanelBuilder(), options, GRAPH_HEIGHT)
    .legend(legend)
    .tooltip(new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Multi))
    .lineWidth(1)
    .showPoints(VisibilityMode.Never)
    .fillOpacity(options.stacked === true ? 60 : 8)
    .stacking(new StackingConfigBuilder().mode(options.stacked === true ? StackingMode.Normal : StackingMode.None));
  if (options.thresholds !== undefined) {
    panel.thresholdsStyle(new GraphThresholdsStyleConfigBuilder().mode(GraphThresholdsStyleMode.Dashed));
  }
  options.queries.forEach((query, index) => panel.withTarget(target(query, index).range()));
  return panel;
}

/** The newest value of each series, large, in the colour of its threshold. */
export function numbers(options: PanelOptions): Builder<Panel> {
  const panel = described(new stat.PanelBuilder(), options, NUMBER_HEIGHT).reduceOptions(
    new ReduceDataOptionsBuilder().calcs(['lastNotNull']).values(false),
  );
  options.queries.forEach((query, index) => panel.withTarget(target(query, index).instant()));
  return panel;
}

/** A row for each series, or for each bucket of a histogram, and colours for values. */
export function heatMap(options: PanelOptions & { readonly buckets?: boolean }): Builder<Panel> {
  const { scheme, fill, steps, exponent, reverse } = COLOURS;
  const colour = new heatmap.HeatmapColorOptionsBuilder()
    .mode(heatmap.HeatmapColorMode.Scheme)
    .scheme(scheme)
    .fill(fill)
    .steps(steps)
    .exponent(exponent)
    .reverse(reverse);
  if (options.min !== undefined) colour.min(options.min);
  if (options.max !== undefined) colour.max(options.max);
  const panel = placed(new heatmap.PanelBuilder(), options, GRAPH_HEIGHT)
    .calculate(false)
    .color(colour)
    .cellGap(1)
    .cellValues(new heatmap.CellValuesBuilder().unit(options.buckets === true ? 'short' : options.unit).decimals(2))
    .yAxis(new heatmap.YAxisConfigBuilder().unit(options.buckets === true ? options.unit : 'short'))
    .showValue(VisibilityMode.Never)
    .showLegend()
    .tooltip(new heatmap.HeatmapTooltipBuilder().mode(TooltipDisplayMode.Single).showColorScale(true));
  const format = options.buckets === true ? PromQueryFormat.Heatmap : PromQueryFormat.TimeSeries;
  options.queries.forEach((query, index) => panel.withTarget(target(query, index).range().format(format)));
  return panel;
}

/** Without an area or a threshold: what every kind of panel has. */
export function placed<T extends Common<T>>(panel: T, options: PanelOptions, height: number): T {
  return panel
    .title(options.title)
    .description(options.description)
    .datasource(DATA_SOURCE)
    .height(height)
    .span(options.width);
}

/** @param index of the query in its panel: they are called A, B, C … */
export function target([expression, legend]: Query, index: number): DataqueryBuilder {
  return new DataqueryBuilder()
    .refId(String.fromCharCode('A'.charCodeAt(0) + index))
    .datasource(DATA_SOURCE)
    .expr(expression)
    .legendFormat(legend);
}

export function thresholds(steps: readonly Threshold[]): ThresholdsConfigBuilder {
  return new ThresholdsConfigBuilder()
    .mode(ThresholdsMode.Absolute)
    .steps(steps.map(([color, value]) => ({ color, value })));
}

function described<T extends WithValues<T>>(panel: T, options: PanelOptions, height: number): T {
  const { unit, min, max, decimals } = options;
  placed(panel, options, height)
    .unit(unit)
    .thresholds(thresholds(options.thresholds ?? NO_THRESHOLDS));
  if (min !== undefined) panel.min(min);
  if (max !== undefined) panel.max(max);
  if (decimals !== undefined) panel.decimals(decimals);
  return panel;
}
