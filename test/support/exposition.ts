/** Prometheus's text format as values, for tests of what processes tell. */
import { waitFor } from './wait-for.js';

export class Exposition {
  readonly text: string;
  /** By name: `counter`, `gauge`, `histogram` … */
  readonly types: ReadonlyMap<string, string>;
  /** By name and labels, as they are written. */
  readonly samples: ReadonlyMap<string, number>;

  constructor(text: string) {
    this.text = text;
    this.types = new Map(
      [...text.matchAll(/^# TYPE (\w+) (\w+)$/gm)].map(([, name = '', type = '']) => [name, type] as const),
    );
    const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
    this.samples = new Map(
      lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ') + 1))]),
    );
  }

  static async scrape(url: string): Promise<Exposition> {
    const response = await fetch(`${url}/metrics`, { signal: AbortSignal.timeout(30_000) });
    if (!response.ok) throw new Error(`${url}/metrics answered ${response.status}: ${await response.text()}`);
    return new Exposition(await response.text());
  }

  /** The sum over all series of that name whose labels have these texts in them, such as `kind="bulk"`. */
  sum(name: string, ...labels: readonly string[]): number {
    const found = [...this.samples].filter(
      ([series]) =>
        (series === name || series.startsWith(`${name}{`)) && labels.every((label) => series.includes(label)),
    );
    if (found.length === 0) throw new Error(`There is no series ${name} with ${labels.join(', ')}.`);
    return found.reduce((sum, [, value]) => sum + value, 0);
  }

  /** Only the project's own. */
  get own(): string {
    const isOwn = (line: string): boolean => /^(# (HELP|TYPE) )?lockstep_/.test(line);
    return `${this.text.split('\n').filter(isOwn).join('\n')}\n`;
  }

  /** Names of labels of the project's own series. */
  get labels(): ReadonlySet<string> {
    const series = [...this.samples.keys()].filter((key) => key.startsWith('lockstep_'));
    return new Set(series.flatMap((key) => [...key.matchAll(/[{,](\w+)="/g)].map(([, label = '']) => label)));
  }
}

/** Waits until what is scraped there is as it should be. */
export async function untilScraped(
  urls: readonly string[],
  condition: (...scraped: Exposition[]) => boolean,
  what: string,
): Promise<void> {
  const scrape = () => Promise.all(urls.map((url) => Exposition.scrape(url)));
  await waitFor(async () => condition(...(await scrape())), what);
}
