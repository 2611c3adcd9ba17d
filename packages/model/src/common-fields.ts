/** KFL fields that every entry may have, whatever its protocol. Names of KFL v1 and v2 are aliases. */

import type { FieldSpec } from '@kubeshark/kfl';

type Fields = Readonly<Record<string, FieldSpec>>;

const entryFields: Fields = {
  id: {
    type: 'string',
    doc: 'Identifies the entry; rises with time.',
    example: 'id == 7345190742212608123',
  },
  timestamp: {
    type: 'time',
    doc: 'When the request began.',
    example: 'timestamp > now() - 5m',
    aliases: ['startTime', 'capture_time'],
  },
  node: {
    type: 'string',
    doc: 'Node the entry was captured on.',
    example: 'node == "worker-1"',
    aliases: ['node.name', 'node_name', 'local_node_name'],
  },
  protocol: {
    type: 'string',
    doc: 'The most specific protocol; the others an entry carries are flags such as `http`.',
    example: 'protocol == "redis"',
    aliases: ['proto.name', 'proto.abbr', 'proto'],
    caseless: true,
  },
  protocols: {
    type: 'strings',
    doc: 'Every protocol that applies, most specific first.',
    example: '"http2" in protocols',
  },
  method: {
    type: 'string',
    doc: 'HTTP method, Redis command, Kafka API, … of any protocol.',
    example: 'method == "POST"',
    values: ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS'],
    caseless: true,
  },
  endpoint: {
    type: 'string',
    doc: 'What calls are grouped by: `GET /users/{id}`, `orders.v1.Orders/Get`, `SELECT orders`.',
    example: 'http | stats p95(response.latency), count() by endpoint | sort -p95',
  },
  summary: {
    type: 'string',
    doc: 'The one line that lists show.',
    example: 'summary contains "/users"',
    aliases: ['ldap_summary', 'amqp_summary', 'tls_summary'],
  },
  error: {
    type: 'bool',
    doc: 'The call failed by its protocol’s rules, was cut off, or was never answered.',
    example: 'error and dst.namespace == "shop"',
  },
  errorText: {
    type: 'string',
    doc: 'Why the call failed, in words.',
    example: 'errorText contains "reset"',
    aliases: ['tcp_error_message'],
  },
  traceId: {
    type: 'string',
    doc: 'Trace id from the request’s headers.',
    example: 'traceId == "4bf92f3577b34da6a3ce929d0e0e4736"',
    aliases: ['trace_id'],
  },
  namespaces: {
    type: 'strings',
    doc: 'Namespaces of both ends.',
    example: '"production" in namespaces',
    path: ['src.namespace', 'dst.namespace'],
  },
  pods: {
    type: 'strings',
    doc: 'Pods of both ends.',
    example: '"cart-7d9f" in pods',
    path: ['src.pod', 'dst.pod'],
  },
  services: {
    type: 'strings',
    doc: 'Services of both ends.',
    example: '"checkout" in services',
    path: ['src.service', 'dst.service'],
  },
};

