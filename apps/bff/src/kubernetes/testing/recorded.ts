/** What a real API server answered, byte for byte: `recorded.json`, written by record.ts (`pnpm test:kube --record`). */

import { readFileSync } from 'node:fs';

/** One request of the hub's, and what came for it. */
export interface Exchange {
  /** `list`, `watch`, or the verb for everything else. */
  readonly what: string;
  readonly path: string;
  /** Only metadata was asked for. */
  readonly metadataOnly: boolean;
  /** Step of the scenario at which it was asked. */
  readonly step: number;
  readonly status: number;
  /** What came, with the step at which it came; of a watch a line each. */
  readonly parts: readonly { readonly step: number; readonly text: string }[];
  /** Step at which it ended; absent when it had not by the end. */
  readonly ended?: number;
}

export interface Recording {
  /** `v1.20.2`. */
  readonly version: string;
  /** Names of the steps, as in scenario.ts, and when each was over (µs). */
  readonly steps: readonly { readonly name: string; readonly at: number }[];
  readonly exchanges: readonly Exchange[];
}

export const recordingFile = new URL('recorded.json', import.meta.url);

export const readRecording = (): Recording => JSON.parse(readFileSync(recordingFile, 'utf8')) as Recording;

type Answer = Readonly<Record<string, unknown>>;

/** The answers of the real server that tell something of their own, for the fake to give: read from the recording once. */
export class RecordedAnswers {
  readonly #parts: readonly { readonly exchange: Exchange; readonly answer: Answer }[];

  constructor({ exchanges }: Recording = readRecording()) {
    this.#parts = exchanges.flatMap((exchange) =>
      exchange.parts.map(({ text }) => ({ exchange, answer: JSON.parse(text) as Answer })),
    );
  }

  /** Around the objects of a kind; of one that was not recorded, what is common to all. */
  list(plural: string, isMetadataOnly: boolean): Answer {
    const lists = this.#parts.filter(({ exchange: { what, status } }) => what === 'list' && status === 200);
    const same = lists.find(
      ({ exchange }) => exchange.path.endsWith(`/${plural}`) && exchange.metadataOnly === isMetadataOnly,
    );
    const any = lists.find(({ exchange }) => exchange.metadataOnly === isMetadataOnly);
    return (same ?? any)?.answer ?? {};
  }

  /** Of a watch whose version is forgotten. */
  get gone(): Answer {
    return this.#event('ERROR');
  }

  bookmark(version: string): Answer {
    const { object, ...event } = this.#event('BOOKMARK');
    const { metadata, ...rest } = object as { metadata: object };
    return { ...event, object: { ...rest, metadata: { ...metadata, resourceVersion: version } } };
  }

  /** Of a kind that may not be read. */
  forbidden(plural: string): Answer {
    const refused = this.#parts.find(({ exchange }) => exchange.status === 403);
    const was = (refused?.answer['details'] as { kind?: string } | undefined)?.kind ?? '';
    return JSON.parse(JSON.stringify(refused?.answer ?? {}).replaceAll(was, plural)) as Answer;
  }

  #event(type: string): Answer {
    const found = this.#parts.find(({ answer }) => answer['type'] === type);
    if (found === undefined) throw new Error(`nothing recorded: ${type}`);
    return found.answer;
  }
}

export const keyOf = ({ what, path, metadataOnly }: Pick<Exchange, 'what' | 'path' | 'metadataOnly'>): string =>
  `${what} ${path}${metadataOnly ? ' (metadata)' : ''}`;

/** What a request of the hub's asks for. */
export function requestOf(
  url: string,
  method: string,
  accept: string,
): Pick<Exchange, 'what' | 'path' | 'metadataOnly'> {
  const { pathname, searchParams } = new URL(url, 'http://server');
  const isWatch = searchParams.get('watch') === '1';
  return {
    what: method === 'GET' ? (isWatch ? 'watch' : 'list') : method.toLowerCase(),
    path: pathname,
    metadataOnly: accept.includes('as=PartialObjectMetadata'),
  };
}
