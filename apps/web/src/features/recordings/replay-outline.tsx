/** What a replay would send, before it does. */

import type { ReplayPlan } from '@kubeshark/contract/recordings';
import { Button, Group, Stack, Text } from '@mantine/core';
import { formatCalls, formatCount } from '../../lib/format.ts';

interface ReplayOutlineProps {
  readonly plan: ReplayPlan;
  /** Takes a proposed capture over. */
  readonly onCapture: (line: string) => void;
}

/** Each in a sentence, what is sent first. */
export function outlineLines({ planned, hosts, skipped, redacted }: ReplayPlan): readonly string[] {
  const names = Object.keys(hosts);
  const recorded = names.length === 0 ? '' : `, recorded for ${names.join(', ')}`;
  return [
    `${formatCalls(planned)} would be sent${recorded}.`,
    ...Object.entries(skipped).map(([reason, count]) => `Not sent: ${formatCount(count)} ${reason}.`),
    ...Object.entries(redacted).map(
      ([name, count]) => `Without ${name}: it is redacted in ${formatCalls(count)}. Set it above.`,
    ),
  ];
}

export function ReplayOutline({ plan, onCapture }: ReplayOutlineProps) {
  return (
    <Stack gap={4} role="status">
      {outlineLines(plan).map((line) => (
        <Text key={line} size="sm">
          {line}
        </Text>
      ))}
      {plan.captures.length > 0 && (
        <>
          <Text size="sm">Values of answers that later requests carry; take those that the server makes up:</Text>
          <Group gap={4}>
            {plan.captures.map((line) => (
              <Button key={line} size="compact-xs" variant="default" onClick={() => onCapture(line)}>
                {line}
              </Button>
            ))}
          </Group>
        </>
      )}
    </Stack>
  );
}
