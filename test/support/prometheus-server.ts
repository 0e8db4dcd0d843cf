/** A real Prometheus with the project's rules, and NATS's exporter, for one test file. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort } from './free-port.js';
import { PrometheusApi } from './prometheus-api.js';
import { prometheusFiles, readPrometheusConfig } from './prometheus-files.js';
import { FETCH_MILLISECONDS, prometheusPrograms } from './programs.js';
import { waitFor } from './wait-for.js';

const READY_MILLISECONDS = 60_000;

/** By the name of Prometheus's job: `host:port` of each process. */
export type Targets = Readonly<Record<string, readonly string[]>>;

export class TestPrometheus {
  readonly api: PrometheusApi;
  readonly #folder: string;
  readonly #child: ChildProcess;

  private constructor(folder: string, child: ChildProcess, port: number) {
    this.#folder = folder;
    this.#child = child;
    this.api = new PrometheusApi(`http://127.0.0.1:${port}`);
  }

  /** The project's configuration and rules, but it scrapes every two seconds, and what is in files. */
  static async start(targets: Targets): Promise<TestPrometheus> {
    const folder = mkdtempSync(join(tmpdir(), 'lockstep-prometheus-'));
    const port = await freePort();
    writeFileSync(join(folder, 'prometheus.yml'), JSON.stringify(configuration()));
    const log = openSync(join(folder, 'log'), 'a');
    const paths = [`--config.file=${join(folder, 'prometheus.yml')}`, `--storage.tsdb.path=${join(folder, 'data')}`];
    const child = spawn(prometheusPrograms().prometheus, [...paths, `--web.listen-address=127.0.0.1:${port}`], {
      stdio: ['ignore', log, log],
    });
    const server = new TestPrometheus(folder, child, port);
    server.setTargets({ ...targets, prometheus: [`127.0.0.1:${port}`] });
    const isUp = async (): Promise<boolean> => child.exitCode !== null || (await server.api.isReady());
    await waitFor(isUp, 'Prometheus to be ready', READY_MILLISECONDS);
    if (child.exitCode !== null) throw new Error(`Prometheus ended at once:\n${server.log()}`);
    return server;
  }

  setTargets(targets: Targets): void {
    for (const [job, addresses] of Object.entries(targets)) {
      writeFileSync(join(this.#folder, `${job}.json`), JSON.stringify([{ targets: addresses }]));
    }
  }

  log(): string {
    return readFileSync(join(this.#folder, 'log'), 'utf8').slice(-4000);
  }

  async close(): Promise<void> {
    await end(this.#child);
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** JSON is YAML. The ways of finding processes are replaced by files beside it, and none asks for a token. */
function configuration(): object {
  const { global, scrape_configs: scrapes } = readPrometheusConfig();
  return {
    global: { ...global, scrape_interval: '2s', scrape_timeout: '2s', evaluation_interval: '2s' },
    rule_files: prometheusFiles('rules'),
    scrape_configs: scrapes.map(({ job_name: name }) => ({
      job_name: name,
      file_sd_configs: [{ files: [`${name}.json`], refresh_interval: '1s' }],
    })),
  };
}

export interface NatsExporter {
  /** Where it is to be scraped, `host:port`. */
  readonly address: string;
  close(): Promise<void>;
}

/** The program, or why there is none. */
export function findNatsExporter(): { readonly program: string } | { readonly missing: string } {
  const script = fileURLToPath(new URL('nats-exporter.mjs', import.meta.url));
  const options = { encoding: 'utf8', timeout: FETCH_MILLISECONDS } as const;
  const { status, stdout, stderr } = spawnSync(process.execPath, [script], options);
  return status === 0 ? { program: stdout.trim() } : { missing: stderr.trim() || 'it cannot be built in time' };
}

/** @param monitoring the URL of nats-server's monitoring */
export async function startNatsExporter(program: string, monitoring: string): Promise<NatsExporter> {
  const port = await freePort();
  const child = spawn(program, ['-a', '127.0.0.1', '-p', String(port), '-varz', monitoring], { stdio: 'ignore' });
  const address = `127.0.0.1:${port}`;
  const answers = (): Promise<boolean> =>
    fetch(`http://${address}/metrics`).then(
      async (response) => (await response.text()).includes('gnatsd_varz'),
      () => false,
    );
  await waitFor(answers, "NATS's exporter to answer", READY_MILLISECONDS);
  return { address, close: () => end(child) };
}

async function end(child: ChildProcess): Promise<void> {
  child.kill('SIGTERM');
  await waitFor(() => child.exitCode !== null || child.signalCode !== null, 'a process to end', READY_MILLISECONDS);
}
