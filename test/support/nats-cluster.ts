/** Several real nats-servers on the loopback interface that are one cluster, with JetStream. */
import { freePort } from './free-port.js';
import { TestNatsServer } from './nats-server.js';
import { waitFor } from './wait-for.js';

const START_MILLISECONDS = 60_000;

export class TestNatsCluster {
  /** By name. */
  readonly servers: ReadonlyMap<string, TestNatsServer>;

  private constructor(servers: ReadonlyMap<string, TestNatsServer>) {
    this.servers = servers;
  }

  /** @param config lines to add to each server's configuration */
  static async start(config: string, names = ['n1', 'n2', 'n3']): Promise<TestNatsCluster> {
    const ports = await Promise.all(names.map(() => freePort()));
    const routes = ports.map((port) => `"nats-route://127.0.0.1:${port}"`).join(', ');
    const servers = new Map<string, TestNatsServer>();
    const cluster = new TestNatsCluster(servers);
    try {
      for (const [index, name] of names.entries()) {
        const own = `cluster { name: test, listen: "127.0.0.1:${ports[index] ?? 0}", routes: [${routes}] }`;
        servers.set(name, await TestNatsServer.start({ config: `server_name: ${name}\n${own}\n${config}` }));
      }
      const knowLeader = (): boolean =>
        [...servers.values()].every((server) => server.log().includes('metadata leader'));
      await waitFor(knowLeader, 'JetStream to have a leader', START_MILLISECONDS);
    } catch (error) {
      await cluster.close();
      throw error;
    }
    return cluster;
  }

  /** All addresses, with commas between. */
  get url(): string {
    return [...this.servers.values()].map(({ url }) => url).join(',');
  }

  async close(): Promise<void> {
    for (const server of this.servers.values()) await server.close();
  }
}
