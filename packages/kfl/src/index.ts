export type { FieldSpec, FieldType, FieldUnit, FlagSpec, Schema } from './types/schema.ts';
