import { readdirSync, readFileSync } from 'node:fs';
import type { Panel } from '@grafana/grafana-foundation-sdk/dashboard';
import { describe, expect, it } from 'vitest';
import type { DashboardFile } from './build-dashboard.js';
import { dashboardFiles } from './dashboards.js';

const folder = new URL('../dashboards/', import.meta.url);
const files = dashboardFiles();
const read = (name: string): string => readFileSync(new URL(name, folder), 'utf8');

/** The panels that are no headings of sections. */
function panelsOf(name: string): Panel[] {
  const { panels = [] } = JSON.parse(files.get(name) ?? '') as DashboardFile;
  return panels.filter((panel): panel is Panel => panel.type !== 'row');
}

describe('the dashboards', () => {
  it('are the files that Grafana reads: npm run dashboards makes them', () => {
    expect(readdirSync(folder).sort()).toEqual([...files.keys()].sort());
    for (const [name, text] of files) expect(read(name)).toBe(text);
  });

  it('ask nobody for a data source', () => {
    const provisioned = readFileSync(new URL('../provisioning/datasources/prometheus.yml', import.meta.url), 'utf8');
    const [, uid] = /^ +uid: (\S+)$/m.exec(provisioned) ?? [];
    expect(uid).toBe('lockstep-prometheus');
    for (const text of files.values()) {
      expect(text).not.toContain('${DS_');
      const named = [...text.matchAll(/"uid": "([^"]+)"/g)].map(([, found]) => found);
      expect(new Set(named.filter((found) => !found?.match(/^lockstep-(cluster|job)$/)))).toEqual(new Set([uid]));
    }
  });
});

describe.each([...files.keys()])('%s', (name) => {
  const panels = panelsOf(name);

  it('has panels that fill their lines and do not lie over one another', () => {
    const taken = new Set<string>();
    for (const { gridPos, title } of panels) {
      const { x, y, w, h } = gridPos ?? { x: 0, y: 0, w: 0, h: 0 };
      expect([title, x + w <= 24 && w * h > 0]).toEqual([title, true]);
      for (let column = x; column < x + w; column++) {
        for (let row = y; row < y + h; row++) taken.add(`${column} ${row}`);
      }
    }
    const area = panels.reduce((sum, { gridPos }) => sum + (gridPos?.w ?? 0) * (gridPos?.h ?? 0), 0);
    expect(taken.size).toBe(area);
    expect(area % 24).toBe(0);
  });

  it('says of each panel what it shows, in what unit, and asks the provisioned data source', () => {
    for (const { title, type, description, datasource, fieldConfig, options, targets } of panels) {
      const unit = fieldConfig?.defaults.unit ?? (options as { cellValues?: { unit: string } }).cellValues?.unit;
      expect([title, (description ?? '').length > 10, datasource?.uid]).toEqual([title, true, 'lockstep-prometheus']);
      if (type !== 'table') expect([title, typeof unit]).toEqual([title, 'string']);
      expect(targets?.length).toBeGreaterThan(0);
    }
  });

  it('numbers its panels and has each title once', () => {
    const { panels: all = [] } = JSON.parse(files.get(name) ?? '') as DashboardFile;
    expect(all.map(({ id }) => id)).toEqual(all.map((_, index) => index + 1));
    const titles = panels.map(({ title }) => title);
    expect(new Set(titles).size).toBe(titles.length);
  });

  it('has lines for workers that join and go, and for checkpoints', () => {
    const { annotations } = JSON.parse(files.get(name) ?? '') as DashboardFile;
    expect(annotations.list?.map((annotation) => annotation.name)).toEqual(['Joins', 'Losses', 'Checkpoints']);
  });
});
