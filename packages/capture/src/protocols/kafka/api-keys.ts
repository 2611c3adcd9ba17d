/** Keys of the APIs that are more than their fields: https://kafka.apache.org/protocol#protocol_api_keys */

export const PRODUCE = 0;
export const FETCH = 1;
export const FIND_COORDINATOR = 10;
export const SASL_HANDSHAKE = 17;
export const API_VERSIONS = 18;
export const SASL_AUTHENTICATE = 36;
export const SHARE_FETCH = 78;
/** Not an API: a token of SASL, which comes without a header. */
export const TOKEN = -1;
