export * from './admission.js';
export * from './fair-turns.js';
export * from './memory-room.js';
export * from './more-workers.js';
export * from './start-decision.js';
