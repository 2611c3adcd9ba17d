import { defineProtocol } from '../protocol.ts';

export const mqtt = defineProtocol({
  id: 'mqtt',
  name: 'MQTT (3.1.1, 5.0)',
  badge: 'MQTT',
  hue: 300,
  transports: ['tcp'],
  ports: [1883],
  reference: 'https://docs.oasis-open.org/mqtt/mqtt/v5.0/mqtt-v5.0.html',
  errors: 'A reason code of 0x80 and above (the return code in 3.1.1), or no acknowledgement where one is due.',
  fields: {
    'mqtt.type': {
      type: 'string',
      doc: 'Kind of the control packet.',
      example: 'mqtt.type == "PUBLISH"',
      values: ['CONNECT', 'PUBLISH', 'SUBSCRIBE', 'UNSUBSCRIBE', 'PINGREQ', 'DISCONNECT'],
      caseless: true,
    },
    'mqtt.topic': {
      type: 'strings',
      doc: 'Topic, or topic filters of a subscription.',
      example: 'mqtt.topic like "sensors/*"',
    },
    'mqtt.qos': { type: 'int', doc: 'Quality of service.', example: 'mqtt.qos == 2' },
    'mqtt.retain': { type: 'bool', doc: 'The retain flag.', example: 'mqtt.retain' },
    'mqtt.clientId': { type: 'string', doc: 'Client identifier.', example: 'mqtt.clientId == "sensor-7"' },
  },
  sections: [
    {
      title: 'Packet',
      tab: 'request',
      rows: [
        { label: 'Kind', path: 'mqtt.type' },
        { label: 'Topic', path: 'mqtt.topic' },
        { label: 'QoS', path: 'mqtt.qos' },
        { label: 'Retain', path: 'mqtt.retain' },
        { label: 'Client', path: 'mqtt.clientId' },
      ],
    },
    { title: 'Payload', tab: 'request', rows: [{ label: 'Payload', path: 'request.body', viewer: 'body' }] },
    { title: 'Acknowledgement', tab: 'response', rows: [{ label: 'Reason', path: 'response.status' }] },
  ],
});
