/** `lockstep init`: writes a job file to start from. It asks nothing, and never writes over a file unless told to. */
import { mkdir, writeFile } from 'node:fs/promises';
import { basename, dirname, extname, relative, resolve, sep } from 'node:path';
import { pathToFileURL } from 'node:url';
import { LockstepError } from '@lockstep/core';
import { parse } from 'yaml';
import type { TemplateName } from '../options.js';
import { jobFileSchemaFile, repositoryRoot } from '../paths.js';
import { TEMPLATES } from './templates.js';

export interface InitOptions {
  /** Where the job file goes; `.yaml` is added to a name without an extension. */
  readonly file: string;
  readonly template: TemplateName;
  /** Whether a file that is there already may be lost. */
  readonly force: boolean;
}

export interface WrittenJobFile {
  readonly path: string;
  /** Of the job, as the file has it. */
  readonly name: string;
  readonly template: TemplateName;
}

/** @throws LockstepError CONFLICT for a file that is there already, INVALID_OPTION where no file can be */
export async function writeJobFile({ file, template, force }: InitOptions): Promise<WrittenJobFile> {
  const path = extname(file) === '' ? `${file}.yaml` : file;
  const name = jobName(path);
  const text = renderTemplate(TEMPLATES[template], { NAME: name, SCHEMA: schemaAddress(path), FILE: path });
  const content = extname(path) === '.json' ? `${JSON.stringify(parse(text), undefined, 2)}\n` : text;
  try {
    // What is in the way of the folder is in the way of the file too, and said better there.
    await mkdir(dirname(path), { recursive: true }).catch(() => undefined);
    await writeFile(path, content, { flag: force ? 'w' : 'wx' });
  } catch (error) {
    throw cannotWrite(path, error);
  }
  return { path, name, template };
}

function renderTemplate(template: string, values: Readonly<Record<string, string>>): string {
  return template.replaceAll(/\b(NAME|SCHEMA|FILE)\b/g, (key) => values[key] ?? key);
}

/** The file's own name, without what a job's name may not have. */
function jobName(path: string): string {
  const name = basename(path, extname(path))
    .replaceAll(/[^A-Za-z0-9._-]+/g, '-')
    .replace(/^[^A-Za-z0-9]+/, '')
    .slice(0, 64);
  return name === '' ? 'my-job' : name;
}

/** A relative path moves with the checkout; from outside of it only the whole address leads there. */
function schemaAddress(path: string): string {
  const folder = dirname(resolve(path));
  if (folder !== repositoryRoot && !folder.startsWith(repositoryRoot + sep))
    return pathToFileURL(jobFileSchemaFile).href;
  const address = relative(folder, jobFileSchemaFile).split(sep).join('/');
  return address.startsWith('.') ? address : `./${address}`;
}

function cannotWrite(path: string, cause: unknown): LockstepError {
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  if (code === 'EEXIST') {
    return new LockstepError('CONFLICT', `${path} is there already`, {
      hint: 'give another name, or --force to lose what it holds',
      cause,
    });
  }
  const why = { EISDIR: 'it is a folder', EACCES: 'it may not be written', ENOTDIR: 'its folder is none' };
  const known = Object.entries(why).find(([name]) => name === code)?.[1];
  return new LockstepError('INVALID_OPTION', `${path} cannot be written: ${known ?? String(cause)}`, { cause });
}
