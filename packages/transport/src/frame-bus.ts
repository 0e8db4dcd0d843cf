/** Frames over a bus: what both services do with every message. A frame that is refused is reported and dropped. */
import { decodeFrame, encodeFrame, type Frame, type RefusalReason } from '@lockstep/proto';
import type { Bus, BusMessage, Subscription } from './bus.js';

export interface FrameMessage {
  readonly frame: Frame;
  readonly subject: string;
  readonly respond?: (frame: Frame) => void;
}

export type OnRefused = (reason: RefusalReason, detail: string, subject: string) => void;
/** `headers`: it was not published by a service of the cluster. */
export type OnOrderRefused = (reason: RefusalReason | 'headers', detail: string, subject: string) => void;

/** @param handle gets frames whose bytes are views into the message: it copies what it keeps */
export function subscribeFrames(
  bus: Bus,
  subject: string,
  handle: (message: FrameMessage) => void,
  onRefused: OnRefused,
): Subscription {
  return bus.subscribe(subject, (message) => {
    take(message, handle, onRefused);
  });
}

/**
 * What the coordinator says to workers, and it alone. A worker that reads from a store can have the answer sent to where
 * others listen; all answers of stores, and of the server, have headers.
 */
export function subscribeOrders(
  bus: Bus,
  subject: string,
  handle: (message: FrameMessage) => void,
  onRefused: OnOrderRefused,
): Subscription {
  return bus.subscribe(subject, (message) => {
    if (message.hasHeaders === true) onRefused('headers', 'it is the answer of a store', message.subject);
    else take(message, handle, onRefused);
  });
}

function take(message: BusMessage, handle: (message: FrameMessage) => void, onRefused: OnRefused): void {
  const result = decodeFrame(message.data);
  if (!result.ok) {
    onRefused(result.reason, result.detail, message.subject);
    return;
  }
  const { respond } = message;
  const answer =
    respond &&
    ((frame: Frame) => {
      respond(encodeFrame(frame));
    });
  handle({ frame: result.frame, subject: message.subject, ...(answer && { respond: answer }) });
}

export function publishFrame(bus: Bus, subject: string, frame: Frame): void {
  bus.publish(subject, encodeFrame(frame));
}
