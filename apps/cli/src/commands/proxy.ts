/** `kubeshark proxy`: a hub in the cluster of the current kube context, on a port of this machine. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Command } from 'commander';
import { Failure } from '../failure.ts';
import { positive } from '../options.ts';

interface ProxyOptions {
  readonly port: number;
  readonly namespace: string;
  readonly context?: string;
}

const SERVICE = 'svc/kubeshark-front';
const SERVICE_PORT = 80;

async function proxy({ port, namespace, context }: ProxyOptions): Promise<void> {
  const words = ['port-forward', '--namespace', namespace, SERVICE, `${port}:${SERVICE_PORT}`];
  const chosen = context === undefined ? [] : ['--context', context];
  const child = spawn('kubectl', [...chosen, ...words], { stdio: ['ignore', 'pipe', 'inherit'] });
  child.stdout.once('data', () => process.stderr.write(`The hub is at http://127.0.0.1:${port}. Ctrl-C ends this.\n`));
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => child.kill(signal));
  const [code] = (await once(child, 'exit').catch((error: unknown) => {
    throw new Failure('address', 'kubectl is needed for this and is not here; or name a hub with --hub.', {
      cause: error,
    });
  })) as [number | null];
  // Ended by a signal: that is how it is meant to end.
  if (code !== null && code !== 0) throw new Failure('address', 'kubectl could not reach the hub (see above).');
}

export function proxyCommand(program: Command): void {
  program
    .command('proxy')
    .description('bring the hub of a cluster to a port of this machine, through kubectl port-forward')
    .option('-p, --port <number>', 'port of this machine', positive, 8899)
    .option('-n, --namespace <name>', 'where Kubeshark is installed', 'kubeshark')
    .option('--context <name>', "kubectl's context; default the current one")
    .addHelpText(
      'after',
      `
Every other command then finds the hub by itself.

Examples:
  kubeshark proxy
  kubeshark proxy --context staging --port 9000`,
    )
    .action(proxy);
}
