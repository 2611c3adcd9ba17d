import { defineProtocol } from '../protocol.ts';

export const radius = defineProtocol({
  id: 'radius',
  name: 'RADIUS',
  badge: 'RADIUS',
  hue: 72,
  transports: ['udp', 'tcp'],
  ports: [1812, 1813, 3799, 1645, 1646],
  reference: 'https://www.rfc-editor.org/rfc/rfc2865',
  errors: 'Access-Reject, Disconnect-NAK, CoA-NAK, or no answer for 30 s.',
  fields: {
    'radius.code': {
      type: 'string',
      doc: 'What is asked.',
      example: 'radius.code == "Access-Request"',
      values: ['Access-Request', 'Accounting-Request', 'Status-Server', 'Disconnect-Request', 'CoA-Request'],
      caseless: true,
    },
    'radius.reply': {
      type: 'string',
      doc: 'What is answered.',
      example: 'radius.reply == "Access-Reject"',
      values: ['Access-Accept', 'Access-Reject', 'Access-Challenge', 'Accounting-Response', 'CoA-ACK', 'CoA-NAK'],
      caseless: true,
    },
    'radius.identifier': {
      type: 'int',
      doc: 'Number that ties the answer to its request.',
      example: 'radius.identifier == 7',
    },
    'radius.user': {
      type: 'string',
      doc: 'User-Name; passwords are never kept.',
      example: 'radius.user == "alice"',
    },
    'radius.nas': {
      type: 'string',
      doc: 'Name or address of the access server that asks.',
      example: 'radius.nas == "switch-7"',
    },
    'radius.callingStation': {
      type: 'string',
      doc: 'Calling-Station-Id: mostly the MAC address of the client.',
      example: 'radius.callingStation exists',
    },
    'radius.calledStation': {
      type: 'string',
      doc: 'Called-Station-Id: mostly an access point and its network.',
      example: 'radius.calledStation like "*:office"',
    },
    'radius.framedAddress': {
      type: 'string',
      doc: 'Framed-IP-Address of the client.',
      example: 'radius.framedAddress == "10.1.2.3"',
    },
    'radius.acctStatus': {
      type: 'string',
      doc: 'What an accounting request tells.',
      example: 'radius.acctStatus == "Stop"',
      values: ['Start', 'Stop', 'Interim-Update', 'Accounting-On', 'Accounting-Off'],
      caseless: true,
    },
    'radius.sessionId': { type: 'string', doc: 'Acct-Session-Id.', example: 'radius.sessionId == "5a1"' },
    'radius.sessionSeconds': {
      type: 'int',
      doc: 'How long the session has lasted, in seconds.',
      example: 'radius.sessionSeconds > 3600',
    },
    'radius.inputBytes': {
      type: 'int',
      doc: 'Bytes the session has received, gigawords included.',
      example: 'radius.inputBytes > 1000000',
    },
    'radius.outputBytes': {
      type: 'int',
      doc: 'Bytes the session has sent, gigawords included.',
      example: 'radius.outputBytes > 1000000',
    },
    'radius.terminateCause': {
      type: 'string',
      doc: 'Why the session ended.',
      example: 'radius.terminateCause == "Lost-Carrier"',
    },
    'radius.eap': {
      type: 'string',
      doc: 'Step and method of EAP.',
      example: 'radius.eap == "Response Identity"',
    },
  },
  sections: [
    {
      title: 'Request',
      tab: 'request',
      rows: [
        { label: 'Code', path: 'radius.code' },
        { label: 'User', path: 'radius.user' },
        { label: 'Access server', path: 'radius.nas' },
        { label: 'Calling station', path: 'radius.callingStation' },
        { label: 'Called station', path: 'radius.calledStation' },
        { label: 'Address', path: 'radius.framedAddress' },
        { label: 'EAP', path: 'radius.eap' },
        { label: 'Identifier', path: 'radius.identifier' },
        { label: 'Sent again', path: 'request.retries' },
      ],
    },
    {
      title: 'Session',
      tab: 'request',
      rows: [
        { label: 'Status', path: 'radius.acctStatus' },
        { label: 'Session', path: 'radius.sessionId' },
        { label: 'Seconds', path: 'radius.sessionSeconds' },
        { label: 'Received', path: 'radius.inputBytes' },
        { label: 'Sent', path: 'radius.outputBytes' },
        { label: 'Ended by', path: 'radius.terminateCause' },
      ],
    },
    {
      title: 'Attributes',
      tab: 'request',
      rows: [{ label: 'Attributes', path: 'request.attributes', viewer: 'table' }],
    },
    {
      title: 'Answer',
      tab: 'response',
      rows: [
        { label: 'Reply', path: 'radius.reply' },
        { label: 'Error', path: 'errorText' },
      ],
    },
    {
      title: 'Attributes',
      tab: 'response',
      rows: [{ label: 'Attributes', path: 'response.attributes', viewer: 'table' }],
    },
  ],
});
