/** The version that the coordinator tells. */
export const VERSION = '0.1.0';
