/** Is a pod one of those whose traffic is wanted? */

import type { Targeting } from '@kubeshark/contract';
import { RE2JS } from 're2js';
import type { Pod } from './facts.ts';
import { parseLabelSelector } from './label-selector.ts';

/** `servicesOf` is asked only where services are named. */
export type PodMatcher = (pod: Pod, servicesOf: (pod: Pod) => readonly string[]) => boolean;

/** Everything of a cluster is wanted. */
export const isEverything = ({ namespaces, excludedNamespaces, regex, labelSelector, services }: Targeting): boolean =>
  namespaces.length + excludedNamespaces.length + services.length === 0 && regex === '' && labelSelector.trim() === '';

/** What is wrong with it, in a sentence. */
export function targetingFault(targeting: Targeting): string | undefined {
  const matcher = podMatcher(targeting);
  return 'fault' in matcher ? matcher.fault : undefined;
}

export function podMatcher(targeting: Targeting): PodMatcher | { readonly fault: string } {
  const { namespaces, excludedNamespaces, services } = targeting;
  const regex = compileRegex(targeting.regex);
  if (regex !== undefined && 'fault' in regex) return regex;
  const hasLabels = parseLabelSelector(targeting.labelSelector);
  if ('fault' in hasLabels) return hasLabels;
  const wanted = new Set(namespaces);
  const unwanted = new Set(excludedNamespaces);
  const named = new Set(services);
  return (pod, servicesOf) => {
    if (wanted.size > 0 && !wanted.has(pod.namespace)) return false;
    if (unwanted.has(pod.namespace)) return false;
    if (regex !== undefined && !regex.matcher(pod.name).find()) return false;
    if (!hasLabels(pod.labels)) return false;
    return (
      named.size === 0 ||
      servicesOf(pod).some((service) => named.has(service) || named.has(`${pod.namespace}/${service}`))
    );
  };
}

function compileRegex(text: string): RE2JS | undefined | { readonly fault: string } {
  if (text === '') return undefined;
  try {
    return RE2JS.compile(text);
  } catch (error) {
    return { fault: `the pattern for pods cannot be read: ${error instanceof Error ? error.message : String(error)}` };
  }
}
