/** The connection a call was seen on, how it was captured, and the other calls on it. */

import type { Entry } from '@kubeshark/model';
import { useQuery } from '@tanstack/react-query';
import { useHub } from '../../../api/context.ts';
import { formatAddress, formatBytes, formatClock, formatCount, formatMillis } from '../../../lib/format.ts';
import { ProtocolBadge } from '../../../ui/protocol-badge.tsx';
import { StatusText } from '../../../ui/status-text.tsx';
import { neighboursQuery } from './entry-query.ts';
import { Facts } from './facts.tsx';
import classes from './inspector.module.css';
import { SectionView } from './section-view.tsx';
import { sectionsOf } from './sections.ts';

interface ConnectionTabProps {
  readonly entry: Entry;
  readonly onOpen: (id: string) => void;
}

export function ConnectionTab({ entry, onOpen }: ConnectionTabProps) {
  const { src, dst, connection, capture } = entry;
  const { tls } = connection;
  return (
    <>
      <Facts
        title="Both ends"
        facts={[
          { label: 'Client', value: src.ip, field: 'src.ip', shown: formatAddress(src) },
          { label: 'Client name', value: src.name, field: 'src.name' },
          { label: 'Server', value: dst.ip, field: 'dst.ip', shown: formatAddress(dst) },
          { label: 'Server name', value: dst.name, field: 'dst.name' },
          { label: 'Server port', value: dst.port, field: 'dst.port' },
          { label: 'Server DNS name', value: dst.dns, field: 'dst.dns' },
        ]}
      />
      {sectionsOf(entry, 'connection').map((section) => (
        <SectionView key={section.title} section={section} entry={entry} />
      ))}
      <Facts
        title={connection.transport.toUpperCase()}
        facts={[
          { label: 'Connection', value: connection.id, field: 'connection.id' },
          { label: 'Call', value: connection.index, shown: `number ${connection.index + 1}` },
          { label: 'Initial sequence numbers', value: connection.isn },
          { label: 'Handshake', value: connection.handshakeMillis, shown: formatMillis(connection.handshakeMillis) },
          { label: 'Round trip', value: connection.rttMillis, shown: formatMillis(connection.rttMillis) },
          {
            label: 'From the client',
            value: connection.clientBytes,
            shown: amount(connection.clientBytes, connection.clientPackets),
          },
          {
            label: 'From the server',
            value: connection.serverBytes,
            shown: amount(connection.serverBytes, connection.serverPackets),
          },
          { label: 'Retransmissions', value: connection.retransmissions, field: 'connection.retransmissions' },
          { label: 'Out of order', value: connection.outOfOrder },
          { label: 'Zero windows', value: connection.zeroWindows },
          { label: 'Resets', value: connection.resets },
        ]}
      />
      {tls !== undefined && (
        <Facts
          title="TLS"
          facts={[
            { label: 'Version', value: tls.version },
            { label: 'Cipher', value: tls.cipher },
            { label: 'Server name (SNI)', value: tls.sni },
            { label: 'Protocol (ALPN)', value: tls.alpn },
            { label: 'JA3', value: tls.ja3 },
            { label: 'JA4', value: tls.ja4 },
            { label: 'Subject', value: tls.subject },
            { label: 'Issuer', value: tls.issuer },
            { label: 'Valid until', value: tls.notAfter },
            { label: 'Decrypted', value: tls.decrypted, shown: tls.decrypted ? 'yes' : 'no' },
          ]}
        />
      )}
      <Facts
        title="Capture"
        facts={[
          { label: 'Node', value: entry.node, field: 'node' },
          { label: 'Source', value: capture.source, field: 'capture.source' },
          { label: 'Interface', value: capture.interface },
          { label: 'Lost inside', value: capture.gap, shown: formatBytes(capture.gap) },
          { label: 'Cut', value: capture.truncated, shown: capture.truncated === true ? 'yes' : 'no' },
          { label: 'Oddities', value: capture.anomalies?.join(', ') },
          { label: 'Also seen at', value: capture.vantages?.join(', ') },
        ]}
      />
      <Neighbours entry={entry} onOpen={onOpen} />
    </>
  );
}

const amount = (bytes: number | undefined, packets: number | undefined): string =>
  packets === undefined ? formatBytes(bytes) : `${formatBytes(bytes)} in ${formatCount(packets)} packets`;

function Neighbours({ entry, onOpen }: ConnectionTabProps) {
  const { api } = useHub();
  const { data } = useQuery(neighboursQuery(api, entry.id));
  if (data === undefined || data.rows.length < 2) return null;
  return (
    <section className={classes['section']} aria-label="Calls on this connection">
      <h3 className={classes['sectionTitle']}>
        Calls on this connection <span className={classes['count']}>{data.rows.length}</span>
      </h3>
      {data.rows.map((row) => (
        <button
          key={row.id}
          type="button"
          className={classes['neighbour']}
          aria-current={row.id === entry.id}
          onClick={() => onOpen(row.id)}
        >
          <span className="dim">{formatClock(row.timestamp)}</span>
          <ProtocolBadge protocol={row.protocol} />
          <StatusText status={row.status} error={row.error} />
          <span className="ellipsis">{row.summary}</span>
          <span className={classes['amount']}>{formatMillis(row.latency)}</span>
        </button>
      ))}
    </section>
  );
}
