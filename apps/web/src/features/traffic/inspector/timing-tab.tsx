/** Where the time went: handshake, TLS, sending, waiting, receiving, as a waterfall. */

import type { Entry } from '@kubeshark/model';
import { Text } from '@mantine/core';
import { Fragment } from 'react';
import { formatInstant, formatMillis } from '../../../lib/format.ts';
import classes from './inspector.module.css';

interface Phase {
  readonly name: string;
  readonly millis: number;
  readonly color: string;
  readonly doc: string;
}

/** The phases that are known, in order; the first two only when this call opened the connection. */
function phasesOf({ connection, latency }: Entry): readonly Phase[] {
  const transfer = connection.transferMillis ?? 0;
  const wait = connection.firstByteMillis;
  const opened = connection.index === 0;
  const rest = latency === null || wait === undefined ? undefined : latency - wait - transfer;
  const phases = [
    {
      name: 'Connect',
      millis: opened ? connection.handshakeMillis : undefined,
      color: 'var(--warn)',
      doc: 'SYN to the client’s ACK of the SYN/ACK',
    },
    {
      name: 'TLS',
      millis: opened ? connection.tlsMillis : undefined,
      color: 'var(--code-keyword)',
      doc: 'ClientHello to the first application data',
    },
    {
      name: 'Send',
      millis: rest === undefined ? undefined : Math.max(0, rest),
      color: 'var(--info)',
      doc: 'First to last byte of the request',
    },
    { name: 'Wait', millis: wait, color: 'var(--ok)', doc: 'Last byte of the request to first byte of the response' },
    {
      name: 'Receive',
      millis: connection.transferMillis,
      color: 'var(--accent)',
      doc: 'First to last byte of the response',
    },
  ];
  return phases.filter((phase): phase is Phase => phase.millis !== undefined);
}

export function TimingTab({ entry }: { readonly entry: Entry }) {
  const phases = phasesOf(entry);
  const total = phases.reduce((sum, { millis }) => sum + millis, 0);
  return (
    <section className={classes['section']} aria-label="Timing">
      <dl className={classes['rows']}>
        <dt>Started</dt>
        <dd>{formatInstant(entry.timestamp)}</dd>
        <dt>Latency</dt>
        <dd>{formatMillis(entry.latency)}</dd>
        <dt>Round trip</dt>
        <dd>{formatMillis(entry.connection.rttMillis)}</dd>
      </dl>
      {phases.length > 0 && (
        <div className={classes['bars']} style={{ marginTop: 16 }}>
          {phases.map(({ name, millis, color, doc }, index) => {
            const left = phases.slice(0, index).reduce((sum, phase) => sum + phase.millis, 0);
            const share = (part: number) => `${total === 0 ? 0 : (part / total) * 100}%`;
            return (
              <Fragment key={name}>
                <span title={doc}>{name}</span>
                <div className={classes['track']}>
                  <div
                    className={classes['segment']}
                    style={{ left: share(left), width: share(millis), background: color }}
                  />
                </div>
                <span className={classes['amount']}>{formatMillis(millis)}</span>
              </Fragment>
            );
          })}
        </div>
      )}
      {entry.connection.index > 0 && (
        <Text size="xs" c="dimmed" mt="md">
          Call {entry.connection.index + 1} on its connection: connecting was done before.
        </Text>
      )}
    </section>
  );
}
