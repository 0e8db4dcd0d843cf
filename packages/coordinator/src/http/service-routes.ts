/** What the service says about itself: its version and its API. */
import { z } from 'zod';
import { VERSION } from '../version.js';
import type { Api } from './api.js';

export function serviceRoutes(api: Api): void {
  const version = z.object({ name: z.string(), version: z.string(), node: z.string() });
  api.get('/version', { schema: { summary: 'Tell the version', response: { 200: version } } }, () => ({
    name: 'lockstep',
    version: VERSION,
    node: process.version,
  }));
  api.get('/openapi.json', { schema: { hide: true } }, () => api.swagger());
}
