/** What coordinator, worker and command have in common as processes: their log, and what the machine leaves them. */
export { speakLastWords } from './last-words.js';
export { defaultLogFormat, openLog, type LogFormat, type LogLevel } from './log.js';
export type { Logger } from 'pino';
export { DropLog } from './drop-log.js';
export { Opened } from './opened.js';
export { machineMemory, machineThreads, type MachineThreads } from './machine.js';
