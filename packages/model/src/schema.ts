/** The catalogue KFL is given: fields of every entry, fields of each protocol, and a flag per protocol. */

import type { FieldSpec, Schema } from '@kubeshark/kfl';
import { protocols } from './catalogue.ts';
import { commonFields } from './common-fields.ts';

function protocolFields(): Readonly<Record<string, FieldSpec>> {
  const fields = new Map<string, FieldSpec>();
  for (const { id, fields: declared } of protocols) {
    for (const [name, spec] of Object.entries(declared)) {
      const before = fields.get(name);
      // Two protocols may fill one field: the first describes it.
      fields.set(name, { ...(before ?? spec), protocols: [...(before?.protocols ?? []), id] });
    }
  }
  return Object.fromEntries(fields);
}

/** Everything a query about entries may name. A field that every entry may have is described once, in common. */
export const kflSchema: Schema = {
  fields: { ...protocolFields(), ...commonFields },
  flags: protocols.map(({ id, name, aliases }) => ({ id, doc: `${name} calls.`, ...(aliases && { aliases }) })),
};
