/** Who speaks and how they log in, from the commands that tell it; never the proof. */

import { bsonDocument } from '../../decode/bson.ts';
import { eachMember } from '../../decode/bson-members.ts';
import { BsonType } from '../../decode/bson-types.ts';
import type { CallFacts } from './call.ts';
import type { Login } from './user.ts';

/** The login with what this command, which tells of it, says of the application, the method and the user. */
export function learnLogin({ subject, asked }: CallFacts, login: Login): Login {
  if (asked.document < 0) return login;
  const { body } = asked.part;
  const at = asked.document;
  if (subject.command.toLowerCase() === 'saslstart') return learnSasl(body, at, login);
  let learnt = login;
  eachMember(body, at, (member) => {
    if (member.type !== BsonType.document) return;
    if (member.name === 'speculativeAuthenticate') learnt = learnSasl(body, member.at, learnt);
    else if (member.name === 'client') learnt = learnClient(body, member.at, learnt);
  });
  return learnt;
}

function learnClient(body: Uint8Array, at: number, login: Login): Login {
  const { application } = bsonDocument(body, at).value;
  if (typeof application !== 'object' || application === null || Array.isArray(application)) return login;
  const { name } = application as { readonly name?: unknown };
  return typeof name === 'string' ? login.and({ application: name }) : login;
}

function learnSasl(body: Uint8Array, at: number, login: Login): Login {
  const { mechanism, payload } = bsonDocument(body, at).value;
  if (typeof mechanism !== 'string') return login;
  const learnt = login.and({ mechanism });
  if (!mechanism.startsWith('SCRAM-') || typeof payload !== 'string' || !payload.startsWith('0x')) return learnt;
  const user = scramUser(Buffer.from(payload.slice(2), 'hex').toString('utf8'));
  return user === undefined ? learnt : learnt.and({ user });
}

/** The user in the first message of SCRAM (RFC 5802): `n,,n=app,r=…`; nothing else of it is a name. */
function scramUser(payload: string): string | undefined {
  const name = /(?:^|,)n=([^,]{1,256}),r=/.exec(payload)?.[1];
  return name?.replaceAll('=2C', ',').replaceAll('=3D', '=');
}
