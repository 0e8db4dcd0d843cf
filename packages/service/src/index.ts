/** What coordinator, worker and command have in common as processes: what the machine leaves them. */
export { machineMemory, machineThreads, type MachineThreads } from './machine.js';
