/**
 * `pnpm truth [WORD]`: compares what we find in real captures with what tshark finds. The captures are not part of the
 * repository: they are looked for in $KUBESHARK_PCAPS or ../shared/pcaps, with one line of truth for each file in truth.jsonl.
 */

import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { CaptureDissection, KeyStore } from '@kubeshark/capture';
import type { Entry } from '@kubeshark/model';

const folder = process.env['KUBESHARK_PCAPS'] ?? path.resolve(import.meta.dirname, '../../shared/pcaps');

interface Truth {
  readonly file: string;
  readonly category: string;
  readonly tls_secrets?: { readonly file?: string } | null;
  readonly [count: string]: unknown;
}

/** How one of truth's counts is counted in our entries. */
interface Measure {
  readonly name: string;
  readonly expected: (truth: Truth) => number;
  readonly found: (entries: readonly Entry[]) => number;
}

const number = (truth: Truth, key: string) => (typeof truth[key] === 'number' ? truth[key] : 0);
const has = (entry: Entry, protocol: string) => entry.protocols.some((id) => id === protocol);
const count = (entries: readonly Entry[], test: (entry: Entry) => boolean) => entries.filter(test).length;
/** Requests and responses of a protocol, each counted. */
const halves = (entries: readonly Entry[], protocol: string) =>
  entries
    .filter((entry) => has(entry, protocol))
    .reduce((total, { request, response }) => total + (request === null ? 0 : 1) + (response === null ? 0 : 1), 0);
/** `1xx` responses count as responses of their own in truth. */
const interim = (entry: Entry) => (Array.isArray(entry.response?.['interim']) ? entry.response['interim'].length : 0);
/** tshark counts multicast DNS and LLMNR apart. */
const isDns = (entry: Entry) => has(entry, 'dns') && fact(entry, 'dns', 'variant') === 'dns';
const retriesOf = (entry: Entry) => Number(fact(entry, 'dns', 'retries') ?? 0);
const fact = (entry: Entry, protocol: string, key: string) =>
  (entry[protocol] as Readonly<Record<string, unknown>> | undefined)?.[key];
/** Messages of one type, in a truth that counts them by type. */
const typed = (truth: Truth, key: string, type: string) =>
  (truth[key] as Readonly<Record<string, number>> | undefined)?.[type] ?? 0;
const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
/** A publication that got a message back, which is longer than the `+OK` of verbose mode. */
const isReply = (entry: Entry) => entry.method.endsWith('PUB') && (entry.response?.size ?? 0) > '+OK\r\n'.length;
/** Operations of LDAP by their application tag: what clients ask, and what ends it. */
const ldapRequests = ['0', '2', '3', '6', '8', '10', '12', '14', '16', '23'];
const ldapResults = ['1', '5', '7', '9', '11', '13', '15', '24'];
/** Calls of PostgreSQL that carry no statement to run. */
const notQueries = new Set(['STARTUP', 'CANCEL', 'PREPARE']);
/** Methods of AMQP on the wire that a call is made of: a login is several, a close has an answer of its own. */
const amqpMethods = ({ request, response }: Entry) =>
  [request, response].reduce(
    (sum, half) => sum + (Array.isArray(half?.['methods']) ? half['methods'].length : half?.['method'] ? 1 : 0),
    response?.['answer'] === undefined ? 0 : 1,
  );
/** Calls of MySQL that have something: a statement's text, the number of a prepared one. */
const isMysql = (entry: Entry, key: string) => fact(entry, 'mysql', key) !== undefined && entry.request !== null;
/** All of a truth that counts by type; of memcached's binary protocol it counts both halves. */
const sumOf = (truth: Truth, key: string) =>
  Object.values((truth[key] as Readonly<Record<string, number>> | undefined) ?? {}).reduce(
    (sum, value) => sum + value,
    0,
  );
/** CONNECT, PUBLISH, SUBSCRIBE, UNSUBSCRIBE, PINGREQ and DISCONNECT; what answers them is part of their calls. */
const mqttRequests = ['1', '3', '8', '10', '12', '14'];
const isMqttAnswer = /ACK$|^PUB(REC|REL|COMP)$|^AUTH$/;
const isHttp1 = (entry: Entry) => has(entry, 'http') && !has(entry, 'http2');
/** Asked with HTTP/1 for an upgrade, which a 101 granted, and answered with HTTP/2. */
const isH2c = (entry: Entry) => has(entry, 'http2') && String(entry.request?.['httpVersion']).startsWith('1');

