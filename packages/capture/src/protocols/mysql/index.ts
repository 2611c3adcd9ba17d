import type { Dissector } from '../../dissect/dissector.ts';
import { probe } from './probe.ts';
import { MysqlSession } from './session.ts';
import type { MysqlMessage } from './wire.ts';

export const mysql: Dissector<MysqlMessage> = {
  id: 'mysql',
  transports: ['tcp'],
  probe,
  inPlace: true,
  open: (context) => new MysqlSession(context),
};
