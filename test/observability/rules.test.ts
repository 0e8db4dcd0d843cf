import { cpSync, mkdtempSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PROMETHEUS_FOLDER, prometheusFiles, readAlertCases, readAlerts } from '../support/prometheus-files.js';
import { FETCH_MILLISECONDS, prometheusPrograms, promtool } from '../support/programs.js';

const ALERTS = [
  ...['CoordinatorDown', 'WorkerLost', 'BelowMinWorkers', 'JobsQueuedWhileWorkersIdle', 'JobStalled', 'LossNotFinite'],
  ...['StragglerPersistent', 'StepRetryRateHigh', 'CheckpointStale', 'TensorLeak', 'NatsSlowConsumer', 'DiskFilling'],
];

const folder = mkdtempSync(join(tmpdir(), 'lockstep-prometheus-'));
afterAll(() => rmSync(folder, { recursive: true }));
beforeAll(() => void prometheusPrograms(), FETCH_MILLISECONDS);

describe('deploy/prometheus', () => {
  it('is a configuration that Prometheus takes, with all files that it names', () => {
    cpSync(PROMETHEUS_FOLDER, folder, { recursive: true });
    mkdirSync(join(folder, 'secrets'));
    writeFileSync(join(folder, 'secrets/token'), 'made when the cluster is');
    const said = promtool('check', 'config', join(folder, 'prometheus.yml'));
    expect(said).toContain(`${prometheusFiles('rules').length} rule files found`);
  });

  it('has rules without a fault, each name once', () => {
    expect(promtool('check', 'rules', '--lint=all', '--lint-fatal', ...prometheusFiles('rules'))).toContain('SUCCESS');
  });

  it('has the twelve alerts', () => {
    expect(
      readAlerts()
        .map(({ alert }) => alert)
        .sort(),
    ).toEqual([...ALERTS].sort());
  });

  it('has rules that do what their tests say', () => {
    expect(promtool('test', 'rules', ...prometheusFiles('tests'))).toContain('SUCCESS');
  });

  it.each(ALERTS)('tests that %s fires, and a case in which it must not', (alert) => {
    const cases = readAlertCases().filter(({ alertname }) => alertname === alert);
    expect(cases.some(({ exp_alerts: expected }) => expected.length > 0)).toBe(true);
    expect(cases.some(({ exp_alerts: expected }) => expected.length === 0)).toBe(true);
  });
});
