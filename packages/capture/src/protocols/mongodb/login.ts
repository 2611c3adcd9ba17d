/** Who speaks and how they log in, from the commands that tell it; never the proof. */

import { bsonDocument } from '../../decode/bson.ts';
import { BsonType, eachMember } from '../../decode/bson-members.ts';
import type { CallFacts, Login } from './call.ts';

const telling = new Set(['hello', 'ismaster', 'saslstart']);

/** Adds what this command tells of the application, the method and the user. */
export function learnLogin({ command, asked }: CallFacts, login: Login): void {
  const name = command.toLowerCase();
  if (asked === undefined || !telling.has(name)) return;
  const at = asked.documents.find((document) => document.name === '')?.at;
  if (at === undefined) return;
  const { body } = asked;
  if (name === 'saslstart') return learnSasl(body, at, login);
  eachMember(body, at, (member) => {
    if (member.type !== BsonType.document) return;
    if (member.name === 'speculativeAuthenticate') learnSasl(body, member.at, login);
    else if (member.name === 'client') learnClient(body, member.at, login);
  });
}

function learnClient(body: Uint8Array, at: number, login: Login): void {
  const { application } = bsonDocument(body, at).value;
  if (typeof application !== 'object' || application === null || Array.isArray(application)) return;
  const { name } = application as { readonly name?: unknown };
  if (typeof name === 'string') login.application = name;
}

function learnSasl(body: Uint8Array, at: number, login: Login): void {
  const { mechanism, payload } = bsonDocument(body, at).value;
  if (typeof mechanism !== 'string') return;
  login.mechanism = mechanism;
  if (!mechanism.startsWith('SCRAM-') || typeof payload !== 'string' || !payload.startsWith('0x')) return;
  const user = scramUser(Buffer.from(payload.slice(2), 'hex').toString('utf8'));
  if (user !== undefined) login.user = user;
}

/** The user in the first message of SCRAM (RFC 5802): `n,,n=app,r=…`; nothing else of it is a name. */
function scramUser(payload: string): string | undefined {
  const name = /(?:^|,)n=([^,]{1,256}),r=/.exec(payload)?.[1];
  return name?.replaceAll('=2C', ',').replaceAll('=3D', '=');
}
