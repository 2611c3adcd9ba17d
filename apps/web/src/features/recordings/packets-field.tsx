/** Which packets a recording has, and why they would not be those of the wire. */

import type { PacketsChoice, PacketsOutlook } from '@kubeshark/contract/recordings';
import { Checkbox, Text } from '@mantine/core';
import { useId } from 'react';
import { formatBytes, formatClock, formatCount } from '../../lib/format.ts';
import { usePacketsOutlook } from './recordings-query.ts';

interface PacketsFieldProps {
  readonly value: PacketsChoice;
  readonly onChange: (choice: PacketsChoice) => void;
}

export function PacketsField({ value, onChange }: PacketsFieldProps) {
  const { data: outlook } = usePacketsOutlook();
  const hint = useId();
  const isPossible = outlook !== undefined && outlook.reason === undefined;
  return (
    <div>
      <Checkbox
        label="With the packets of the wire, which hold what is redacted elsewhere"
        checked={isPossible && value === 'captured'}
        disabled={!isPossible}
        aria-describedby={hint}
        onChange={(event) => onChange(event.currentTarget.checked ? 'captured' : 'rebuilt')}
      />
      <Text id={hint} size="xs" c="dimmed">
        {outlook === undefined ? 'Looking whose packets are kept…' : outlookText(outlook)}
      </Text>
    </div>
  );
}

/** One sentence about what is kept. */
export function outlookText({ kept, without, reason }: PacketsOutlook): string {
  if (reason !== undefined) return `Packets are rebuilt from the calls: ${reason}.`;
  const bytes = kept.reduce((sum, one) => sum + one.bytes, 0);
  const since = kept.flatMap((one) => (one.since === null ? [] : [one.since]));
  const nodes = without.length === 0 ? '' : ` on ${kept.length} of ${formatCount(kept.length + without.length)} nodes`;
  const back = since.length === 0 ? '' : ` back to ${formatClock(Math.max(...since))}`;
  const others = without.length === 0 ? '' : '; those of other nodes are rebuilt';
  return `Packets are kept${nodes}${back} (${formatBytes(bytes)})${others}.`;
}
