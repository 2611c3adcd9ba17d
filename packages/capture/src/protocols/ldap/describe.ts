/** What an LDAP operation looks like to people. */

import type { JsonObject, Response } from '@kubeshark/model';
import { ByteInterner } from '../../decode/interner.ts';
import { Remembered } from '../../decode/remembered.ts';
import { CallGroup } from '../../dissect/call-group.ts';
import type { Description } from '../../dissect/dissector.ts';
import { CallFacts } from './call.ts';
import { entryFields, extendedOid, type RequestFields, requestFields, resultFields } from './fields.ts';
import { extensionNameOf, resultNameOf } from './operations.ts';
import { reasonOf, searchEndpoint, summaryOf } from './summary.ts';
import { WrittenLdap } from './written.ts';

/** Shows the operation that is written. */
const writtenLdap = new WrittenLdap();
const NO_FIELDS: RequestFields = { summary: '', data: {} };

const groups = new Remembered((endpoint) => new CallGroup(endpoint), { texts: 4096, characters: 300 });
/** Directories are asked the same again and again: what requests group by is remembered by their bytes. */
const searches = new ByteInterner((bytes, start, end) => groups.of(searchEndpoint(bytes.subarray(start, end))));
const extensions = new ByteInterner((bytes, start, end) => groups.of(extensionEndpoint(bytes.subarray(start, end))));

export class LdapCall extends CallFacts {
  endpoint(): string {
    return this.group().endpoint;
  }

  group(): CallGroup {
    const { operation, request } = this;
    if (request === undefined) return groups.of(operation);
    if (operation === 'search') return searches.of(request, 0, request.length);
    return operation === 'extended' ? extensions.of(request, 0, request.length) : groups.of(operation);
  }

  describe(): Description {
    const { operation, request, requestStart, responseStart, missing } = this;
    const fields = request === undefined ? NO_FIELDS : requestFields(operation, request);
    const result = this.result === undefined ? undefined : resultFields(this.result);
    const reason = result === undefined ? '' : reasonOf(result.code, result.message);
    const errorText = missing ?? (this.error ? reason : undefined);
    return {
      protocols: ['ldap'],
      method: operation,
      endpoint: this.endpoint(),
      summary: summaryOf(operation, fields.summary || (result?.oid ? extensionNameOf(result.oid) : '')),
      ...(errorText !== undefined && { errorText }),
      request: requestStart === null ? null : { size: this.requestSize, ...fields.more },
      response: responseStart === null ? null : this.#response(),
      data: { ldap: this.#data(fields) },
    };
  }

  written(): WrittenLdap | null {
    return writtenLdap.of(this);
  }

  #response(): Response & JsonObject {
    const { responseSize: size, code, result, entries, referenceCount, intermediateCount } = this;
    const { matchedDn = '', message = '', referral = [], oid = '' } = result === undefined ? {} : resultFields(result);
    return {
      size,
      ...(code !== null && { status: code, statusText: resultNameOf(code) }),
      ...(message !== '' && { message }),
      ...(matchedDn !== '' && { matchedDn }),
      ...(referral.length > 0 && { referral: [...referral] }),
      ...(oid !== '' && { oid }),
      ...(referenceCount > 0 && { references: referenceCount }),
      ...(intermediateCount > 0 && { intermediateResponses: intermediateCount }),
      ...(entries.length > 0 && { rows: entries.map(entryFields) }),
    };
  }

  #data({ data }: RequestFields): JsonObject {
    const { operation, id, entryCount, result, entries } = this;
    const isSearch = operation === 'search' && (result !== undefined || entries.length > 0);
    return {
      operation,
      messageId: id,
      ...data,
      ...(isSearch && { entries: entryCount }),
    };
  }
}

/** Extended operations group by their name. */
function extensionEndpoint(request: Uint8Array): string {
  const oid = extendedOid(request);
  return oid === '' ? 'extended' : `extended ${extensionNameOf(oid)}`;
}