const messageFields: Fields = {
  request: {
    type: 'json',
    doc: 'The request; missing when it was not seen.',
    example: 'request == null',
  },
  'request.method': {
    type: 'string',
    doc: 'The method as the request names it.',
    example: 'request.method == "POST"',
    values: ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS'],
    caseless: true,
  },
  'request.path': {
    type: 'string',
    doc: 'Path without the query.',
    example: 'request.path startsWith "/api/"',
    aliases: ['path'],
  },
  'request.url': {
    type: 'string',
    doc: 'Path with the query, as it was asked for.',
    example: 'request.url contains "debug=1"',
    aliases: ['url'],
  },
  'request.query': {
    type: 'json',
    doc: 'Parameters of the URL by name; for GraphQL the document’s text.',
    example: 'request.query["page"] == 2',
    aliases: ['query_string', 'request.queryString'],
  },
  'request.headers': {
    type: 'map',
    doc: 'Headers of the request (or the message’s headers in other protocols); names have no case.',
    example: 'request.headers["Authorization"] exists',
    values: [
      'Accept',
      'Authorization',
      'Content-Type',
      'Cookie',
      'Host',
      'Origin',
      'Referer',
      'User-Agent',
      'X-Forwarded-For',
      'X-Request-Id',
    ],
  },
  'request.body': {
    type: 'body',
    doc: 'Body of the request as text, decoded; bytes that are no text have only a size.',
    example: 'request.body contains "DROP TABLE"',
    aliases: ['ws_request_payload_data'],
  },
  'request.body.size': {
    type: 'int',
    unit: 'bytes',
    doc: 'Size of the request’s body on the wire, also when less of it was kept.',
    example: 'request.body.size > 1000000',
    aliases: ['request_body_size', 'ws_request_payload_length'],
  },
  'request.body.mime': {
    type: 'string',
    doc: 'Media type of the body.',
    example: 'request.body.mime == "application/json"',
  },
  'request.body.truncated': { type: 'bool', doc: 'Less was kept than was sent.', example: 'request.body.truncated' },
  'request.size': {
    type: 'int',
    unit: 'bytes',
    doc: 'Size of the whole request on the wire.',
    example: 'request.size > 10KB',
    aliases: ['redis_request_size', 'kafka_request_size', 'dns_request_length', 'tls_request_size', 'requestSize'],
  },
  response: {
    type: 'json',
    doc: 'The response; missing when there was none.',
    example: 'http and response == null',
  },
  'response.status': {
    type: 'json',
    doc: 'The protocol’s own status: HTTP status, gRPC status number, 0 or an error’s code for databases, DNS rcode.',
    example: 'http and response.status >= 500',
    aliases: ['status_code', 'status', 'statusCode'],
    values: [
      '200',
      '201',
      '204',
      '301',
      '302',
      '304',
      '400',
      '401',
      '403',
      '404',
      '409',
      '429',
      '500',
      '502',
      '503',
      '504',
    ],
  },
  'response.latency': {
    type: 'duration',
    unit: 'ms',
    doc: 'From the start of the request to the end of the response; a plain number is milliseconds.',
    example: 'http and response.latency > 1000',
    aliases: ['latency', { name: 'elapsed_time', unit: 'us' }, { name: 'elapsedTime', unit: 'ms' }],
  },
  'response.headers': {
    type: 'map',
    doc: 'Headers of the response; names have no case.',
    example: 'response.headers["content-type"] startsWith "text/html"',
    values: [
      'Cache-Control',
      'Content-Encoding',
      'Content-Type',
      'Location',
      'Server',
      'Set-Cookie',
      'WWW-Authenticate',
    ],
  },
  'response.body': {
    type: 'body',
    doc: 'Body of the response as text, decoded; bytes that are no text have only a size.',
    example: 'response.body.json().error.code == "E42"',
    aliases: ['ws_response_payload_data'],
  },
  'response.body.size': {
    type: 'int',
    unit: 'bytes',
    doc: 'Size of the response’s body on the wire, also when less of it was kept.',
    example: 'response.body.size > 1MB',
    aliases: ['response_body_size', 'ws_response_payload_length'],
  },
  'response.body.mime': {
    type: 'string',
    doc: 'Media type of the body.',
    example: 'response.body.mime == "text/html"',
  },
  'response.body.truncated': { type: 'bool', doc: 'Less was kept than was sent.', example: 'response.body.truncated' },
  'response.size': {
    type: 'int',
    unit: 'bytes',
    doc: 'Size of the whole response on the wire.',
    example: 'response.size > 1MiB',
    aliases: ['redis_response_size', 'kafka_response_size', 'dns_response_length', 'tls_response_size', 'responseSize'],
  },
};