const measures: readonly Measure[] = [
  {
    name: 'http1 requests',
    expected: (truth) => Math.max(number(truth, 'http1_requests'), number(truth, 'http1_request_lines_own')),
    found: (entries) => count(entries, (entry) => (isHttp1(entry) || isH2c(entry)) && entry.request !== null),
  },
  {
    name: 'http1 responses',
    expected: (truth) => Math.max(number(truth, 'http1_responses'), number(truth, 'http1_status_lines_own')),
    found: (entries) =>
      entries.filter(isHttp1).reduce((sum, entry) => sum + (entry.response === null ? 0 : 1) + interim(entry), 0) +
      count(entries, isH2c),
  },
  {
    name: 'http2 streams',
    expected: (truth) => number(truth, 'http2_streams'),
    found: (entries) => count(entries, (entry) => has(entry, 'http2')),
  },
  {
    name: 'grpc calls',
    expected: (truth) => number(truth, 'grpc_calls'),
    found: (entries) => count(entries, (entry) => has(entry, 'grpc')),
  },
  {
    name: 'dns queries',
    expected: (truth) => number(truth, 'dns_queries'),
    found: (entries) =>
      entries.filter(isDns).reduce((sum, entry) => sum + (entry.request === null ? 0 : 1 + retriesOf(entry)), 0),
  },
  {
    name: 'dns responses',
    expected: (truth) => number(truth, 'dns_responses'),
    found: (entries) => count(entries, (entry) => isDns(entry) && entry.response !== null),
  },
  {
    name: 'tls client hellos',
    expected: (truth) => number(truth, 'tls_handshakes'),
    found: (entries) => {
      const greeted = entries.filter(({ connection }) => connection.tls?.ja3 !== undefined);
      const retried = count(greeted, ({ request }) => request?.['retried'] === true);
      return new Set(greeted.map(({ connection }) => connection.id)).size + retried;
    },
  },
  {
    name: 'icmp echoes',
    expected: (truth) => typed(truth, 'icmp_type', '8') + typed(truth, 'icmpv6_type', '128'),
    found: (entries) =>
      count(entries, (entry) => has(entry, 'icmp') && entry.method === 'echo request' && entry.request !== null),
  },
  {
    name: 'redis commands',
    expected: (truth) => number(truth, 'redis_commands'),
    found: (entries) => count(entries, (entry) => has(entry, 'redis') && entry.request !== null),
  },
  {
    name: 'kafka requests',
    expected: (truth) => number(truth, 'kafka_requests'),
    found: (entries) => count(entries, (entry) => has(entry, 'kafka') && entry.request !== null),
  },
  {
    name: 'nats from clients',
    expected: (truth) =>
      sum(['CONNECT', 'PUB', 'HPUB', 'SUB', 'UNSUB'].map((verb) => typed(truth, 'nats_messages', verb))),
    found: (entries) =>
      count(entries, (entry) => has(entry, 'nats') && entry.request !== null && entry.method !== 'PING'),
  },
  {
    name: 'nats deliveries',
    expected: (truth) => sum(['MSG', 'HMSG'].map((verb) => typed(truth, 'nats_messages', verb))),
    // A reply stands with its request, beside everything that was delivered by itself.
    found: (entries) =>
      count(entries, (entry) => has(entry, 'nats') && (entry.method.endsWith('MSG') || isReply(entry))),
  },
  {
    name: 'cql requests',
    expected: (truth) =>
      sum(['1', '5', '7', '9', '10', '11', '13', '15'].map((opcode) => typed(truth, 'cql_opcode', opcode))),
    found: (entries) => count(entries, (entry) => has(entry, 'cassandra') && entry.request !== null),
  },
  {
    name: 'cql responses',
    expected: (truth) =>
      sum(['0', '2', '3', '6', '8', '12', '14', '16'].map((opcode) => typed(truth, 'cql_opcode', opcode))),
    found: (entries) => count(entries, (entry) => has(entry, 'cassandra') && entry.response !== null),
  },
  {
    name: 'ldap requests',
    expected: (truth) => sum(ldapRequests.map((operation) => typed(truth, 'ldap_protocolOp', operation))),
    found: (entries) => count(entries, (entry) => has(entry, 'ldap') && entry.request !== null),
  },
  {
    name: 'ldap results',
    expected: (truth) => sum(ldapResults.map((operation) => typed(truth, 'ldap_protocolOp', operation))),
    found: (entries) => count(entries, (entry) => has(entry, 'ldap') && entry.status !== null),
  },
  {
    name: 'ldap entries',
    expected: (truth) => typed(truth, 'ldap_protocolOp', '4'),
    found: (entries) => sum(entries.map((entry) => Number(fact(entry, 'ldap', 'entries') ?? 0))),
  },
  {
    name: 'pgsql queries',
    expected: (truth) => number(truth, 'pgsql_queries'),
    found: (entries) =>
      count(entries, (entry) => has(entry, 'postgres') && entry.request !== null && !notQueries.has(entry.method)),
  },
  {
    name: 'mysql queries',
    expected: (truth) => number(truth, 'mysql_queries'),
    found: (entries) =>
      count(entries, (entry) => isMysql(entry, 'query') && !isMysql(entry, 'statement') && entry.method !== 'PREPARE'),
  },
  {
    name: 'mysql prepared',
    expected: (truth) => typed(truth, 'mysql_commands', '22'),
    found: (entries) => count(entries, (entry) => has(entry, 'mysql') && entry.method === 'PREPARE'),
  },
  {
    name: 'mysql executed',
    expected: (truth) => typed(truth, 'mysql_commands', '23'),
    found: (entries) => count(entries, (entry) => isMysql(entry, 'statement') && entry.method !== 'PREPARE'),
  },
  {
    name: 'mongodb messages',
    expected: (truth) => number(truth, 'mongo_msgs'),
    found: (entries) => halves(entries, 'mongodb'),
  },
  {
    name: 'thrift messages',
    expected: (truth) =>
      Object.values((truth['thrift_mtype'] ?? {}) as Readonly<Record<string, number>>).reduce((sum, n) => sum + n, 0),
    found: (entries) => halves(entries, 'thrift'),
  },
  {
    name: 'stomp frames',
    expected: (truth) => sumOf(truth, 'stomp_messages'),
    found: (entries) => halves(entries, 'stomp'),
  },
  {
    name: 'radius packets',
    expected: (truth) => sumOf(truth, 'radius_code'),
    found: (entries) =>
      halves(entries, 'radius') +
      sum(entries.filter((entry) => has(entry, 'radius')).map(({ request }) => Number(request?.['retries'] ?? 0))),
  },
  {
    name: 'diameter messages',
    expected: (truth) => sumOf(truth, 'diameter_flags_request'),
    found: (entries) => halves(entries, 'diameter'),
  },
  {
    name: 'tds messages',
    // What is agreed on before the login is no call.
    expected: (truth) => sumOf(truth, 'tds_type') - 2 * typed(truth, 'tds_type', '18'),
    found: (entries) => halves(entries, 'tds'),
  },
  {
    name: 'dubbo messages',
    expected: (truth) => sum(['request', 'response'].map((kind) => typed(truth, 'dubbo_messages', kind))),
    found: (entries) => halves(entries, 'dubbo'),
  },
  {
    name: 'amqp methods',
    expected: (truth) => number(truth, 'amqp_methods'),
    found: (entries) =>
      entries.filter((entry) => has(entry, 'rabbitmq')).reduce((sum, entry) => sum + amqpMethods(entry), 0),
  },
  {
    name: 'amqp messages',
    expected: (truth) => typed(truth, 'amqp_frames', '2'),
    found: (entries) =>
      count(entries, (entry) => has(entry, 'rabbitmq') && (entry.request?.body ?? entry.response?.body) !== undefined),
  },
  {
    name: 'memcached requests',
    expected: (truth) => sumOf(truth, 'memcache_command') + sumOf(truth, 'memcache_opcode') / 2,
    found: (entries) => count(entries, (entry) => has(entry, 'memcached') && entry.request !== null),
  },
  {
    name: 'mqtt requests',
    expected: (truth) => mqttRequests.reduce((sum, type) => sum + typed(truth, 'mqtt_msgtype', type), 0),
    found: (entries) =>
      entries
        .filter((entry) => has(entry, 'mqtt') && !isMqttAnswer.test(entry.method))
        .reduce(
          (sum, { request, response }) => sum + 1 + Number(request?.['retries'] ?? response?.['retries'] ?? 0),
          0,
        ),
  },
  {
    name: 'ws frames',
    expected: (truth) => number(truth, 'ws_frames'),
    found: (entries) => count(entries, (entry) => has(entry, 'ws')),
  },
];

