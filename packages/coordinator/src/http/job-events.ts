/** A job's events as server-sent events. */
import { isFinal } from '@lockstep/core';
import type { FastifyReply } from 'fastify';
import type { Job, NumberedEvent } from '../job.js';

/** A comment line this often keeps proxies from closing a quiet stream. */
const KEEP_ALIVE_MILLISECONDS = 10_000;

function writeEvent(reply: FastifyReply, { number, event }: NumberedEvent): void {
  reply.raw.write(`id: ${String(number)}\nevent: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`);
}

/** Streams a job's events; ends after the one that tells of a final state. */
export function followJob(job: Job, after: number | undefined, reply: FastifyReply): void {
  reply.hijack();
  reply.raw.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
  const keepAlive = setInterval(() => reply.raw.write(': still here\n\n'), KEEP_ALIVE_MILLISECONDS);
  let unfollow = (): void => undefined;
  const end = (): void => {
    clearInterval(keepAlive);
    unfollow();
    reply.raw.end();
  };
  reply.raw.on('close', end);
  const send = (numbered: NumberedEvent): void => {
    writeEvent(reply, numbered);
    if (numbered.event.type === 'state' && isFinal(numbered.event.status.state)) end();
  };
  unfollow = job.follow(after, send);
  if (isFinal(job.status.state)) end();
}
