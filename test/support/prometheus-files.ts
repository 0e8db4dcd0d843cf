/** The files of deploy/prometheus as values, for tests that hold them against documents and run their queries. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { ROOT } from './documents.js';

export const PROMETHEUS_FOLDER = join(ROOT, 'deploy/prometheus');

export interface Rule {
  readonly record?: string;
  readonly alert?: string;
  readonly expr: string;
  readonly for?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

export interface AlertRule extends Rule {
  readonly alert: string;
}

export interface RecordingRule extends Rule {
  readonly record: string;
}

export interface ScrapeConfig {
  readonly job_name: string;
  readonly [key: string]: unknown;
}

export interface PrometheusConfig {
  readonly global: Readonly<Record<string, unknown>>;
  readonly scrape_configs: readonly ScrapeConfig[];
  readonly [key: string]: unknown;
}

export function readPrometheusConfig(): PrometheusConfig {
  return readYaml('prometheus.yml') as PrometheusConfig;
}

/** Paths of the rules, and of what `promtool test rules` runs. */
export function prometheusFiles(kind: 'rules' | 'tests'): string[] {
  const folder = join(PROMETHEUS_FOLDER, kind);
  return readdirSync(folder)
    .sort()
    .map((name) => join(folder, name));
}

export function readAlerts(): AlertRule[] {
  return readRules().filter((rule): rule is AlertRule => rule.alert !== undefined);
}

export function readRecordingRules(): RecordingRule[] {
  return readRules().filter((rule): rule is RecordingRule => rule.record !== undefined);
}

export interface AlertCase {
  readonly alertname: string;
  readonly exp_alerts: readonly unknown[];
}

/** Of all files of tests. */
export function readAlertCases(): AlertCase[] {
  const files = prometheusFiles('tests').map(
    (file) => parse(readFileSync(file, 'utf8')) as { tests: readonly { alert_rule_test?: readonly AlertCase[] }[] },
  );
  return files.flatMap(({ tests }) => tests.flatMap(({ alert_rule_test: cases = [] }) => cases));
}

function readRules(): Rule[] {
  return prometheusFiles('rules').flatMap((file) => {
    const { groups } = parse(readFileSync(file, 'utf8')) as { groups: readonly { rules: readonly Rule[] }[] };
    return groups.flatMap(({ rules }) => rules);
  });
}

function readYaml(name: string): unknown {
  return parse(readFileSync(join(PROMETHEUS_FOLDER, name), 'utf8'));
}
