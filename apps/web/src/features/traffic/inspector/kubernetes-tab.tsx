/** What Kubernetes calls both ends. */

import type { Endpoint, Entry } from '@kubeshark/model';
import { Text } from '@mantine/core';
import { pathTo } from '../../../lib/path.ts';
import { Facts } from './facts.tsx';

export function KubernetesTab({ entry }: { readonly entry: Entry }) {
  if (!isKnown(entry.src) && !isKnown(entry.dst)) {
    return (
      <Text c="dimmed" py="md">
        Neither end is known as a pod or service: the call was captured outside of a cluster, or the hub may not list
        pods.
      </Text>
    );
  }
  return (
    <>
      <End title="Source" side="src" end={entry.src} />
      <End title="Destination" side="dst" end={entry.dst} />
    </>
  );
}

const isKnown = ({ namespace, pod, service, workload, process }: Endpoint): boolean =>
  [namespace, pod, service, workload, process].some((name) => name !== undefined);

interface EndProps {
  readonly title: string;
  readonly side: 'src' | 'dst';
  readonly end: Endpoint;
}

function End({ title, side, end }: EndProps) {
  const fact = (label: string, key: 'namespace' | 'service' | 'workload' | 'pod' | 'node' | 'process') => ({
    label,
    value: end[key],
    field: `${side}.${key}`,
  });
  return (
    <>
      <Facts
        title={title}
        facts={[
          fact('Namespace', 'namespace'),
          fact('Service', 'service'),
          fact('Workload', 'workload'),
          fact('Pod', 'pod'),
          fact('Node', 'node'),
          fact('Process', 'process'),
        ]}
      />
      <Facts
        title={`Labels of the ${title.toLowerCase()}`}
        facts={Object.entries(end.labels ?? {}).map(([label, value]) => ({
          label,
          value,
          field: pathTo(`${side}.labels`, label),
        }))}
      />
    </>
  );
}
