/** "Why do I see nothing?" as an ordered list of checks, each with what was seen and what to do. */

import type { CaptureCounters, Check, IngestHealth, StoreHealth } from '@kubeshark/contract';
import type { Agent } from '../../ingest/agent-registry.ts';
import { type ClusterFindings, clusterChecks } from './cluster-checks.ts';
import { amiss, counted, type Finding, largest, ok, unknown } from './finding.ts';

export interface Findings {
  readonly agents: readonly Agent[];
  readonly total: CaptureCounters;
  readonly store: StoreHealth;
  readonly ingest: IngestHealth;
  /** What the asker's filter and time range let through; undefined when the store could not say. */
  readonly view: View | undefined;
  /** Absent outside of a cluster. */
  readonly cluster?: ClusterFindings | undefined;
  readonly nowMicros: number;
}

export interface View {
  /** Entries in the time range. */
  readonly inRange: number;
  /** Of these, what the filter matches. */
  readonly matching: number;
  readonly hasFilter: boolean;
  readonly hasRange: boolean;
  /** Between which workloads TLS is not decrypted, most connections first; a machine outside is its name or address. */
  readonly undecrypted: readonly { readonly from: string; readonly to: string; readonly count: number }[];
}

interface CheckRow {
  readonly id: string;
  readonly title: string;
  readonly look: (findings: Findings) => Finding;
}

/** Above this share of packets lost in the kernel, streams have holes that people notice. */
const MUCH_DROPPED = 0.01;
/** Pairs of workloads that one sentence can name. */
const CLOSED_SHOWN = 8;
/** Beyond it two sightings of a call are not taken for one (vantages.ts). */
const MUCH_SKEW_MILLIS = 2_000;
/** A node that reports every second and has not for this long is gone or stuck. */
const SILENT_MICROS = 15_000_000;

