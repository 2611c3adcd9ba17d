/** A message of one version, ready to be walked: which fields come in which order and how each is written. */

import { apiOf, type FieldSchema, fieldsOf, isFlexible, type Versions } from './schema.ts';

/** What a field means beyond its type, as far as a call's own facts are made of it. */
type Role =
  | 'topic'
  | 'topicId'
  | 'group'
  | 'partition'
  | 'offset'
  | 'errorCode'
  | 'errorMessage'
  | 'transactionalId'
  | 'highWatermark'
  | 'acks'
  | 'sessionEpoch'
  | 'forgotten'
  | 'subscription'
  | 'assignment'
  | 'secret'
  | 'none';

export interface PlanField {
  readonly name: string;
  readonly type: string;
  readonly role: Role;
  readonly isArray: boolean;
  readonly isNullable: boolean;
  /** Bytes of a value when all have the same; 0 when they differ. */
  readonly width: number;
  /** Of a structure. */
  readonly plan: Plan | null;
  /** A topic's name with its id behind it, or that id: where the name is told, the id is not told with it again. */
  readonly isTwofold: boolean;
}

export interface Plan {
  /** Another one for each message; -1 for a part of one. */
  readonly number: number;
  readonly fields: readonly PlanField[];
  /** Compact lengths, and tagged fields at the end. */
  readonly isFlexible: boolean;
  readonly tagged: ReadonlyMap<number, PlanField>;
  /** Every value is what its bytes say: none is a secret, told in another form, or named by others beside it. */
  readonly isPlain: boolean;
  /** Its fields as far as facts are looked for. */
  readonly steps: readonly Step[];
}

const partitionNames = new Set([
  'partition',
  'partitionIndex',
  'partitionId',
  'index',
  'partitions',
  'partitionIndexes',
]);
const offsetNames = new Set(['offset', 'fetchOffset', 'baseOffset', 'committedOffset', 'oldStyleOffsets']);
/** Fields that carry, or are as good as, a password. */
const secretNames = new Set(['authBytes', 'hmac', 'saltedPassword', 'requestData', 'responseData', 'requestPrincipal']);

const widths: Readonly<Record<string, number>> = {
  bool: 1,
  int8: 1,
  int16: 2,
  uint16: 2,
  int32: 4,
  int64: 8,
  float64: 8,
  uuid: 16,
};

function roleOf({ name, type }: FieldSchema, isOuter: boolean): Role {
  if (type === 'topic' || type === 'group') return type;
  if (type === 'uuid') return name === 'topicId' || name === 'topicIds' ? 'topicId' : 'none';
  if (type === 'int16') return /errorCode$/i.test(name) ? 'errorCode' : name === 'acks' ? 'acks' : 'none';
  if (type === 'int32') return partitionNames.has(name) ? 'partition' : name === 'sessionEpoch' ? name : 'none';
  if (type === 'int64') return offsetNames.has(name) ? 'offset' : name === 'highWatermark' ? name : 'none';
  if (type === 'string') return name === 'errorMessage' || (isOuter && name === 'transactionalId') ? name : 'none';
  if (type !== 'bytes') return name === 'forgottenTopicsData' ? 'forgotten' : 'none';
  if (secretNames.has(name)) return 'secret';
  if (name === 'metadata' || name === 'memberMetadata') return 'subscription';
  return name === 'assignment' || name === 'memberAssignment' ? 'assignment' : 'none';
}

const has = (versions: Versions | undefined, version: number): boolean =>
  versions !== undefined && version >= versions.from && version <= versions.to;

/** What a plan is made for. */
interface Compiled {
  readonly version: number;
  readonly isFlexible: boolean;
  readonly number: number;
}

function compile(schema: readonly FieldSchema[], message: Compiled): Plan {
  const { version, isFlexible: flexible, number } = message;
  const fields: PlanField[] = [];
  const tagged = new Map<number, PlanField>();
  const present = schema.filter(({ versions }) => has(versions, version));
  const roles = present.map((field) => roleOf(field, number >= 0));
  const nameAt = roles.indexOf('topic');
  const idAt = roles.lastIndexOf('topicId');
  const isTwofold = nameAt >= 0 && nameAt < idAt;
  for (const [index, field] of present.entries()) {
    const role = roles[index] ?? 'none';
    const compiled: PlanField = {
      name: field.name,
      type: field.type,
      role,
      isArray: field.isArray,
      isNullable: has(field.nullable, version),
      width: widths[field.type] ?? 0,
      plan: field.type === 'struct' ? compile(field.fields, { ...message, number: -1 }) : null,
      isTwofold: isTwofold && (index === nameAt || index === idAt),
    };
    if (field.tag === undefined) fields.push(compiled);
    else tagged.set(field.tag, compiled);
  }
  return {
    number,
    fields,
    isFlexible: flexible,
    tagged,
    isPlain: fields.every(isPlain) && isPlainlyNamed(fields),
    steps: stepsOf(fields),
  };
}

