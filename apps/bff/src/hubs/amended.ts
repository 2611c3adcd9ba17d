/** What one hub corrects in the database, told to the live streams of the others. */

import type { Endpoint, Entry } from '@kubeshark/model';
import type { Store } from '@kubeshark/store';
import { z } from 'zod';
import type { AmendedIds } from '../kubernetes/late-names.ts';
import type { LiveBus } from '../live-bus/live-bus.ts';
import type { Notices } from './notices.ts';

const KIND = 'amended';
const Ids = z.object({ amended: z.array(z.string()), removed: z.array(z.string()) });

export interface AmendedOptions {
  readonly notices: Notices;
  readonly store: Pick<Store, 'findAll'>;
  readonly bus: LiveBus;
  readonly onError: (error: unknown) => void;
}

/** Hears what others correct; answers how to tell them what this hub does. */
export function shareAmended({ notices, store, bus, onError }: AmendedOptions): (ids: AmendedIds) => void {
  notices.on(KIND, ({ text, isOwn }) => {
    const { data } = Ids.safeParse(text);
    if (isOwn || data === undefined) return;
    const { amended, removed } = data;
    const gone = removed.flatMap((id) => bus.find(id) ?? []).map((before) => ({ before, after: undefined }));
    void store.findAll(amended).then((entries) => {
      const known = entries.map((after) => ({ before: bus.find(after.id) ?? nameless(after), after }));
      bus.correct([...known, ...gone], 'another');
    }, onError);
  });
  return (ids) => void notices.tell(KIND, [JSON.stringify(ids)]).catch(onError);
}

/** As it was told before, when this hub has forgotten it: who may not see a namespace must not hear of its calls now. */
function nameless(entry: Entry): Entry {
  const without = ({ ip, port, dns, process, pid }: Endpoint): Endpoint => ({
    ip,
    port,
    ...(dns !== undefined && { dns, name: dns }),
    ...(process !== undefined && { process }),
    ...(pid !== undefined && { pid }),
  });
  return { ...entry, src: without(entry.src), dst: without(entry.dst) };
}
