/**
 * Which hub a command asks: the one that is named (--hub, KUBESHARK_HUB, the configuration file), else the one on this machine,
 * else that of the cluster of the current kube context, through a port-forward.
 */

import { readConfigFile } from './config-file.ts';
import { Failure } from './failure.ts';
import { isHubThere } from './hub-client.ts';
import { forwardHub, type NoForward } from './kubectl.ts';

/** Where `kubeshark serve` and `kubeshark proxy` listen. */
export const LOCAL_HUB = `http://127.0.0.1:${process.env['KUBESHARK_PORT'] || 8899}`;

export interface FoundHub {
  readonly url: string;
  /** It is reached through this process alone. */
  readonly isForwarded: boolean;
}

/** The hub, or why there is none. */
export async function findHub(asked: string | undefined): Promise<FoundHub | NoForward> {
  const { hub, kube = {} } = await readConfigFile();
  const named = asked ?? (process.env['KUBESHARK_HUB'] || hub);
  if (named !== undefined) return { url: named, isForwarded: false };
  if (await isHubThere(LOCAL_HUB)) return { url: LOCAL_HUB, isForwarded: false };
  if (kube.forward === false) return { reason: 'kube.forward is off in the configuration file', isQuiet: true };
  const forward = await forwardHub(kube);
  if ('reason' in forward) return forward;
  process.stderr.write(`Hub of context ${forward.context}, through kubectl port-forward.\n`);
  return { url: forward.url, isForwarded: true };
}

/** The hub. Throws a Failure that says where it was looked for. */
export async function requireHub(asked: string | undefined): Promise<FoundHub> {
  const found = await findHub(asked);
  if (!('reason' in found)) return found;
  const message = `No hub answers at ${LOCAL_HUB}, and ${found.reason}. Start one with kubeshark serve, or name another with --hub.`;
  throw new Failure('address', message);
}

/** The hub; undefined where this machine is to be captured instead, which is said where somebody may wonder. */
export async function hubElseHere(asked: string | undefined): Promise<FoundHub | undefined> {
  const found = await findHub(asked);
  if (!('reason' in found)) return found;
  if (found.isQuiet !== true) process.stderr.write(`No hub: ${found.reason}. Capturing this machine.\n`);
  return undefined;
}
