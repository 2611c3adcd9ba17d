/** The troubleshooting commands of the user guide, as they are written there, on a real API server with the chart applied. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, request, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseAllDocuments, stringify } from 'yaml';
import { realApiServer } from './testing/real-api-server.ts';
import { type RealSubject, realSubject } from './testing/subjects.ts';

const root = path.join(import.meta.dirname, '../../../..');
const kubectl = path.join(root, '.cache/kube-tools/kubectl');

interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly spec?: {
    readonly template?: { readonly metadata: object; readonly spec: { readonly containers: object[] } };
  };
}

/** Traefik's, as far as the API server needs it. */
const ingressRoutes = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'ingressroutes.traefik.io' },
  spec: {
    group: 'traefik.io',
    scope: 'Namespaced',
    names: { kind: 'IngressRoute', plural: 'ingressroutes', singular: 'ingressroute' },
    versions: [
      {
        name: 'v1alpha1',
        served: true,
        storage: true,
        schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
      },
    ],
  },
};

/**
 * Where the chart's IngressRoute is. A server of 1.20 that is built with a compiler of today ends when it is given an object of a
 * kind that was defined later, so that one object is answered by a front of the test's; the rest of the kind is the server's.
 */
const ROUTE = '/apis/traefik.io/v1alpha1/namespaces/kubeshark/ingressroutes/kubeshark';

/** A port-forward that works would last. */
const COMMAND_MILLIS = 30_000;

const why = realApiServer === undefined ? ': pnpm test:kube starts an API server' : '';
describe.skipIf(realApiServer === undefined || !existsSync(kubectl))(`the guide's commands${why}`, () => {
  let subject: RealSubject;
  let kubelet: Server;
  let front: Server;
  const portOf = (server: Server) => (server.address() as AddressInfo).port;

  /** The command as a person types it, against this server. */
  async function type(command: string, input?: string): Promise<string> {
    const [, ...words] = command.split(' ');
    const { server } = subject;
    // Only it has IngressRoutes; a line through it to the kubelet it does not have.
    const url = command.includes('ingressroute') ? `https://127.0.0.1:${portOf(front)}` : server.url;
    const target = [`--server=${url}`, `--certificate-authority=${server.caFile}`, '--token=admin-token'];
    const child = spawn(kubectl, [...target, ...words], { env: { HOME: server.directory }, timeout: COMMAND_MILLIS });
    let said = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (text: Buffer) => {
        said += text.toString();
      });
    child.stdin.end(input);
    await once(child, 'close');
    return said;
  }

  const listening = (server: Server) =>
    new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });

  function pass(asked: IncomingMessage, answer: ServerResponse): void {
    const { url, caFile } = subject.server;
    const { method, headers } = asked;
    const sent = request(new URL(asked.url ?? '', url), { method, headers, ca: readFileSync(caFile) }, (got) => {
      answer.writeHead(got.statusCode ?? 500, got.headers);
      got.pipe(answer);
    });
    sent.on('error', (error) => answer.destroy(error));
    asked.pipe(sent);
  }

  beforeAll(async () => {
    subject = await realSubject(realApiServer ?? '');
    const { directory } = subject.server;
    // The kubelet's part in `kubectl logs`.
    const [cert, key] = ['crt', 'key'].map((end) => readFileSync(path.join(directory, `certs/apiserver.${end}`)));
    kubelet = createServer({ cert, key }, ({ url = '' }, response) => {
      const [, asked, namespace, pod] = url.split(/[/?]/);
      response.end(asked === 'containerLogs' ? `capturing on behalf of ${namespace}/${pod}\n` : '');
    });
    await listening(kubelet);
    await subject.set('nodes', {
      kind: 'Node',
      metadata: { name: 'worker-1' },
      status: {
        addresses: [{ type: 'InternalIP', address: '127.0.0.1' }],
        daemonEndpoints: { kubeletEndpoint: { Port: portOf(kubelet) } },
      },
    });
    const golden = readFileSync(path.join(root, 'deploy/helm/golden/authelia.yaml'), 'utf8');
    const objects = parseAllDocuments(golden).map((document) => document.toJS() as Manifest);
    const known = objects.filter(({ apiVersion }) => !/^(policy\/v1$|monitoring|traefik)/.test(apiVersion));
    const route = objects.find(({ kind }) => kind === 'IngressRoute');
    front = createServer({ cert, key }, (asked, answer) => {
      if (!asked.url?.startsWith(ROUTE)) return pass(asked, answer);
      answer.writeHead(200, { 'content-type': 'application/json' });
      answer.end(JSON.stringify(route));
    });
    await listening(front);
    await type('kubectl apply -f -', stringify(ingressRoutes));
    await type('kubectl wait --for=condition=Established --timeout=60s crd/ingressroutes.traefik.io');
    expect(await type('kubectl apply -f -', known.map((object) => stringify(object)).join('---\n'))).toMatch(
      /deployment.*kubeshark-front created/,
    );
    // The controllers' part: a pod of the daemon set and one of the deployment.
    for (const kind of ['DaemonSet', 'Deployment']) {
      const template = known.find((object) => object.kind === kind)?.spec?.template;
      const metadata = { ...template?.metadata, name: `of-${kind.toLowerCase()}`, namespace: 'kubeshark' };
      const spec = { ...template?.spec, nodeName: 'worker-1' };
      await subject.set('pods', {
        kind: 'Pod',
        metadata,
        spec,
        status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] },
      });
    }
  }, 180_000);
  afterAll(async () => {
    kubelet.close();
    front.close();
    await subject.close();
  });

  test.each<[command: string, answer: RegExp]>([
    ['kubectl get pods -n kubeshark -l app=kubeshark-tap', /^of-daemonset .*Running/m],
    ['kubectl logs -n kubeshark -l app=kubeshark-tap', /^capturing on behalf of kubeshark\/of-daemonset$/m],
    ['kubectl auth can-i list pods --as=system:serviceaccount:kubeshark:kubeshark -n default', /^yes$/m],
    ['kubectl get ingressroute kubeshark -n kubeshark', /^kubeshark /m],
    ['kubectl describe ingressroute kubeshark -n kubeshark', /Name:\s+kubeshark-front\s+Port:\s+80/],
    // The pod and its port are found; a line through it is the kubelet's.
    [
      'kubectl port-forward -n kubeshark svc/kubeshark-front 8080:80',
      /upgrad|Forwarding from 127\.0\.0\.1:8080 -> 8899/,
    ],
  ])('%s', async (command, answer) => {
    expect(await type(command)).toMatch(answer);
  });
});
