/** The shape of JSON values as a JSON Schema that describes all that were seen. */

/** Names of one object; more are a map, whose names mean nothing. */
const MAX_PROPERTIES = 200;
const MAX_DEPTH = 16;
/** Items of one array looked at: those behind look like those before. */
const MAX_ITEMS = 50;

export interface JsonShape {
  readonly types: Set<string>;
  /** Times an object was seen here. */
  objects: number;
  readonly properties: Map<string, { shape: JsonShape; seen: number }>;
  isMap: boolean;
  items: JsonShape | undefined;
}

export const newShape = (): JsonShape => ({
  types: new Set(),
  objects: 0,
  properties: new Map(),
  isMap: false,
  items: undefined,
});

export function observe(shape: JsonShape, value: unknown, depth = 0): void {
  if (depth > MAX_DEPTH) return;
  if (value === null) shape.types.add('null');
  else if (Array.isArray(value)) {
    shape.types.add('array');
    shape.items ??= newShape();
    for (const item of value.slice(0, MAX_ITEMS)) observe(shape.items, item, depth + 1);
  } else if (typeof value === 'object') observeObject(shape, value as Readonly<Record<string, unknown>>, depth);
  else if (typeof value === 'number') shape.types.add(Number.isInteger(value) ? 'integer' : 'number');
  else if (typeof value === 'boolean' || typeof value === 'string') shape.types.add(typeof value);
}

function observeObject(shape: JsonShape, value: Readonly<Record<string, unknown>>, depth: number): void {
  shape.types.add('object');
  shape.objects++;
  for (const [name, item] of Object.entries(value)) {
    let property = shape.properties.get(name);
    if (property === undefined) {
      if (shape.properties.size >= MAX_PROPERTIES) {
        shape.isMap = true;
        continue;
      }
      property = { shape: newShape(), seen: 0 };
      shape.properties.set(name, property);
    }
    property.seen++;
    observe(property.shape, item, depth + 1);
  }
}

/** JSON Schema 2020-12, as OpenAPI 3.1 takes it. A name that was always there is required. */
export function schemaOf(shape: JsonShape): Readonly<Record<string, unknown>> {
  const types = [...shape.types].filter((type) => type !== 'integer' || !shape.types.has('number')).sort();
  const properties = [...shape.properties];
  const required = properties.filter(([, { seen }]) => seen === shape.objects).map(([name]) => name);
  return {
    ...(types.length > 0 && { type: types.length === 1 ? types[0] : types }),
    ...(properties.length > 0 &&
      !shape.isMap && {
        properties: Object.fromEntries(properties.map(([name, { shape: of }]) => [name, schemaOf(of)])),
      }),
    ...(required.length > 0 && !shape.isMap && { required }),
    ...(shape.isMap && { additionalProperties: true }),
    ...(shape.items !== undefined && { items: schemaOf(shape.items) }),
  };
}
