/** A call as the engine takes it. */

import type { Description } from '../../dissect/dissector.ts';
import { CallFacts } from './call.ts';
import { describeCall } from './describe.ts';
import { WrittenKafka } from './written.ts';

/** One for all calls: each is written before the next is. */
const writtenKafka = new WrittenKafka();

export class KafkaCall extends CallFacts {
  describe(): Description {
    return describeCall(this);
  }

  written(): WrittenKafka | null {
    return writtenKafka.of(this);
  }
}