interface Comparison {
  readonly truth: Truth;
  readonly entries: readonly Entry[];
  readonly faults: readonly string[];
}

/** Deviations that are right, or that nobody needs otherwise, by file and measure. */
const explained: Readonly<Record<string, string>> = {
  'http2/suricata-verify__dns-over-http2-post-dns_over_https_POST.pcap dns queries':
    'DNS in the bodies of HTTP calls is shown as those calls',
  'http2/suricata-verify__dns-over-http2-post-dns_over_https_POST.pcap dns responses':
    'DNS in the bodies of HTTP calls is shown as those calls',
  'icmp/zeek__communityid-icmp6.pcap dns responses': 'tshark reads the answer that an ICMP error quotes',
  'http1/beats__wsgi_loopback.pcap http1 responses':
    'the file repeats one packet five times at its end; tshark too counts one response',
  'websocket/suricata-verify__websocket-control-frag-input.pcap ws frames': 'fragments of one message are one call',
  'websocket/zeek__websocket-two-binary-fragments.pcap ws frames': 'fragments of one message are one call',
  'graphql/local__graphql_ws.pcap ws frames': 'frames of GraphQL operations are parts of their calls',
  'mixed/arkime__arkime_synthetic.pcap ws frames': 'fragments of one message are one call',
  'mixed/arkime__arkime_synthetic.pcap dns queries': 'two messages of zeros, without a question, are no lookups',
  'mixed/arkime__arkime_synthetic.pcap dns responses':
    'an answer sent from the port of Geneve to another port is not taken out of its tunnel',
  'mixed/arkime__arkime_synthetic.pcap radius packets': 'attributes of two requests run beyond their end',
  'stomp/nDPI__stomp.pcapng stomp frames': 'truth leaves out the MESSAGE',
  'tds/arkime__tds5.pcap tds messages': 'tshark does not count the answers of TDS 5',
  'mysql/deepflow__mysql-partial-packet-compressed.pcap mysql queries':
    'compressed, joined after the login: tshark does not see that',
  'redis/zeek__redis-pubsub.pcap redis commands':
    'an inline command answered with `+OK` alone is not enough to know Redis by',
  'memcached/beats__memcache_text_udp_multi_store.pcap memcached requests':
    'tshark does not read the datagrams, whose reserved field is not zero',
  'tls/wireshark-wiki__amqps.pcapng amqp methods': 'AMQP 1.0 is recognised, its frames are not read',
  'tls/wireshark-wiki__amqps.pcapng amqp messages': 'AMQP 1.0 is recognised, its frames are not read',
  'http1/zeek__http-methods.pcap http1 requests': 'a line that is only `OPTIONS` is no request',
  'http1/zeek__http-methods.pcap http1 responses': 'answers to lines that are no requests are shown as TCP connections',
};

