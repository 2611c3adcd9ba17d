/** Operations, result codes and well-known extensions of LDAP: RFC 4511 §4 and appendix A, and the IANA LDAP registry. */

/** Requests by the tag of the operation, in the spelling of the RFC without `Request`. */
export const requests: ReadonlyMap<number, string> = new Map([
  [0x60, 'bind'],
  [0x42, 'unbind'],
  [0x63, 'search'],
  [0x66, 'modify'],
  [0x68, 'add'],
  [0x4a, 'delete'],
  [0x6c, 'modifyDN'],
  [0x6e, 'compare'],
  [0x50, 'abandon'],
  [0x77, 'extended'],
]);

export const SEARCH_ENTRY = 0x64;
export const SEARCH_REFERENCE = 0x73;
export const INTERMEDIATE = 0x79;
export const BIND_RESPONSE = 0x61;
export const EXTENDED_RESPONSE = 0x78;

/** Responses by tag: the operation they belong to. */
export const responses: ReadonlyMap<number, string> = new Map([
  [BIND_RESPONSE, 'bind'],
  [SEARCH_ENTRY, 'search'],
  [0x65, 'search'],
  [SEARCH_REFERENCE, 'search'],
  [0x67, 'modify'],
  [0x69, 'add'],
  [0x6b, 'delete'],
  [0x6d, 'modifyDN'],
  [0x6f, 'compare'],
  [EXTENDED_RESPONSE, 'extended'],
  [INTERMEDIATE, 'extended'],
]);

/** Nobody answers these. */
export const unanswered: ReadonlySet<string> = new Set(['unbind', 'abandon']);

const resultNames: ReadonlyMap<number, string> = new Map([
  [0, 'success'],
  [1, 'operationsError'],
  [2, 'protocolError'],
  [3, 'timeLimitExceeded'],
  [4, 'sizeLimitExceeded'],
  [5, 'compareFalse'],
  [6, 'compareTrue'],
  [7, 'authMethodNotSupported'],
  [8, 'strongerAuthRequired'],
  [10, 'referral'],
  [11, 'adminLimitExceeded'],
  [12, 'unavailableCriticalExtension'],
  [13, 'confidentialityRequired'],
  [14, 'saslBindInProgress'],
  [16, 'noSuchAttribute'],
  [17, 'undefinedAttributeType'],
  [18, 'inappropriateMatching'],
  [19, 'constraintViolation'],
  [20, 'attributeOrValueExists'],
  [21, 'invalidAttributeSyntax'],
  [32, 'noSuchObject'],
  [33, 'aliasProblem'],
  [34, 'invalidDNSyntax'],
  [36, 'aliasDereferencingProblem'],
  [48, 'inappropriateAuthentication'],
  [49, 'invalidCredentials'],
  [50, 'insufficientAccessRights'],
  [51, 'busy'],
  [52, 'unavailable'],
  [53, 'unwillingToPerform'],
  [54, 'loopDetect'],
  [64, 'namingViolation'],
  [65, 'objectClassViolation'],
  [66, 'notAllowedOnNonLeaf'],
  [67, 'notAllowedOnRDN'],
  [68, 'entryAlreadyExists'],
  [69, 'objectClassModsProhibited'],
  [71, 'affectsMultipleDSAs'],
  [80, 'other'],
  [113, 'lcupResourcesExhausted'],
  [118, 'canceled'],
  [119, 'noSuchOperation'],
  [120, 'tooLate'],
  [121, 'cannotCancel'],
  [122, 'assertionFailed'],
  [123, 'authorizationDenied'],
  [4096, 'e-syncRefreshRequired'],
]);

export const resultNameOf = (code: number): string => resultNames.get(code) ?? `result ${code}`;

/** Codes that are no failure: done, the two answers of a comparison, a referral, a bind that goes on (RFC 4511 appendix A.1). */
const fine: ReadonlySet<number> = new Set([0, 5, 6, 10, 14]);
export const isFailure = (code: number): boolean => !fine.has(code);

export const START_TLS = '1.3.6.1.4.1.1466.20037';
export const PASSWORD_MODIFY = '1.3.6.1.4.1.4203.1.11.1';

const extensionNames: ReadonlyMap<string, string> = new Map([
  [START_TLS, 'StartTLS'],
  ['1.3.6.1.4.1.1466.20036', 'notice of disconnection'],
  [PASSWORD_MODIFY, 'password modify'],
  ['1.3.6.1.4.1.4203.1.11.3', 'who am I'],
  ['1.3.6.1.1.8', 'cancel'],
  ['1.3.6.1.1.21.1', 'start transaction'],
  ['1.3.6.1.1.21.3', 'end transaction'],
  ['1.3.6.1.4.1.1466.101.119.1', 'refresh'],
  ['1.2.840.113556.1.4.1781', 'fast bind'],
]);

/** Name of an extended operation; its object identifier when it has none that is known. */
export const extensionNameOf = (oid: string): string => extensionNames.get(oid) ?? oid;

export const scopes: readonly string[] = ['base', 'one', 'sub', 'children'];
export const changes: readonly string[] = ['add', 'delete', 'replace', 'increment'];
