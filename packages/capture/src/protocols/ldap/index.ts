import type { Dissector } from '../../dissect/dissector.ts';
import { LdapSession } from './session.ts';
import { beginsMessage, type LdapMessage } from './wire.ts';

export const ldap: Dissector<LdapMessage> = {
  id: 'ldap',
  transports: ['tcp', 'udp'],
  inPlace: true,
  probe: (sample, side) => beginsMessage(sample, 0, side),
  open: (context) => new LdapSession(context),
};
