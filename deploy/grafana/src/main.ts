/** `npm run dashboards`: writes the dashboards to deploy/grafana/dashboards. */
import { writeFileSync } from 'node:fs';
import { dashboardFiles } from './dashboards.js';

for (const [name, text] of dashboardFiles()) writeFileSync(new URL(`../dashboards/${name}`, import.meta.url), text);
