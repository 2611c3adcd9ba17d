/** Text with line numbers and colours. */

import { useMemo } from 'react';
import type { TextLanguage } from '../../lib/body/model.ts';
import { highlightLine } from '../../lib/highlight.ts';
import { LineList } from './line-list.tsx';
import classes from './viewers.module.css';

/** Text up to this long may be wrapped; above it, lines stay lines so that they can be virtualised. */
const WRAP_CHARS = 20_000;

interface CodeViewProps {
  readonly text: string;
  readonly language: TextLanguage;
  readonly wrap: boolean;
}

const inkClass = {
  plain: undefined,
  number: 'number_ink',
  key: 'key',
  string: 'string',
  keyword: 'keyword',
  comment: 'comment',
};

function Line({ text, language }: { readonly text: string; readonly language: TextLanguage }) {
  return highlightLine(text, language).map(({ text: part, ink }, index) => {
    const name = inkClass[ink];
    return name === undefined ? (
      part
    ) : (
      // biome-ignore lint/suspicious/noArrayIndexKey: the parts of a line have no other identity.
      <span key={index} className={classes[name]}>
        {part}
      </span>
    );
  });
}

export function CodeView({ text, language, wrap }: CodeViewProps) {
  const lines = useMemo(() => text.split(/\r?\n/), [text]);
  if (wrap && text.length <= WRAP_CHARS) {
    return (
      <div className={classes['scroller']}>
        <pre className={classes['wrapped']}>
          {lines.map((line, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: lines have no other identity.
            <span key={index}>
              <Line text={line} language={language} />
              {'\n'}
            </span>
          ))}
        </pre>
      </div>
    );
  }
  return (
    <LineList
      count={lines.length}
      label="Text"
      line={(index) => (
        <>
          <span className={classes['number']}>{index + 1}</span>
          <Line text={lines[index] ?? ''} language={language} />
        </>
      )}
    />
  );
}
