/**
 * The shape most messages of an API and version have (`shape.ts`), put together from what their fields usually say. Another
 * message changes it; which message made it changes how fast others are read, never what they say.
 */

import { piece } from '../../json/json-writer.ts';
import { KafkaCursor } from './cursor.ts';
import { type FieldHabit, MAX_CHANGES, StructureHabit } from './field-habit.ts';
import { nameOf } from './names.ts';
import { patternOf } from './pattern.ts';
import { MAX_PLANS, type Plan } from './plan.ts';
import { Reading } from './reading.ts';
import { RecordList } from './record-list.ts';
import { Facts, findValue } from './scan.ts';
import { checksOf, type Differing, fits, hasNames, type Shape, type Stretch, type Telling } from './shape.ts';
import type { TopicNames } from './topic-names.ts';

/** No tagged fields. */
const NO_TAGS = Uint8Array.of(0);

/** Where a message stands. */
interface Range {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
}

export class Habit {
  /** Null until a message has come. */
  shape: Shape | null = null;
  readonly #structure: StructureHabit;

  constructor(plan: Plan) {
    this.#structure = new StructureHabit(plan);
  }

  /** Finds the facts of a message that has the shape of those before; null, and facts that mean nothing, for another. */
  find(cursor: KafkaCursor, names: TopicNames, facts: Facts): Shape | null {
    const { shape } = this;
    return shape !== null && hasNames(shape, names) && fits(cursor, shape, facts) && cursor.left === 0 ? shape : null;
  }

  /** The shape of a message, which is learnt where it is another than that of those before; null where it has none. */
  shapeOf(message: Range, names: TopicNames): Shape | null {
    let shape = this.#knownShape(message, names);
    // Structures of one list may say different things: their fields have changed often enough after some more looks.
    for (let look = 0; shape === null && look <= MAX_CHANGES; look++) {
      const isRenamed = this.shape !== null && !hasNames(this.shape, names);
      if (!this.#structure.learn(cursorOver(message), isRenamed)) return null;
      this.shape = new ShapeBuilder(names).shapeOf(this.#structure);
      shape = this.#knownShape(message, names);
    }
    return shape;
  }

  #knownShape(message: Range, names: TopicNames): Shape | null {
    return this.find(cursorOver(message), names, unwanted.reset());
  }
}

/** What is found on the way is not wanted. */
const unwanted = new Facts();

const cursorOver = ({ bytes, start, end }: Range): KafkaCursor => new KafkaCursor(bytes, start, end);

/** By number of the plan. Invariant: as many as there are plans. */
const habits = new Array<Habit | undefined>(MAX_PLANS).fill(undefined);

/** Null where messages say more, or less, than their bytes. */
export function habitOf(plan: Plan): Habit | null {
  if (!plan.isPlain) return null;
  const known = habits[plan.number];
  if (known !== undefined) return known;
  const habit = new Habit(plan);
  habits[plan.number] = habit;
  return habit;
}

class ShapeBuilder {
  readonly #names: TopicNames;
  readonly #stretches: Stretch[] = [];
  /** The stretch that is put together. */
  #always: Uint8Array[] = [];
  #json = '';
  #values = 0;
  #tellings: Telling[] = [];
  #facts = new Facts().reset(true);
  #hasNames = false;

  constructor(names: TopicNames) {
    this.#names = names;
  }

  shapeOf(structure: StructureHabit): Shape {
    // Of structures that have never come nothing is known: no message has their shape.
    if (structure.isSeen) {
      this.#structure(structure);
      this.#end(null);
    }
    return {
      isFlexible: structure.plan.isFlexible,
      stretches: this.#stretches,
      checks: checksOf(this.#stretches),
      names: this.#hasNames ? this.#names : null,
      namesChanges: this.#names.changes,
    };
  }

  #structure({ plan, fields }: StructureHabit): void {
    this.#json += '{';
    for (const [index, habit] of fields.entries()) {
      if (index > 0) this.#json += ',';
      if (habit.inner === null && !habit.differs) this.#value(plan, habit);
      else {
        this.#json += `${JSON.stringify(habit.field.name)}:`;
        if (habit.inner === null) this.#end({ field: habit.field, finding: habit.finding, inner: null });
        else this.#structures(habit, habit.inner);
      }
    }
    this.#json += '}';
    if (plan.isFlexible) this.#always.push(NO_TAGS);
  }

  /** No structure or one is part of the stretch. */
  #structures(habit: FieldHabit, inner: StructureHabit): void {
    const { field, finding, bytes, count, differs } = habit;
    if (differs) {
      const builder = new ShapeBuilder(this.#names);
      this.#end({ field, finding, inner: builder.shapeOf(inner) });
      this.#hasNames ||= builder.#hasNames;
      return;
    }
    this.#always.push(bytes);
    this.#values++;
    if (count < 0) this.#json += 'null';
    else if (!field.isArray) this.#structure(inner);
    else {
      this.#json += '[';
      if (count > 0) this.#structure(inner);
      this.#json += ']';
    }
  }

  /** A field that says what it said: its JSON is what is read of it. */
  #value(plan: Plan, { field, finding, bytes }: FieldHabit): void {
    const { name, role } = field;
    const cursor = new KafkaCursor(plan.isFlexible ? Buffer.concat([bytes, NO_TAGS]) : bytes);
    const read = new Reading(this.#names, new RecordList(0)).struct(cursor, { ...plan, fields: [field] });
    this.#json += JSON.stringify(read).slice(1, -1);
    this.#always.push(bytes);
    const value = read[name];
    this.#values += Array.isArray(value) ? value.length : 1;
    findValue(cursor.reset(bytes), { field, finding }, plan.isFlexible, this.#facts);
    if (role === 'topicId') this.#hasNames = true;
    const told = role === 'topicId' ? read['topic'] : value;
    if (role !== 'none' && typeof told === 'string') this.#tellings.push({ role, name: nameOf(told) });
  }

  /** Ends the stretch with a field that differs, or with the message. */
  #end(next: Differing | null): void {
    this.#stretches.push({
      always: patternOf(this.#always),
      json: piece(this.#json),
      values: this.#values + 1,
      tellings: this.#tellings,
      facts: this.#facts.isEmpty ? null : this.#facts,
      next,
    });
    this.#always = [];
    this.#json = '';
    this.#values = 0;
    this.#tellings = [];
    this.#facts = new Facts().reset(true);
  }
}