/** The same fields for both ends; `side` is how sentences call it. */
function endpointFields(end: 'src' | 'dst', side: string, labels: string): Fields {
  const name = (key: string) => `${end}.${key}`;
  return {
    [end]: { type: 'json', doc: `The ${side}, whole.`, example: `${end} exists` },
    [name('ip')]: { type: 'ip', doc: `Address of the ${side}.`, example: `${end}.ip in "10.0.0.0/8"` },
    [name('port')]: { type: 'int', doc: `Port of the ${side}.`, example: `${end}.port == 8080` },
    [name('name')]: {
      type: 'string',
      doc: `Best name known of the ${side}: service, else workload, pod, DNS name or process.`,
      example: `${end}.name == "frontend"`,
    },
    [name('namespace')]: {
      type: 'string',
      doc: `Namespace of the ${side}.`,
      example: `${end}.namespace == "production"`,
      aliases: [name('pod.namespace'), name('service.namespace'), name('pod.metadata.namespace')],
    },
    [name('pod')]: {
      type: 'string',
      doc: `Pod of the ${side}.`,
      example: `${end}.pod startsWith "cart-"`,
      aliases: [name('pod.name'), name('pod.metadata.name')],
    },
    [name('service')]: {
      type: 'string',
      doc: `Service of the ${side}.`,
      example: `${end}.service == "cart"`,
      aliases: [name('service.name'), name('service.metadata.name')],
    },
    [name('workload')]: {
      type: 'string',
      doc: `Deployment, job, … the ${side} belongs to.`,
      example: `${end}.workload == "cart"`,
    },
    [name('node')]: { type: 'string', doc: `Node the ${side} runs on.`, example: `${end}.node == "worker-2"` },
    [name('labels')]: {
      type: 'map',
      doc: `Labels of the ${side}’s pod.`,
      example: `${end}.labels["app"] == "cart"`,
      aliases: [name('pod.labels'), name('pod.metadata.labels'), labels],
    },
    [name('process')]: {
      type: 'string',
      doc: `Process of the ${side}, where it is known.`,
      example: `${end}.process == "nginx"`,
      aliases: [labels.replace('labels', 'process_name')],
    },
    [name('pid')]: { type: 'int', doc: `Process id of the ${side}, where it is known.`, example: `${end}.pid == 1` },
    [name('dns')]: {
      type: 'string',
      doc: `Name the ${side}’s address was seen under in DNS answers or TLS.`,
      example: `${end}.dns endsWith ".amazonaws.com"`,
    },
  };
}

