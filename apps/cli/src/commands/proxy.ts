/** `kubeshark proxy`: a hub in the cluster of the current kube context, on a port of this machine. */

import type { Command } from 'commander';
import { readConfigFile } from '../config-file.ts';
import { Failure } from '../failure.ts';
import { DEFAULT_NAMESPACE, holdForward, lookForHub } from '../kubectl.ts';
import { positive } from '../options.ts';

interface ProxyOptions {
  readonly port: number;
  readonly namespace?: string;
  readonly context?: string;
}

async function proxy({ port, ...options }: ProxyOptions): Promise<void> {
  const { kube = {} } = await readConfigFile();
  const place = { context: options.context ?? kube.context, namespace: options.namespace ?? kube.namespace };
  const looked = await lookForHub(place);
  if ('reason' in looked) throw new Failure('address', `There is no way into a cluster: ${looked.reason}.`);
  const ready = () => process.stderr.write(`The hub is at http://127.0.0.1:${port}. Ctrl-C ends this.\n`);
  const code = await holdForward(place, port, ready);
  // Ended by a signal: that is how it is meant to end.
  if (code !== null && code !== 0) throw new Failure('address', 'kubectl could not reach the hub (see above).');
}

export function proxyCommand(program: Command): void {
  program
    .command('proxy')
    .description('bring the hub of a cluster to a port of this machine, through kubectl port-forward')
    .option('-p, --port <number>', 'port of this machine', positive, 8899)
    .option('-n, --namespace <name>', `where Kubeshark is installed (default: ${DEFAULT_NAMESPACE})`)
    .option('--context <name>', "kubectl's context; default the current one")
    .addHelpText(
      'after',
      `
Every other command then finds the hub by itself, and a browser too.

Examples:
  kubeshark proxy
  kubeshark proxy --context staging --port 9000`,
    )
    .action(proxy);
}
