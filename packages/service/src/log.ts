/**
 * The log of a coordinator or a worker: a line of JSON for each event where programs read it, a readable one on a
 * terminal. Both are written before the next statement runs, so that nothing is missing when the process crashes.
 */
import { createRequire } from 'node:module';
import { destination, multistream, pino, stdSerializers, stdTimeFunctions } from 'pino';
import type { DestinationStream, Logger, StreamEntry } from 'pino';
import type { prettyFactory } from 'pino-pretty';

export type LogFormat = 'json' | 'pretty' | 'silent';
export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

export interface LogOptions {
  readonly service: 'coordinator' | 'worker';
  /** The worker's id. */
  readonly worker?: string;
  readonly format: LogFormat;
  /** The least that is written. */
  readonly level: LogLevel;
  /** Where it is written; stderr by default. */
  readonly file?: number;
}

const STDERR = 2;
/** Kept of what could not be written; what comes after that is lost. */
const UNWRITTEN_BYTES = 2 ** 20;
const require = createRequire(import.meta.url);

/** What no line may have, by the names under which it would get there, at the top and one below. */
const SECRETS = ['token', 'authorization', 'password', 'pass', 'jwt', 'credentials', 'creds', 'privateKey'];

/**
 * @param tap gets each line as JSON besides, from `info` on whatever the level is: what is kept of a job does not depend
 *   on what is written
 */
export function openLog(options: LogOptions, tap?: DestinationStream): Logger {
  const { service, worker, format, level } = options;
  const streams: StreamEntry[] = [
    ...(format === 'silent' ? [] : [{ level, stream: openStream(format, options.file ?? STDERR) }]),
    ...(tap === undefined ? [] : [{ level: level === 'debug' ? level : 'info', stream: tap } as const]),
  ];
  return pino(
    {
      level: streams.length === 0 ? 'silent' : level === 'debug' ? level : 'info',
      base: { service, ...(worker !== undefined && { worker }) },
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      // pino shows errors whole under the name `err` alone, and they are called `error` here.
      serializers: { error: stdSerializers.err },
      redact: { paths: SECRETS.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]), censor: '[secret]' },
    },
    multistream(streams),
  );
}

/** Where nobody has said otherwise: people read terminals, programs read everything else. */
export function defaultLogFormat(): LogFormat {
  return process.stderr.isTTY ? 'pretty' : 'json';
}

function openStream(format: 'json' | 'pretty', file: number): DestinationStream {
  const out = destination({ fd: file, sync: true, maxLength: UNWRITTEN_BYTES });
  // A full disk is no reason to end: what cannot be written waits for the next line, and nobody can be told.
  out.on('error', () => undefined);
  if (format === 'json') return out;
  // Loaded where it is needed alone: it takes longer than all the rest.
  const renderer = require('pino-pretty') as { prettyFactory: typeof prettyFactory };
  const render = renderer.prettyFactory({
    colorize: process.stderr.isTTY && process.stderr.hasColors(),
    translateTime: 'SYS:HH:MM:ss.l',
    ignore: 'service',
    errorLikeObjectKeys: ['error'],
    singleLine: true,
    messageFormat: ({ msg }) => (typeof msg === 'string' ? msg.replaceAll('\n', '\n    ') : ''),
  });
  return { write: (line) => out.write(render(tamed(line))) };
}

/** Of a string in JSON: what is escaped there, and the controls that are not. */
const CONTROLS = /\\(?:u00([01][0-9a-f])|([bfr])|.)|[\u007f-\u009f]/g;

/**
 * A line of JSON whose strings name controls instead of having them: a message, an error or its stack may be from
 * elsewhere, and must neither drive the terminal nor forge a line.
 */
function tamed(line: string): string {
  return line.replace(CONTROLS, (found: string, code?: string, letter?: string) => {
    if (code !== undefined) return `\\\\u00${code}`;
    if (letter !== undefined) return `\\\\${letter}`;
    return found.length > 1 ? found : `\\\\u00${found.charCodeAt(0).toString(16)}`;
  });
}
