import type { Dissector } from '../../dissect/dissector.ts';
import { MqttSession } from './session.ts';
import { type Packet, startsWithPacket } from './wire.ts';

export const mqtt: Dissector<Packet> = {
  id: 'mqtt',
  transports: ['tcp'],
  inPlace: true,
  probe: (sample, side) => startsWithPacket(sample, 0, side),
  open: (context) => new MqttSession(context),
};
