/** Whether a cluster on this machine asks for tokens: once there is a file of them in its data folder, it does. */
import { join } from 'node:path';

export async function asksForTokens(dataDir: string): Promise<boolean> {
  const { listTokens } = await import('@lockstep/coordinator');
  return (await listTokens(join(dataDir, 'coordinator', 'tokens.json'))) !== undefined;
}
