/** What a replay found: while it runs its counters, then every answer that is not the recorded one. */

import { type ReplayInfo, type ReplayReport, recordingEndpoints } from '@kubeshark/contract/recordings';
import { Button, Code, Group, Progress, Skeleton, Text } from '@mantine/core';
import { IconArrowLeft, IconDownload, IconPlayerStopFilled } from '@tabler/icons-react';
import { formatCalls, formatCount, formatMillis } from '../../lib/format.ts';
import { Empty } from '../../ui/empty.tsx';
import { type NumberColumn, NumberTable } from '../../ui/number-table.tsx';
import { Panel } from '../../ui/panel.tsx';
import classes from './recordings.module.css';
import { useChange } from './recordings-query.ts';
import { useReplay } from './replays-query.ts';

interface ReplayReportPageProps {
  readonly id: string;
  readonly onClose: () => void;
}

export function ReplayReportPage({ id, onClose }: ReplayReportPageProps) {
  const { data, error } = useReplay(id);
  const back = (
    <Button variant="subtle" color="gray" leftSection={<IconArrowLeft size={14} />} onClick={onClose}>
      Recordings
    </Button>
  );
  if (error !== null)
    return (
      <Empty title="This replay cannot be shown" action={back}>
        {error.message}
      </Empty>
    );
  if (data === undefined) return <Skeleton height={200} m="md" />;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scroller must be reachable by keyboard.
    <div className={classes['page']} tabIndex={0}>
      <div className={classes['bar']}>
        {back}
        <h2 className={classes['title']}>
          {data.recording} against {data.target}
        </h2>
      </div>
      {data.report === undefined ? <Running replay={data} /> : <Report id={id} report={data.report} />}
    </div>
  );
}

function Running({ replay }: { readonly replay: ReplayInfo }) {
  const change = useChange();
  const { id, sent, planned, wrong, state, reason } = replay;
  if (state === 'failed') return <Empty title="The replay failed">{reason}</Empty>;
  return (
    <Panel title="Sending">
      <div className={classes['body']} role="status">
        <Progress value={planned === 0 ? 0 : (100 * sent) / planned} aria-label="Calls sent" />
        <Group justify="space-between">
          <Text size="sm">
            {formatCount(sent)} of {formatCount(planned)} calls, {formatCount(wrong)} not as recorded
          </Text>
          <Button
            color="red"
            variant="light"
            leftSection={<IconPlayerStopFilled size={14} />}
            onClick={() => void change((api) => api.ask(recordingEndpoints.stopReplay, { params: { id } }))}
          >
            Stop
          </Button>
        </Group>
      </div>
    </Panel>
  );
}

const times = (values: ReplayReport['latency']): string =>
  values === null
    ? 'none'
    : `p50 ${formatMillis(values.p50)}, p95 ${formatMillis(values.p95)}, p99 ${formatMillis(values.p99)}`;

type EndpointRow = ReplayReport['endpoints'][number];
const endpointColumns: readonly NumberColumn<EndpointRow>[] = [
  { id: 'endpoint', title: 'Endpoint', value: ({ endpoint }) => endpoint, isText: true },
  { id: 'calls', title: 'Calls', value: ({ calls }) => calls },
  { id: 'equal', title: 'As recorded', value: ({ equal }) => equal },
  { id: 'different', title: 'Different', value: ({ different }) => different },
  { id: 'slow', title: 'Slow', value: ({ slow }) => slow },
  { id: 'failed', title: 'No answer', value: ({ failed }) => failed },
  {
    id: 'p50',
    title: 'p50',
    value: ({ latency }) => latency?.p50 ?? null,
    cell: ({ latency }) => formatMillis(latency?.p50),
  },
  {
    id: 'p99',
    title: 'p99',
    value: ({ latency }) => latency?.p99 ?? null,
    cell: ({ latency }) => formatMillis(latency?.p99),
  },
];

