/**
 * Reads a job file, YAML or JSON (which YAML contains). Only what makes it readable is checked here; what it says is
 * checked by the service, so that there is one place that knows.
 */
import { open } from 'node:fs/promises';
import { LockstepError, type Fault } from '@lockstep/core';
import { LineCounter, parseDocument, type Document } from 'yaml';

const MAX_BYTES = 2 ** 20;
/** A few anchors spare typing; thousands of them unfold into gigabytes. */
const MAX_ALIASES = 100;
/** After the first few, faults in the text mostly follow from one another. */
const MAX_FAULTS = 10;

/** @throws LockstepError NOT_FOUND for a file that cannot be read; INVALID_SPEC with the line of each fault. */
export async function readJobFile(file: string): Promise<Record<string, unknown>> {
  const text = await readText(file);
  const lines = new LineCounter();
  const document = parse(file, text, lines);
  const faults = [...document.errors, ...document.warnings].slice(0, MAX_FAULTS).map((fault): Fault => {
    const { line, col } = lines.linePos(fault.pos[0]);
    return { path: `line ${line}, column ${col}`, message: fault.message };
  });
  if (faults.length > 0) throw notReadable(file, faults);
  return toObject(file, document);
}

function parse(file: string, text: string, lineCounter: LineCounter): Document.Parsed {
  try {
    return parseDocument(text, { lineCounter, prettyErrors: false });
  } catch (cause) {
    // The parser descends into nested collections by calling itself.
    const message = cause instanceof RangeError ? 'it is nested too deeply' : String(cause);
    throw notReadable(file, [{ path: '', message }], cause);
  }
}

function toObject(file: string, document: Document.Parsed): Record<string, unknown> {
  let value: unknown;
  try {
    value = document.toJS({ maxAliasCount: MAX_ALIASES });
  } catch (cause) {
    const message =
      cause instanceof RangeError ? 'it is nested too deeply' : `it uses too many aliases: at most ${MAX_ALIASES}`;
    throw notReadable(file, [{ path: '', message }], cause);
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  const message = value === null ? 'it is empty' : 'it must be a mapping with name, task, data, model and training';
  throw notReadable(file, [{ path: '', message }]);
}

async function readText(file: string): Promise<string> {
  const handle = await open(file, 'r').catch((cause: unknown) => {
    throw cannotOpen(file, cause);
  });
  try {
    // Read up to the limit instead of asking for the size: a pipe has none, and a device has no end.
    const chunks: Buffer[] = [];
    let size = 0;
    for await (const chunk of handle.createReadStream({ end: MAX_BYTES, autoClose: false })) {
      chunks.push(chunk as Buffer);
      size += (chunk as Buffer).length;
    }
    if (size > MAX_BYTES)
      throw notReadable(file, [{ path: '', message: `it is larger than ${MAX_BYTES / 2 ** 20} MB` }]);
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks));
  } catch (cause) {
    if (cause instanceof LockstepError) throw cause;
    if (cause instanceof TypeError) throw notReadable(file, [{ path: '', message: 'it is not UTF-8 text' }], cause);
    throw cannotOpen(file, cause);
  } finally {
    await handle.close();
  }
}

function cannotOpen(file: string, cause: unknown): LockstepError {
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  const why = { ENOENT: 'there is no such file', EISDIR: 'it is a folder', EACCES: 'it may not be read' }[String(code)];
  return new LockstepError('NOT_FOUND', `the job file ${file} cannot be read: ${why ?? String(cause)}`, {
    hint: 'a job file looks like examples/mnist-cnn.yaml',
    cause,
  });
}

function notReadable(file: string, faults: readonly Fault[], cause?: unknown): LockstepError {
  return new LockstepError('INVALID_SPEC', `the job file ${file} is not valid YAML or JSON`, { faults, cause });
}
