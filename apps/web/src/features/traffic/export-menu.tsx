/** Calls as a file: those of the query, or the selected ones. The browser downloads it, with its own progress and cancel. */

import { type ExportFormatName, exportFormatNames, MAX_EXPORT_IDS } from '@kubeshark/contract/recordings';
import { Button, Menu, Text } from '@mantine/core';
import { IconDownload } from '@tabler/icons-react';
import { boundsOf, type TimeRange } from '../../lib/time-range.ts';
import { useView } from '../../ui/view.ts';

interface ExportMenuProps {
  /** Only these calls; without it those of the query. */
  readonly ids?: readonly string[];
}

const labels: Readonly<Record<ExportFormatName, readonly [name: string, doc: string]>> = {
  pcap: ['pcap', 'Packets for tcpdump and Wireshark'],
  pcapng: ['pcapng', 'Packets with names, for Wireshark'],
  har: ['HAR', 'HTTP calls for browser tools'],
  json: ['JSON', 'Whole calls as one list'],
  ndjson: ['NDJSON', 'Whole calls, one a line'],
  csv: ['CSV', 'One line a call, for spreadsheets'],
  parquet: ['Parquet', 'Columns for data tools'],
  curl: ['curl', 'HTTP calls as commands'],
  openapi: ['OpenAPI', 'What the HTTP calls say about the API'],
};

interface ExportScope {
  readonly query: string;
  readonly range: TimeRange;
  readonly ids: readonly string[] | undefined;
  /** Opened file. */
  readonly source?: string | undefined;
}

/** The address of the file. */
export function exportAddress(format: ExportFormatName, { query, range, ids, source }: ExportScope): string {
  const scope = ids === undefined ? { q: query, ...boundsOf(range) } : { ids: ids.join(',') };
  // Relative to the page's base: a proxy may serve the hub under a path.
  return `api/export?${new URLSearchParams({ format, ...scope, ...(source !== undefined && { source }) })}`;
}

export function ExportMenu({ ids }: ExportMenuProps) {
  const { query, range, source } = useView();
  const isTooMany = ids !== undefined && ids.length > MAX_EXPORT_IDS;
  return (
    <Menu position="bottom-end" width={280}>
      <Menu.Target>
        <Button variant="default" leftSection={<IconDownload size={14} />}>
          Export
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>
          {ids !== undefined
            ? 'The selected calls'
            : query === ''
              ? 'All calls of this time'
              : 'All calls of this query'}
        </Menu.Label>
        {isTooMany && <Menu.Item disabled>At most {MAX_EXPORT_IDS} selected calls; use a query for more</Menu.Item>}
        {!isTooMany &&
          exportFormatNames.map((format) => {
            const [name, doc] = labels[format];
            return (
              <Menu.Item
                key={format}
                component="a"
                href={exportAddress(format, { query, range, ids, source })}
                download
              >
                <Text size="sm">{name}</Text>
                <Text size="xs" c="dimmed">
                  {doc}
                </Text>
              </Menu.Item>
            );
          })}
      </Menu.Dropdown>
    </Menu>
  );
}
