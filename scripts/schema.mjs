// `npm run schema`: writes the job file's JSON Schema, docs/job-file.schema.json, for editors. It is made from the schema
// that checks job files, so it is never edited by hand; test/docs/job-file-schema.test.ts finds out when it is old.
import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';

const file = fileURLToPath(new URL('../docs/job-file.schema.json', import.meta.url));
const { jobFileJsonSchema } = await import(new URL('../packages/core/dist/index.js', import.meta.url).href);
const options = { ...(await resolveConfig(file)), filepath: file };

await writeFile(file, await format(JSON.stringify(jobFileJsonSchema('ref')), options));
console.log(`${file} is written.`);