function dissect(truth: Truth): Comparison {
  const entries: Entry[] = [];
  const keys = new KeyStore();
  const keyFile = truth.tls_secrets?.file;
  if (keyFile !== undefined) {
    const place = path.join(folder, path.dirname(truth.file), path.basename(keyFile));
    if (existsSync(place)) keys.addKeyLog(readFileSync(place, 'utf8'));
  }
  const capture = new CaptureDissection({ onCall: (call) => entries.push(call.toEntry()), keys });
  capture.push(readFileSync(path.join(folder, truth.file)));
  const damage = capture.end();
  const { counters } = capture.engine;
  const faults = [...counters.faults, ...counters.skipped].map(([name, times]) => `${name} (${times})`);
  return { truth, entries, faults: damage === undefined ? faults : [...faults, `${damage.fault} at ${damage.offset}`] };
}

function main(words: readonly string[]): void {
  if (!existsSync(path.join(folder, 'truth.jsonl'))) {
    console.log(`truth: skipped, there are no captures in ${path.relative(process.cwd(), folder)}`);
    return;
  }
  const verbose = words.includes('--verbose');
  const [word = ''] = words.filter((other) => !other.startsWith('--'));
  const truths = readFileSync(path.join(folder, 'truth.jsonl'), 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Truth)
    .filter(({ file }) => file.includes(word));
  const totals = new Map<string, { expected: number; found: number; files: number; exact: number }>();
  for (const { truth, entries, faults } of truths.map(dissect)) {
    let deviates = false;
    for (const measure of measures) {
      const expected = measure.expected(truth);
      const found = measure.found(entries);
      if (expected === 0 && found === 0) continue;
      const total = totals.get(measure.name) ?? { expected: 0, found: 0, files: 0, exact: 0 };
      totals.set(measure.name, {
        expected: total.expected + expected,
        found: total.found + found,
        files: total.files + 1,
        exact: total.exact + (expected === found ? 1 : 0),
      });
      if (expected === found) continue;
      deviates = true;
      const why = explained[`${truth.file} ${measure.name}`];
      console.log(`${truth.file}: ${measure.name} ${found}, truth ${expected}${why === undefined ? '' : ` (${why})`}`);
    }
    if ((deviates || word !== '') && faults.length > 0) console.log(`    ${faults.slice(0, 6).join('; ')}`);
    if (!verbose) continue;
    for (const { protocol, summary, status, errorText } of entries) {
      console.log(`    ${protocol} ${summary} ${status ?? ''} ${errorText ?? ''}`);
    }
  }
  console.log('\nmeasure            files  exact   truth   found');
  for (const [name, { files, exact, expected, found }] of totals) {
    console.log(
      `${name.padEnd(18)} ${[files, exact, expected, found].map((value) => String(value).padStart(6)).join(' ')}`,
    );
  }
}

main(process.argv.slice(2));