const checks: readonly CheckRow[] = [
  {
    id: 'agents',
    title: 'An agent is connected',
    look: ({ agents }) => {
      const connected = agents.filter((agent) => agent.connected).length;
      if (connected > 0) return ok(`${counted(connected, 'agent')} connected`);
      if (agents.some(({ source, state }) => source.kind === 'file' && state === 'done'))
        return ok('capture files were read to their end');
      if (agents.length > 0)
        return amiss(
          'failed',
          'every agent has left',
          'Look at the agents’ logs: kubectl logs -n kubeshark -l app=kubeshark-tap',
        );
      return amiss(
        'failed',
        'no agent has connected since the hub started',
        'Start one: kubeshark serve on this machine; in a cluster: kubectl get pods -n kubeshark -l app=kubeshark-tap',
      );
    },
  },
  {
    id: 'sources',
    title: 'Capture works',
    look: ({ agents, nowMicros }) => {
      const failed = agents.find(({ state }) => state === 'failed');
      if (failed !== undefined)
        return amiss(
          'failed',
          `${failed.node}: ${failed.notes[0] ?? 'the source failed'}`,
          'Do what the message says, then start the agent again.',
        );
      const silent = agents.find(({ connected, lastSeen }) => connected && nowMicros - lastSeen > SILENT_MICROS);
      if (silent !== undefined)
        return amiss(
          'warning',
          `${silent.node} has reported nothing for 15 s`,
          'The node may be overloaded: look at its CPU and at the agent’s log.',
        );
      if (agents.length === 0) return unknown('nothing is being captured');
      // Not a failure, but worth knowing: tcpdump instead of the helper, an interface that is gone, a helper started again.
      const noted = agents.find(({ connected, notes }) => connected && notes.length > 0);
      return ok(noted === undefined ? 'no source reports a failure' : `${noted.node}: ${noted.notes[0]}`);
    },
  },
  {
    id: 'clocks',
    title: 'The clocks agree',
    look: ({ agents }) => {
      const told = agents.flatMap(({ connected, source, node, clockAheadMillis }) =>
        connected && source.kind === 'live' && clockAheadMillis !== null ? [{ node, ahead: clockAheadMillis }] : [],
      );
      const [worst] = told.toSorted((a, b) => Math.abs(b.ahead) - Math.abs(a.ahead));
      if (worst === undefined) return unknown('no agent has told its time');
      const seconds = (Math.abs(worst.ahead) / 1000).toFixed(1);
      if (Math.abs(worst.ahead) <= MUCH_SKEW_MILLIS)
        return ok(`no node differs from the hub by more than ${seconds} s`);
      return amiss(
        'warning',
        `the clock of ${worst.node} is ${seconds} s ${worst.ahead > 0 ? 'ahead of' : 'behind'} the hub’s`,
        'Synchronise the nodes (chrony, systemd-timesyncd): a call that two nodes saw is shown twice, and a pod’s first calls may have another’s name.',
      );
    },
  },
  {
    id: 'packets',
    title: 'Packets arrive',
    look: ({ total, agents }) => {
      if (agents.length === 0) return unknown('no agent');
      if (total.packets > 0) return ok(`${counted(total.packets, 'packet')} seen`);
      return amiss(
        'failed',
        'not one packet was seen',
        'Choose the right interface (--interface any), and check that there is traffic: tcpdump -i any -c 5',
      );
    },
  },
  {
    id: 'drops',
    title: 'The kernel drops nothing',
    look: ({ total: { packets, kernelDropped, bufferUsed } }) => {
      if (kernelDropped === null) return unknown('the source cannot say');
      const share = kernelDropped / Math.max(1, packets + kernelDropped);
      const fullest = bufferUsed === null ? '' : `, its buffer ${Math.round(bufferUsed * 100)} % full at most`;
      const evidence = `${counted(kernelDropped, 'packet')} dropped (${(share * 100).toFixed(2)} %)${fullest}`;
      if (share <= MUCH_DROPPED) return ok(evidence);
      return amiss('warning', evidence, 'Capture less (tap.namespaces, a packet filter), or give the agent more CPU.');
    },
  },
  {
    id: 'kept-packets',
    title: 'Packets are kept for recordings',
    look: ({ total: { ringBytes, ringDropped, ringSince } }) => {
      if (ringBytes === null)
        return ok(
          'off: recordings and pcap exports have packets rebuilt from calls; tap.ring.bytes, KUBESHARK_RING_BYTES or serve --keep-packets keeps those of the wire',
        );
      const back = ringSince === null ? '' : `, back to ${new Date(ringSince / 1000).toISOString()}`;
      const evidence = `${counted(Math.round(ringBytes / 1e6), 'megabyte')}${back}`;
      if (ringDropped === 0) return ok(evidence);
      return amiss(
        'warning',
        `${evidence}; ${counted(ringDropped, 'packet')} could not be kept`,
        'The disk is too slow or full: capture less (tap.namespaces, a packet filter), or make room for tap.ring.bytes.',
      );
    },
  },
  {
    id: 'gaps',
    title: 'Streams are whole',
    look: ({ total: { gaps, gapBytes, streams } }) => {
      const evidence = `${counted(gaps, 'gap')} in ${counted(streams, 'stream')}, ${counted(gapBytes, 'byte')} missing`;
      if (gaps <= streams * MUCH_DROPPED) return ok(evidence);
      return amiss(
        'warning',
        evidence,
        'Packets get lost before the capture: check offloading and the interface’s own drop counters (ip -s link).',
      );
    },
  },
  {
    id: 'limits',
    title: 'Limits are not reached',
    look: ({ total: { evicted, cutBodies, streams } }) => {
      const evidence = `${counted(evicted, 'stream')} given up, ${counted(cutBodies, 'body').replace('bodys', 'bodies')} cut`;
      if (evicted + cutBodies === 0) return ok('every stream and body had room');
      if (evicted + cutBodies <= streams * MUCH_DROPPED) return ok(evidence);
      return amiss(
        'warning',
        evidence,
        'More is open at once than an agent keeps in memory: capture less (tap.namespaces, a packet filter), or lower tap.maxCapturedSize.',
      );
    },
  },
  {
    id: 'protocols',
    title: 'Protocols are recognised',
    look: ({ total }) => {
      if (total.streams === 0) return unknown('no streams yet');
      const unread = Object.values(total.unidentified).reduce((sum, bytes) => sum + bytes, 0);
      const ports = unread === 0 ? '' : `; bytes nobody can read, by server port: ${largest(total.unidentified)}`;
      if (unread === 0 || unread < total.bytes / 2)
        return ok(`most used: ${largest(total.entriesByProtocol) || 'none yet'}${ports}`);
      return amiss(
        'warning',
        `most bytes are of unknown protocols; by server port: ${largest(total.unidentified)}`,
        'Connections that began before the capture are read from their next message on; TLS needs keys; docs/protocols.md lists what is read.',
      );
    },
  },
  {
    id: 'tls',
    title: 'TLS can be read',
    look: ({ total: { tlsStreams, tlsDecrypted }, view }) => {
      if (tlsStreams <= tlsDecrypted) return ok(tlsStreams === 0 ? 'no TLS seen' : 'all TLS connections are decrypted');
      return amiss(
        'warning',
        [`${counted(tlsStreams - tlsDecrypted, 'TLS connection')} not decrypted`, closedOf(view)]
          .filter(Boolean)
          .join('; '),
        'Give keys: tap.tls, or a key log file (SSLKEYLOGFILE).',
      );
    },
  },
  {
    id: 'shipping',
    title: 'Entries reach the hub',
    look: ({ total: { lost, spooled, queued } }) => {
      if (lost > 0)
        return amiss(
          'failed',
          `${counted(lost, 'entry').replace('entrys', 'entries')} given up by agents`,
          'The hub was away for longer than the spool lasts: give agents a larger one, or the hub more CPU.',
        );
      if (spooled > 0)
        return amiss(
          'warning',
          `${spooled.toLocaleString('en')} entries wait on agents’ disks`,
          'The hub takes them as fast as the store does; wait, or look at the store check.',
        );
      return ok(`${queued.toLocaleString('en')} entries on their way`);
    },
  },
  {
    id: 'ingest',
    title: 'Entries are accepted',
    look: ({ ingest: { refused, received, notShownLive = 0 } }) => {
      const reasons = Object.fromEntries(Object.entries(refused).filter(([, count]) => count > 0));
      if (Object.keys(reasons).length === 0 && notShownLive > 0)
        return amiss(
          'warning',
          `${notShownLive.toLocaleString('en')} entries of other hubs were stored and not shown live`,
          'They come faster than a hub can follow: reload the list to see them, or narrow what is captured.',
        );
      if (Object.keys(reasons).length === 0) return ok(`${received.toLocaleString('en')} taken in`);
      return amiss(
        'warning',
        `refused: ${largest(reasons)}`,
        'Run the same release of agent and hub; check the clocks of the nodes.',
      );
    },
  },
  {
    id: 'sightings',
    title: 'Calls are shown once',
    look: ({ ingest: { joined, unjoined, leftOut } }) => {
      if (unjoined + leftOut === 0) return ok(`${counted(joined, 'further sighting')} of calls joined with the first`);
      const alone =
        unjoined > 0 ? [`${counted(unjoined, 'sighting')} listed by ${unjoined === 1 ? 'itself' : 'themselves'}`] : [];
      const late = leftOut > 0 ? [`${counted(leftOut, 'late sighting')} left out`] : [];
      return amiss(
        'warning',
        [...alone, ...late].join(', '),
        'Hubs join what several nodes see through the database, which did not answer in time: look at the store check.',
      );
    },
  },
  {
    id: 'store',
    title: 'The store works',
    look: ({ store: { state, reason, entries, engine } }) => {
      if (state === 'ok') return ok(`${entries.toLocaleString('en')} entries in ${engine}`);
      return amiss(
        'failed',
        reason ?? state,
        'Free disk space or lower the retention; capture goes on and agents keep what they see.',
      );
    },
  },
  {
    id: 'view',
    title: 'Your filter lets something through',
    look: ({ view }) => {
      if (view === undefined) return unknown('the store did not answer');
      const { inRange, matching, hasFilter, hasRange } = view;
      if (inRange === 0)
        return hasRange
          ? amiss('warning', 'there are no entries in the chosen time range', 'Choose a wider time range.')
          : amiss('warning', 'there are no entries at all', 'Make some traffic, or look at the checks above.');
      const hidden = inRange - matching;
      if (!hasFilter || hidden === 0) return ok(`${inRange.toLocaleString('en')} entries in view`);
      const evidence = `your filter hides ${hidden.toLocaleString('en')} of ${inRange.toLocaleString('en')} entries`;
      return matching > 0 ? ok(evidence) : amiss('warning', evidence, 'Clear the filter, or loosen it.');
    },
  },
];

/** `shop/web → api.example.com (12), shop/cart → shop/payments (3) and 4 more` */
function closedOf(view: View | undefined): string {
  const pairs = view?.undecrypted ?? [];
  const shown = pairs
    .slice(0, CLOSED_SHOWN)
    .map(({ from, to, count }) => `${from} → ${to} (${count.toLocaleString('en')})`);
  const more = pairs.length - shown.length;
  return shown.join(', ') + (more > 0 ? ` and ${more.toLocaleString('en')} more` : '');
}

const severity = { failed: 3, warning: 2, unknown: 1, ok: 0 } as const;

/** The checks in the order a person would look, and the worst state among them. */
export function examine(findings: Findings): { state: Check['state']; checks: Check[] } {
  const { cluster, agents } = findings;
  const [first, ...rest] = checks.map(({ id, title, look }) => ({ id, title, ...look(findings) }));
  const ofCluster = cluster === undefined ? [] : clusterChecks(cluster, agents);
  const results = [...(first === undefined ? [] : [first]), ...ofCluster, ...rest];
  const [worst] = results.toSorted((a, b) => severity[b.state] - severity[a.state]);
  return { state: worst?.state === 'unknown' ? 'ok' : (worst?.state ?? 'ok'), checks: results };
}
