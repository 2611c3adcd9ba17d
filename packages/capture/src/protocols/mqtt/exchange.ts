/** A call as the engine takes it. Over, it is used again for another. */

import type { CallGroup } from '../../dissect/call-group.ts';
import type { Description, Side, Span } from '../../dissect/dissector.ts';
import { Spares } from '../../http/spares.ts';
import { CallFacts } from './call.ts';
import { describeCall, endpointOf } from './describe.ts';
import { WrittenMqtt } from './written.ts';

/** One for all calls: each is written before the next is. */
const writtenMqtt = new WrittenMqtt();

export class MqttCall extends CallFacts {
  /** `limit`: payload bytes shown. */
  static open(type: number, side: Side, span: Span, limit: number): MqttCall {
    const call = spares.take() ?? new MqttCall();
    call.begin(type, side, span, limit);
    return call;
  }

  /** Nobody looks at it any more. */
  release(): void {
    this.clear();
    spares.give(this);
  }

  endpoint(): string {
    return this.topic?.published.endpoint ?? endpointOf(this);
  }

  group(): CallGroup | null {
    return this.topic?.published ?? null;
  }

  describe(): Description {
    return describeCall(this);
  }

  written(): WrittenMqtt | null {
    return writtenMqtt.of(this);
  }
}

const spares = new Spares<MqttCall>();
