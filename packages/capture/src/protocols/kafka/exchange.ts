/** A call as the engine takes it. Over, it is used again for another. */

import type { Description } from '../../dissect/dissector.ts';
import { Spares } from '../../http/spares.ts';
import { CallFacts, type RequestFacts } from './call.ts';
import { describeCall } from './describe.ts';
import type { TopicNames } from './topic-names.ts';
import { WrittenKafka } from './written.ts';

/** One for all calls: each is written before the next is. */
const writtenKafka = new WrittenKafka();

export class KafkaCall extends CallFacts {
  /** `header`: of the request, where that was seen. */
  static open(header: RequestFacts | undefined, names: TopicNames, maxBodyBytes: number): KafkaCall {
    const call = spares.take() ?? new KafkaCall();
    call.header = header;
    call.names = names;
    call.maxBodyBytes = maxBodyBytes;
    return call;
  }

  /** Nobody looks at it any more. */
  release(): void {
    this.clear();
    spares.give(this);
  }

  describe(): Description {
    return describeCall(this);
  }

  written(): WrittenKafka | null {
    return writtenKafka.of(this);
  }
}

const spares = new Spares<KafkaCall>();