const connectionFields: Fields = {
  connection: { type: 'json', doc: 'Facts of the connection.', example: 'connection exists' },
  'connection.id': {
    type: 'string',
    doc: 'The same for every entry of one connection.',
    example: 'connection.id == "c-1"',
    aliases: ['conn_id', 'flow_id', 'stream'],
  },
  'connection.transport': {
    type: 'string',
    doc: 'Transport below the protocol.',
    example: 'connection.transport == "udp"',
    values: ['tcp', 'udp', 'icmp', 'sctp'],
    caseless: true,
  },
  'connection.index': {
    type: 'int',
    doc: 'Position of the call on its connection, from 0.',
    example: 'connection.index == 0',
    aliases: ['index'],
  },
  'connection.tls': {
    type: 'json',
    doc: 'Facts of TLS; missing on plain connections.',
    example: 'connection.tls == null',
  },
  'connection.tls.version': {
    type: 'string',
    doc: 'TLS version.',
    example: 'connection.tls.version == "TLS 1.2"',
    aliases: ['tls.version'],
  },
  'connection.tls.cipher': {
    type: 'string',
    doc: 'Cipher suite.',
    example: 'connection.tls.cipher contains "GCM"',
    aliases: ['tls.cipher'],
  },
  'connection.tls.sni': {
    type: 'string',
    doc: 'Server name the client asked for.',
    example: 'connection.tls.sni endsWith ".internal"',
    aliases: ['tls.sni'],
  },
  'connection.tls.alpn': {
    type: 'string',
    doc: 'Application protocol agreed on.',
    example: 'connection.tls.alpn == "h2"',
    aliases: ['tls.alpn'],
  },
  'connection.tls.ja3': {
    type: 'string',
    doc: 'JA3 fingerprint of the client.',
    example: 'connection.tls.ja3 exists',
    aliases: ['tls.ja3'],
  },
  'connection.tls.ja4': {
    type: 'string',
    doc: 'JA4 fingerprint of the client.',
    example: 'connection.tls.ja4 startsWith "t13"',
    aliases: ['tls.ja4'],
  },
  'connection.tls.subject': {
    type: 'string',
    doc: 'Subject of the server’s certificate.',
    example: 'connection.tls.subject contains "CN=api"',
    aliases: ['tls.subject'],
  },
  'connection.tls.issuer': {
    type: 'string',
    doc: 'Issuer of the server’s certificate.',
    example: 'connection.tls.issuer contains "Let"',
    aliases: ['tls.issuer'],
  },
  'connection.tls.notAfter': {
    type: 'string',
    doc: 'When the certificate expires, as in ISO 8601.',
    example: 'connection.tls.notAfter < "2027-01-01"',
    aliases: ['tls.notAfter'],
  },
  'connection.tls.decrypted': {
    type: 'bool',
    doc: 'The entry was read from inside TLS.',
    example: 'connection.tls.decrypted',
    aliases: ['tls.decrypted'],
  },
  'connection.handshakeMillis': {
    type: 'duration',
    unit: 'ms',
    doc: 'Time the TCP handshake took.',
    example: 'connection.handshakeMillis > 100',
  },
  'connection.rttMillis': {
    type: 'duration',
    unit: 'ms',
    doc: 'Round trip seen in the handshake.',
    example: 'connection.rttMillis > 20ms',
  },
  'connection.tlsMillis': {
    type: 'duration',
    unit: 'ms',
    doc: 'Time the TLS handshake took.',
    example: 'connection.tlsMillis > 200',
  },
  'connection.firstByteMillis': {
    type: 'duration',
    unit: 'ms',
    doc: 'Last byte of the request to the first of the response.',
    example: 'connection.firstByteMillis > 500',
  },
  'connection.transferMillis': {
    type: 'duration',
    unit: 'ms',
    doc: 'First to last byte of the response.',
    example: 'connection.transferMillis > 1s',
  },
  'connection.clientBytes': {
    type: 'int',
    unit: 'bytes',
    doc: 'Bytes the client sent on the connection so far.',
    example: 'connection.clientBytes > 1MB',
    aliases: ['conn_local_bytes', 'flow_local_bytes'],
  },
  'connection.serverBytes': {
    type: 'int',
    unit: 'bytes',
    doc: 'Bytes the server sent on the connection so far.',
    example: 'connection.serverBytes > 1MB',
    aliases: ['conn_remote_bytes', 'flow_remote_bytes'],
  },
  'connection.clientPackets': {
    type: 'int',
    doc: 'Packets the client sent so far.',
    example: 'connection.clientPackets > 1000',
    aliases: ['conn_local_pkts', 'flow_local_pkts'],
  },
  'connection.serverPackets': {
    type: 'int',
    doc: 'Packets the server sent so far.',
    example: 'connection.serverPackets > 1000',
    aliases: ['conn_remote_pkts', 'flow_remote_pkts'],
  },
  'connection.retransmissions': { type: 'int', doc: 'Segments sent again.', example: 'connection.retransmissions > 0' },
  'connection.outOfOrder': {
    type: 'int',
    doc: 'Segments that came out of order.',
    example: 'connection.outOfOrder > 10',
  },
  'connection.zeroWindows': {
    type: 'int',
    doc: 'Times a receiver had no room.',
    example: 'connection.zeroWindows > 0',
  },
  'connection.resets': { type: 'int', doc: 'Resets seen.', example: 'connection.resets > 0' },
};

const captureFields: Fields = {
  capture: { type: 'json', doc: 'How the entry was seen.', example: 'capture exists' },
  'capture.source': {
    type: 'string',
    doc: 'What it was captured with.',
    example: 'capture.source == "libpcap"',
    aliases: ['capture_source', 'capture.backend', 'capture_backend'],
    values: ['ebpf', 'libpcap', 'af_packet', 'file'],
  },
  'capture.interface': { type: 'string', doc: 'Network interface.', example: 'capture.interface == "eth0"' },
  'capture.truncated': { type: 'bool', doc: 'A body or packet was cut.', example: 'capture.truncated' },
  'capture.gap': { type: 'int', unit: 'bytes', doc: 'Bytes lost inside the call.', example: 'capture.gap > 0' },
  'capture.anomalies': { type: 'strings', doc: 'Oddities met while reading it.', example: 'capture.anomalies exists' },
  'capture.vantages': {
    type: 'strings',
    doc: 'The other places the call was seen at.',
    example: 'capture.vantages exists',
  },
};

export const commonFields: Fields = {
  ...entryFields,
  ...messageFields,
  ...endpointFields('src', 'client', 'remote_labels'),
  ...endpointFields('dst', 'server', 'local_labels'),
  ...connectionFields,
  ...captureFields,
};
