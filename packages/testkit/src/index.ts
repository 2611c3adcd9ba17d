export { anHttpEntry, idAt, START_MICROS } from './entries.ts';