function Report({ id, report }: { readonly id: string; readonly report: ReplayReport }) {
  const { sent, planned, equal, different, slow, failed, calls, unlisted, ignored } = report;
  const wrong = different + slow + failed;
  const facts: readonly (readonly [string, string])[] = [
    [
      'Sent',
      `${formatCount(sent)} of ${formatCount(planned)} calls in ${formatMillis(report.seconds * 1000)}, ${report.callsPerSecond.toFixed(1)} a second${report.isStopped ? ', then stopped' : ''}`,
    ],
    ['Answers', `${equal} as recorded, ${different} different, ${slow} slow, ${failed} without an answer`],
    ['Latency', times(report.latency)],
    ['Sent late by', times(report.lateness)],
    ['Of that, by the sender itself', times(report.scheduleError ?? null)],
    [
      'Not sent',
      Object.entries(report.skipped)
        .map(([reason, count]) => `${count} ${reason}`)
        .join(', '),
    ],
    [
      'Sent without',
      Object.entries(report.redacted)
        .map(([name, count]) => `${name} (${formatCalls(count)}, redacted)`)
        .join(', '),
    ],
  ];
  return (
    <>
      <Panel
        title={
          wrong === 0
            ? 'Every answer is the recorded one'
            : wrong === 1
              ? 'One answer is not the recorded one'
              : `${formatCount(wrong)} answers are not the recorded ones`
        }
        aside={
          <Group gap={4}>
            {(['html', 'xml', 'json'] as const).map((format) => (
              <Button
                key={format}
                component="a"
                variant="default"
                href={`api/replays/${id}/report?format=${format}`}
                download
                leftSection={<IconDownload size={14} />}
              >
                {format === 'xml' ? 'JUnit' : format.toUpperCase()}
              </Button>
            ))}
          </Group>
        }
      >
        <dl className={classes['facts']}>
          {facts
            .filter(([, text]) => text !== '')
            .map(([name, text]) => (
              <div key={name}>
                <dt>{name}</dt>
                <dd>{text}</dd>
              </div>
            ))}
        </dl>
      </Panel>
      {calls.length > 0 && (
        <Panel title="What differs">
          <table className={classes['table']} aria-label="Answers that differ">
            <thead>
              <tr>
                <th>Call</th>
                <th>Status</th>
                <th>Difference</th>
              </tr>
            </thead>
            <tbody>
              {calls.map(({ id: call, loop, summary, recordedStatus, status, differences }) => (
                <tr key={`${call} ${loop}`}>
                  <td>
                    <code>{summary}</code>
                  </td>
                  <td className={classes['line']}>
                    {recordedStatus ?? '–'} → {status ?? '–'}
                  </td>
                  <td>
                    {differences.map(({ part, text }) => (
                      <div key={`${part} ${text}`} className={classes['difference']} data-part={part}>
                        <code>{text}</code>
                      </div>
                    ))}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
          {unlisted > 0 && (
            <Text size="sm" px={14} py="xs">
              and {formatCount(unlisted)} more
            </Text>
          )}
        </Panel>
      )}
      <Panel title="By endpoint">
        <NumberTable
          label="By endpoint"
          columns={endpointColumns}
          rows={report.endpoints}
          rowKey={({ endpoint }) => endpoint}
          firstSort={{ id: 'calls', descending: true }}
        />
      </Panel>
      <Panel title="Passed over">
        {ignored.length === 0 ? (
          <Text size="sm" px={14} pb="sm">
            Nothing: every difference counts.
          </Text>
        ) : (
          <>
            <Text size="sm" px={14}>
              Lines for “What may differ” and for --ignore-file; leave out what should count.
            </Text>
            <Code block mx={14} my="sm">
              {ignored
                .map(
                  ({ endpoint, place, reason, calls: count }) =>
                    `${endpoint} ${place}  # ${reason}, ${formatCalls(count)}`,
                )
                .join('\n')}
            </Code>
          </>
        )}
      </Panel>
    </>
  );
}