/** What is found in a field, or how it is passed over. */
export type Finding =
  | 'structures'
  | 'structure'
  | 'list'
  | 'forgotten'
  | 'topic'
  | 'topicId'
  | 'group'
  | 'errorCode'
  | 'acks'
  | 'sessionEpoch'
  | 'string'
  | 'bytes'
  | 'nothing';

/** Fields whose bytes are passed over at once, and one that is not of these. */
interface Step {
  /** Their bytes; of `nothing` with those of the field. */
  readonly skip: number;
  readonly finding: Finding;
  readonly field: PlanField;
}

export function findingOf({ type, role, isArray, plan, width }: PlanField): Finding {
  if (role === 'forgotten') return role;
  if (isArray) return plan === null ? 'list' : 'structures';
  if (plan !== null) return 'structure';
  switch (role) {
    case 'errorCode':
    case 'acks':
    case 'sessionEpoch':
    case 'topic':
    case 'topicId':
    case 'group':
      return role;
    default:
      return width > 0 ? 'nothing' : type === 'string' ? type : 'bytes';
  }
}

function stepsOf(fields: readonly PlanField[]): readonly Step[] {
  const steps: Step[] = [];
  let skip = 0;
  for (const field of fields) {
    const finding = findingOf(field);
    if (finding === 'nothing') skip += field.width;
    if (finding === 'nothing' && field !== fields.at(-1)) continue;
    steps.push({ skip, finding, field });
    skip = 0;
  }
  return steps;
}

/** `value`, `resourceType`: what they are depends on a name. Ids alone, in a list, name topics, and are told by themselves. */
const isPlain = ({ name, type, role, isArray, plan }: PlanField): boolean =>
  !['value', 'resourceType'].includes(name) &&
  !['secret', 'subscription', 'assignment'].includes(role) &&
  type !== 'float64' &&
  !(isArray && role === 'topicId') &&
  (plan?.isPlain ?? true);

/** `topic` stands where an id was told in its place: it must be free. */
const isPlainlyNamed = (fields: readonly PlanField[]): boolean =>
  !fields.some(({ name }) => name === 'topic') || !fields.some(({ role }) => role === 'topicId');

/** As many APIs, versions and sides as there may be. */
export const MAX_PLANS = 128 * 32 * 2;
/** Invariant: bounded by the table, since only versions it describes have a plan. */
const plans = new Array<Plan | undefined>(MAX_PLANS).fill(undefined);
const embeddedPlans = new Map<string, Plan>();

/** The plan of an API's request or response; undefined for an API or a version nobody has described. */
export function planOf(key: number, side: 'request' | 'response', version: number): Plan | undefined {
  if (version < 0 || version >= 32) return undefined;
  const place = (key * 32 + version) * 2 + (side === 'request' ? 0 : 1);
  const known = plans[place];
  if (known !== undefined) return known;
  const api = apiOf(key);
  const fields = fieldsOf(key, side, version);
  if (api === undefined || fields === undefined) return undefined;
  const plan = compile(fields, { version, isFlexible: isFlexible(api, version), number: place });
  plans[place] = plan;
  return plan;
}

/** The newest version of what consumers tell each other inside the messages of their group. */
export const MAX_EMBEDDED_VERSION = 3;

/** The plan of data embedded in a message; a newer version begins like the newest that is known. */
export function embeddedPlan(
  name: 'ConsumerProtocolSubscription' | 'ConsumerProtocolAssignment',
  version: number,
): Plan {
  const known = Math.min(Math.max(version, 0), MAX_EMBEDDED_VERSION);
  const place = `${name} ${known}`;
  let plan = embeddedPlans.get(place);
  if (plan === undefined) {
    plan = compile(fieldsOf(name, 'data', known) ?? [], { version: known, isFlexible: false, number: -1 });
    embeddedPlans.set(place, plan);
  }
  return plan;
}
