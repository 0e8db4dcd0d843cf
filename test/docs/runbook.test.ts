import { describe, expect, it } from 'vitest';
import { headings, readDocument, section } from '../support/documents.js';
import { readAlerts, readPrometheusConfig } from '../support/prometheus-files.js';

const text = readDocument('docs/runbook.md');
const commands = headings(readDocument('docs/commands.md'), 2).concat(headings(readDocument('docs/commands.md'), 3));
const alerts = readAlerts();

describe('docs/runbook.md', () => {
  it('has a section for each alert, and no others', () => {
    expect(headings(text, 2).sort()).toEqual(alerts.map(({ alert }) => alert).sort());
  });

  it.each(alerts)('says of $alert what it means, what to look at and what to do', ({ alert }) => {
    const parts = section(text, alert).split(/\*\*What (?:it means|to look at|to do):\*\*/);
    expect(parts.map((part) => part.trim().length > 30)).toEqual([false, true, true, true]);
    expect(parts[2]).toContain('```promql');
  });

  it('names commands that there are', () => {
    const named = [...text.matchAll(/`lockstep ([a-z]+(?: [a-z]+)?)/g)].map(([, words = '']) => words);
    const known = (words: string): boolean =>
      [words, words.split(' ')[0]].some((command) => commands.includes(`lockstep ${command}`));
    expect(named.length).toBeGreaterThan(10);
    expect(named.filter((words) => !known(words))).toEqual([]);
    const nouns = new Set(commands.filter((name) => name.split(' ').length === 3).map((name) => name.split(' ')[1]));
    const verbs = named.filter((words) => words.includes(' ') && nouns.has(words.split(' ')[0]));
    expect(verbs.filter((words) => !commands.includes(`lockstep ${words}`))).toEqual([]);
  });
});

describe.each(alerts)('$alert', ({ alert, labels, annotations = {} }) => {
  it('has a severity, a summary and a description', () => {
    expect(['critical', 'warning']).toContain(labels?.['severity']);
    expect(Object.keys(annotations).sort()).toEqual(['description', 'runbook_url', 'summary']);
  });

  it('links to its section, in whatever place the documents are', () => {
    const { external_labels: external } = readPrometheusConfig().global as { external_labels: { docs: string } };
    expect(annotations['runbook_url']).toBe(`{{ $externalLabels.docs }}/runbook.md#${alert.toLowerCase()}`);
    expect(external.docs).toBe('docs');
  });
});
