/** The KFL editor as a component; loads Monaco, so import it lazily. */

import { useComputedColorScheme } from '@mantine/core';
import { useEffect, useRef, useState } from 'react';
import classes from './kfl-editor.module.css';
import { createKflEditor, dress, type FieldValues, type KflEditor as Handle } from './kfl-monaco.ts';

interface KflEditorProps {
  /** Text put in from outside; each new object replaces what is typed. */
  readonly given: { readonly text: string };
  /** The caret is in the editor from its first moment. */
  readonly takesFocus: boolean;
  readonly placeholder: string;
  readonly values: FieldValues;
  readonly onChange: (text: string) => void;
  readonly onApply: (text: string) => void;
}

/** About eight lines; a longer query scrolls. */
const MAX_HEIGHT = 172;

export function KflEditor(props: KflEditorProps) {
  const host = useRef<HTMLDivElement>(null);
  const editor = useRef<Handle | null>(null);
  const latest = useRef(props);
  const first = useRef(props);
  const scheme = useComputedColorScheme();
  const [height, setHeight] = useState(30);

  useEffect(() => {
    latest.current = props;
  });
  useEffect(() => {
    const { given, placeholder, takesFocus } = first.current;
    const handle = createKflEditor(host.current!, {
      text: given.text,
      placeholder,
      values: (field, prefix) => latest.current.values(field, prefix),
      onChange: (next) => latest.current.onChange(next),
      onApply: (next) => latest.current.onApply(next),
      onEscape: () => (document.activeElement as HTMLElement | null)?.blur(),
      onHeight: setHeight,
    });
    editor.current = handle;
    if (takesFocus) handle.focus();
    return () => handle.dispose();
  }, []);
  useEffect(() => dress(scheme === 'dark'), [scheme]);
  const { given } = props;
  useEffect(() => editor.current?.setText(given.text), [given]);

  return <div ref={host} className={classes['editor']} style={{ height: Math.min(MAX_HEIGHT, height) }} />;
}
