/**
 * The text/event-stream format, read incrementally (WHATWG HTML, "Server-sent events"): bytes may be cut anywhere,
 * in the middle of a character or between the two characters of a line end.
 */
import { LockstepError } from '@lockstep/core';

export interface ServerSentEvent {
  /** `message` where the stream names none. */
  readonly type: string;
  readonly data: string;
  /** The last id the stream has given so far; empty while it has given none. */
  readonly id: string;
}

export interface ServerSentEventParser {
  /** Takes the next bytes and returns the events that they complete. */
  push(bytes: Uint8Array): ServerSentEvent[];
}

/** A status with a long history is some 100 kB; a stream without line ends must not fill the memory. */
const MAX_EVENT_CHARACTERS = 16 * 2 ** 20;

export function createServerSentEventParser(): ServerSentEventParser {
  const decoder = new TextDecoder();
  let rest = '';
  let type = '';
  let data: string[] = [];
  let size = 0;
  let id = '';

  function takeLine(line: string, completed: ServerSentEvent[]): void {
    if (line === '') {
      if (data.length > 0) completed.push({ type: type === '' ? 'message' : type, data: data.join('\n'), id });
      [type, data, size] = ['', [], 0];
      return;
    }
    const { field, value } = splitField(line);
    if (field === 'event') type = value;
    if (field === 'data') data.push(value);
    if (field === 'id' && !value.includes('\0')) id = value;
    size += line.length;
  }

  return {
    push(bytes) {
      const completed: ServerSentEvent[] = [];
      const lines = (rest + decoder.decode(bytes, { stream: true })).split(/\r\n|\n|\r(?!$)/);
      rest = lines.pop() ?? '';
      for (const line of lines) takeLine(line, completed);
      if (size + rest.length > MAX_EVENT_CHARACTERS) {
        throw new LockstepError(
          'PAYLOAD_TOO_LARGE',
          `an event of the stream is over ${MAX_EVENT_CHARACTERS} characters`,
        );
      }
      return completed;
    },
  };
}

/** A line that starts with a colon is a comment: its field is empty, which no caller looks for. */
function splitField(line: string): { field: string; value: string } {
  const colon = line.indexOf(':');
  if (colon < 0) return { field: line, value: '' };
  return { field: line.slice(0, colon), value: line.slice(colon + 1).replace(/^ /, '') };
}
