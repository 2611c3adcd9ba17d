/** The KFL bar: what is typed is kept, what compiles is applied. */

import { ActionIcon, Tooltip } from '@mantine/core';
import { IconCornerDownLeft, IconFilter, IconX } from '@tabler/icons-react';
import { useEffect, useRef, useState } from 'react';
import { useHub } from '../api/context.ts';
import { useShortcuts } from '../lib/shortcuts.ts';
import { useView } from '../ui/view.ts';
import classes from './query-bar.module.css';

export function QueryBar() {
  const { query, apply } = useView();
  const { api } = useHub();
  const [draft, setDraft] = useState(query);
  const [fault, setFault] = useState<string | null>(null);
  const field = useRef<HTMLInputElement>(null);

  useEffect(() => {
    setDraft(query);
    setFault(null);
  }, [query]);

  const submit = async (text: string) => {
    try {
      const { ok, diagnostics } = await api.call('validate', { body: { query: text } });
      if (ok) apply(text);
      setFault(
        ok
          ? null
          : (diagnostics.find(({ severity }) => severity === 'error')?.message ?? 'This query does not compile.'),
      );
    } catch (error) {
      setFault(error instanceof Error ? error.message : String(error));
    }
  };

  useShortcuts([{ keys: '/', label: 'Write a query', group: 'Query', run: () => field.current?.focus() }]);

  return (
    <search className={classes['bar']} data-fault={fault !== null || undefined}>
      <IconFilter size={15} stroke={1.8} className={classes['icon']} aria-hidden />
      <input
        ref={field}
        className={classes['input']}
        value={draft}
        onChange={(event) => setDraft(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key === 'Enter') void submit(draft);
          if (event.key === 'Escape') event.currentTarget.blur();
        }}
        placeholder="Filter with KFL: http and response.status >= 500"
        aria-label="KFL query"
        aria-invalid={fault !== null}
        spellCheck={false}
        autoComplete="off"
      />
      {fault !== null && (
        <div className={classes['fault']} role="alert">
          {fault}
        </div>
      )}
      {draft !== query && (
        <Tooltip label="Apply (Enter)">
          <ActionIcon size="sm" onClick={() => void submit(draft)} aria-label="Apply the query">
            <IconCornerDownLeft size={14} />
          </ActionIcon>
        </Tooltip>
      )}
      {(draft !== '' || query !== '') && (
        <Tooltip label="Clear">
          <ActionIcon
            size="sm"
            aria-label="Clear the query"
            onClick={() => {
              setDraft('');
              apply('');
            }}
          >
            <IconX size={14} />
          </ActionIcon>
        </Tooltip>
      )}
    </search>
  );
}
