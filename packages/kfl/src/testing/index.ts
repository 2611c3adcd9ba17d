/** For tests of the packages that run queries in other ways than this one: the same scripts, queries and entries. */
export { anyCondition, anyEntry } from './arbitrary.ts';
export { readScript, type Script, type Step } from './script.ts';
