/** Asks a Prometheus over HTTP. */

export interface Series {
  readonly metric: Readonly<Record<string, string>>;
  readonly value?: readonly [seconds: number, value: string];
  readonly values?: readonly (readonly [seconds: number, value: string])[];
}

export interface RuleState {
  readonly name: string;
  readonly health: string;
  readonly lastError?: string;
}

export interface TargetState {
  readonly labels: Readonly<Record<string, string>>;
  readonly health: string;
  readonly lastError: string;
}

export class PrometheusApi {
  readonly url: string;

  constructor(url: string) {
    this.url = url;
  }

  async isReady(): Promise<boolean> {
    const asked = fetch(`${this.url}/-/ready`, { signal: AbortSignal.timeout(5000) });
    return asked.then(
      ({ ok }) => ok,
      () => false,
    );
  }

  /** @throws Error with Prometheus's own words when the query is refused */
  async query(expression: string): Promise<readonly Series[]> {
    const { result } = await this.#get<{ result: Series[] }>('query', { query: expression });
    return result;
  }

  /** @param seconds how far it looks back, in steps of one second */
  async queryRange(expression: string, seconds: number): Promise<readonly Series[]> {
    const end = Date.now() / 1000;
    const range = { start: String(end - seconds), end: String(end), step: '1' };
    const { result } = await this.#get<{ result: Series[] }>('query_range', { query: expression, ...range });
    return result;
  }

  async rules(): Promise<RuleState[]> {
    const { groups } = await this.#get<{ groups: { rules: RuleState[] }[] }>('rules', {});
    return groups.flatMap(({ rules }) => rules);
  }

  async targets(): Promise<readonly TargetState[]> {
    const { activeTargets } = await this.#get<{ activeTargets: TargetState[] }>('targets', { state: 'active' });
    return activeTargets;
  }

  async #get<T>(path: string, parameters: Record<string, string>): Promise<T> {
    const address = `${this.url}/api/v1/${path}?${new URLSearchParams(parameters).toString()}`;
    const response = await fetch(address, { signal: AbortSignal.timeout(30_000) });
    const answer = (await response.json()) as { status: string; data: T; error?: string };
    if (answer.status === 'success') return answer.data;
    throw new Error(`Prometheus refuses ${parameters['query'] ?? path}: ${answer.error ?? ''}`);
  }
}

/** Whether there is a value that is a number; one that is none draws nothing. */
export function hasData(series: readonly Series[]): boolean {
  const values = series.flatMap(({ value, values: curve = [] }) => (value === undefined ? curve : [value]));
  return values.some(([, text]) => text !== 'NaN');
}

/** As Grafana's `query_result` writes it for the regular expressions of variables. */
export function written({ metric, value }: Series): string {
  const { __name__: name = '', ...labels } = metric;
  const pairs = Object.entries(labels).map(([label, text]) => `${label}="${text}"`);
  return `${name}{${pairs.join(',')}} ${value?.[1] ?? ''} ${value?.[0] ?? ''}`;
}
