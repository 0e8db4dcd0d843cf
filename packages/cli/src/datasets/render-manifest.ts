/** Manifests for people. Pure: a manifest in, lines out. */
import { manifestSha256, type DatasetManifest } from '@lockstep/core';
import { decimal, grouped } from '../output/numbers.js';
import { renderTable } from '../output/table.js';

const SHOWN = 10;

/** One line each; empty for none. */
export function renderDatasets(manifests: readonly DatasetManifest[]): string {
  if (manifests.length === 0) return '';
  const header = ['name', 'version', 'samples', 'features', 'learns', 'imported'];
  const rows = manifests.map((manifest) => [
    manifest.name,
    String(manifest.version),
    Object.entries(manifest.splits)
      .map(([split, { count }]) => `${grouped(count)} ${split}`)
      .join(' · '),
    `${manifest.features.shape.join('x')} ${manifest.features.dtype}`,
    learns(manifest),
    manifest.createdAt?.slice(0, 16).replace('T', ' ') ?? '–',
  ]);
  return renderTable([header, ...rows], (column) => column === 1).join('\n');
}

export function renderManifest(manifest: DatasetManifest): string {
  const { name, version, features, labels, statistics, source } = manifest;
  const rows = [
    ['dataset', `${name}@${version}`],
    ['features', `${features.shape.join('x')} ${features.dtype}`],
    [
      'learns',
      labels.kind === 'classes' ? `classes: ${some(labels.classNames)}` : `numbers: ${some(targets(manifest))}`,
    ],
    ...Object.entries(manifest.splits).map(([split, { count }]) => [
      split,
      `${grouped(count)} samples${classesIn(statistics?.classCounts?.[split])}`,
    ]),
    ...(manifest.columns ?? []).map((column, index) => [index === 0 ? 'columns' : '', columnText(column)]),
    ...(features.names === undefined && !Array.isArray(features.offset)
      ? [['scaled', `(x - ${decimal(features.offset)}) * ${decimal(Number(features.scale))}`]]
      : [['scaled', 'by column, as the training split says']]),
    ...(statistics?.filled === undefined ? [] : [['filled', some(countsOf(statistics.filled))]]),
    ...(statistics?.dropped === undefined ? [] : [['left out', `${grouped(statistics.dropped)} rows`]]),
    ['content', manifestSha256(manifest)],
    ...(source === '' ? [] : [['source', source]]),
    ...(manifest.createdAt === undefined ? [] : [['imported', manifest.createdAt]]),
  ];
  return renderTable(rows, () => false).join('\n');
}

/** What is not scaled for training is to be known before it. */
function targets({ labels, statistics }: DatasetManifest): string[] {
  if (labels.kind === 'classes') return [];
  return labels.names.map((name, index) => {
    const target = statistics?.targets?.[index];
    if (target === undefined) return name;
    const { minimum, maximum, mean, deviation } = target;
    return `${name} (${decimal(minimum)} to ${decimal(maximum)}, mean ${decimal(mean)}, deviation ${decimal(deviation)})`;
  });
}

function learns({ labels }: DatasetManifest): string {
  return labels.kind === 'classes' ? `${labels.classNames.length} classes` : some(labels.names);
}

function classesIn(counts: readonly number[] | undefined): string {
  return counts === undefined ? '' : `: ${some(counts.map(grouped))} of each class`;
}

function columnText(column: NonNullable<DatasetManifest['columns']>[number]): string {
  const fill = column.fill === undefined ? '' : `; missing: ${column.fill === '' ? 'none of them' : column.fill}`;
  return column.kind === 'numeric' ? `${column.name}${fill}` : `${column.name}: ${some(column.categories)}${fill}`;
}

function countsOf(filled: Readonly<Record<string, number>>): string[] {
  return Object.entries(filled).map(([column, count]) => `${column} ${grouped(count)}`);
}

function some(texts: readonly string[]): string {
  return texts.length > SHOWN ? `${texts.slice(0, SHOWN).join(', ')} … (${texts.length})` : texts.join(', ');
}
