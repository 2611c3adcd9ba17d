/** From what people write to the field that is meant: names, older spellings, flags, groups of fields. */

import type { FieldSpec, FieldUnit, FlagSpec, Schema } from './schema.ts';

export interface FoundField {
  /** The declared name. */
  readonly name: string;
  readonly spec: FieldSpec;
  /** Unit of this spelling, when it is not the field's own. */
  readonly unit?: FieldUnit;
}

export interface Fields {
  readonly schema: Schema;
  /** A declared name or an alias of one, in full. */
  find(name: string): FoundField | undefined;
  flag(name: string): FlagSpec | undefined;
  /** Does a declared name or alias begin with this one and a dot? */
  isGroup(name: string): boolean;
  /** Every spelling, for "did you mean". */
  readonly names: readonly string[];
}

const cache = new WeakMap<Schema, Fields>();

/** The schema's names, made once per schema. */
export function fieldsOf(schema: Schema): Fields {
  const known = cache.get(schema);
  if (known !== undefined) return known;
  const fields = indexFields(schema);
  cache.set(schema, fields);
  return fields;
}

function indexFields(schema: Schema): Fields {
  const found = new Map<string, FoundField>();
  for (const [name, spec] of Object.entries(schema.fields)) {
    for (const alias of spec.aliases ?? []) {
      if (typeof alias === 'string') found.set(alias, { name, spec });
      else found.set(alias.name, { name, spec, unit: alias.unit });
    }
  }
  // A declared name wins over another field's alias.
  for (const [name, spec] of Object.entries(schema.fields)) found.set(name, { name, spec });
  const groups = new Set<string>();
  for (const name of found.keys()) {
    for (let dot = name.indexOf('.'); dot !== -1; dot = name.indexOf('.', dot + 1)) groups.add(name.slice(0, dot));
  }
  const flags = new Map(schema.flags.flatMap((flag) => [flag.id, ...(flag.aliases ?? [])].map((name) => [name, flag])));
  return {
    schema,
    find: (name) => found.get(name),
    flag: (name) => flags.get(name),
    isGroup: (name) => groups.has(name),
    names: [...found.keys(), ...flags.keys()],
  };
}
