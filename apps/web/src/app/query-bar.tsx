/** The KFL bar: what is typed is kept, what compiles is applied. */

import { ActionIcon, Menu, Text, Tooltip } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { IconCornerDownLeft, IconDeviceFloppy, IconFilter, IconHistory, IconX } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useCallback, useEffect, useRef, useState } from 'react';
import { useHub } from '../api/context.ts';
import { savedQueriesQuery } from '../api/saved-queries.ts';
import { loadLanguage, useLanguage } from '../editor/use-language.ts';
import { useShortcuts } from '../lib/shortcuts.ts';
import { useView } from '../ui/view.ts';
import classes from './query-bar.module.css';
import { useQueryHistory } from './query-history.ts';

const loadEditor = () => import('../editor/kfl-editor.tsx');
type Editor = Awaited<ReturnType<typeof loadEditor>>['KflEditor'];

const PLACEHOLDER = 'Filter with KFL: http and response.status >= 500';
/** Monaco is large: the page comes first. */
const EDITOR_DELAY_MILLIS = 800;
/** Findings wait until the typing pauses. */
const PAUSE_MILLIS = 450;
/** Values offered while typing: a screenful. */
const MAX_VALUES = 30;

export function QueryBar() {
  const { query, apply, go } = useView();
  const { api } = useHub();
  const { history, remember } = useQueryHistory();
  const [draft, setDraft] = useState(query);
  const [given, setGiven] = useState({ text: query });
  const [applied, setApplied] = useState(query);
  const [refused, setRefused] = useState<string | null>(null);
  const [isEditing, setEditing] = useState(false);
  const [loadedEditor, setLoadedEditor] = useState<Editor | null>(null);
  const [Editor, setEditor] = useState<Editor | null>(null);
  const bar = useRef<HTMLElement>(null);
  const language = useLanguage(draft !== '' || Editor !== null);

  const replace = (text: string) => {
    setDraft(text);
    setGiven({ text });
  };
  // A query applied elsewhere (a click, the back button) replaces the text; typing that was not applied is in the history of the field.
  if (applied !== query) {
    setApplied(query);
    replace(query);
  }
  useEffect(() => {
    let isShown = true;
    const load = () => void loadEditor().then(({ KflEditor }) => isShown && setLoadedEditor(() => KflEditor));
    const timer = setTimeout(load, EDITOR_DELAY_MILLIS);
    return () => {
      isShown = false;
      clearTimeout(timer);
    };
  }, []);
  // Never under the hands of a person who is typing: a key would be lost.
  useEffect(() => {
    if (loadedEditor === null || isEditing || Editor !== null) return;
    setGiven({ text: draft });
    setEditor(() => loadedEditor);
  }, [loadedEditor, isEditing, Editor, draft]);

  const checked = language?.checkQuery(draft);
  const fault = checked?.diagnostics.find(({ severity }) => severity === 'error');
  const warning = checked?.diagnostics.find(({ severity }) => severity === 'warning');
  const finding = fault ?? warning;
  const [settled] = useDebouncedValue(draft, PAUSE_MILLIS);
  // What touches the end is still being typed, until Enter says that it is not.
  const isBeingTyped = isEditing && refused !== draft && finding !== undefined && finding.end >= draft.trimEnd().length;
  const isSettled = settled === draft && !isBeingTyped;

  const submit = useCallback(
    async (text: string) => {
      const { checkQuery } = await loadLanguage();
      if (!checkQuery(text).isValid) {
        setRefused(text);
        return;
      }
      remember(text);
      apply(text);
    },
    [apply, remember],
  );
  const values = useCallback(
    async (field: string, prefix: string) => {
      try {
        const answer = await api.call('values', { query: { field, prefix, limit: MAX_VALUES } });
        return answer.values.map(({ value }) => String(value));
      } catch {
        // Suggestions are a help; without them the query is typed as before.
        return [];
      }
    },
    [api],
  );
  useShortcuts([
    {
      keys: '/',
      label: 'Write a query',
      group: 'Query',
      run: () => bar.current?.querySelector<HTMLElement>('textarea, input, [role="textbox"]')?.focus(),
    },
  ]);

  const plain = (
    <input
      className={classes['input']}
      value={draft}
      onChange={(event) => setDraft(event.currentTarget.value)}
      onKeyDown={(event) => {
        if (event.key === 'Enter') void submit(draft);
        if (event.key === 'Escape') event.currentTarget.blur();
      }}
      placeholder={PLACEHOLDER}
      aria-label="KFL query"
      aria-invalid={fault !== undefined}
      spellCheck={false}
      autoComplete="off"
    />
  );
  return (
    <search
      ref={bar}
      className={classes['bar']}
      data-fault={fault !== undefined || undefined}
      onFocus={() => setEditing(true)}
      onBlur={() => setEditing(false)}
    >
      <IconFilter size={15} stroke={1.8} className={classes['icon']} aria-hidden />
      <div className={classes['field']}>
        {Editor === null ? (
          plain
        ) : (
          <Editor
            given={given}
            // Whoever came into the field in the moment of the change stays in it.
            takesFocus={isEditing}
            placeholder={PLACEHOLDER}
            values={values}
            onChange={setDraft}
            onApply={(text) => void submit(text)}
          />
        )}
      </div>
      {isSettled && finding !== undefined && isEditing && draft !== '' && (
        <div className={classes['finding']} data-severity={finding.severity} role="alert">
          {finding.message}
          {finding.suggestions?.slice(0, 4).map((suggestion) => (
            <button
              key={suggestion}
              type="button"
              className={classes['fix']}
              onMouseDown={(event) => event.preventDefault()}
              onClick={() => replace(draft.slice(0, finding.start) + suggestion + draft.slice(finding.end))}
            >
              {suggestion}
            </button>
          ))}
        </div>
      )}
      {isSettled && finding === undefined && isEditing && draft !== '' && language !== null && (
        <div className={classes['reading']}>{language.readingOf(draft)}</div>
      )}
      <div className={classes['tools']}>
        {draft !== query && (
          <Tooltip label="Apply (Enter)">
            <ActionIcon
              size="sm"
              onClick={() => void submit(draft)}
              disabled={fault !== undefined}
              aria-label="Apply the query"
            >
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
                replace('');
                apply('');
              }}
            >
              <IconX size={14} />
            </ActionIcon>
          </Tooltip>
        )}
        {query !== '' && (
          <Tooltip label="Save or build">
            <ActionIcon size="sm" aria-label="Save this query" onClick={() => go('queries')}>
              <IconDeviceFloppy size={15} stroke={1.7} />
            </ActionIcon>
          </Tooltip>
        )}
        <HistoryMenu history={history} onChoose={(text) => void submit(text)} />
      </div>
    </search>
  );
}

interface HistoryMenuProps {
  readonly history: readonly string[];
  readonly onChoose: (query: string) => void;
}

function HistoryMenu({ history, onChoose }: HistoryMenuProps) {
  const { api } = useHub();
  const [opened, setOpened] = useState(false);
  const { data } = useQuery({ ...savedQueriesQuery(api), enabled: opened });
  const saved = data?.queries ?? [];
  return (
    <Menu position="bottom-end" width={440} opened={opened} onChange={setOpened}>
      <Menu.Target>
        <Tooltip label="Saved and recent queries">
          <ActionIcon size="sm" aria-label="Saved and recent queries">
            <IconHistory size={15} stroke={1.7} />
          </ActionIcon>
        </Tooltip>
      </Menu.Target>
      <Menu.Dropdown mah={420} style={{ overflow: 'auto' }}>
        {saved.length > 0 && <Menu.Label>Saved</Menu.Label>}
        {saved.map(({ id, name, query }) => (
          <Menu.Item key={id} onClick={() => onChoose(query)}>
            <Text size="sm">{name}</Text>
            <Text size="xs" c="dimmed" className="mono" truncate>
              {query}
            </Text>
          </Menu.Item>
        ))}
        <Menu.Label>Recent</Menu.Label>
        {history.length === 0 && <Menu.Item disabled>No query was applied yet</Menu.Item>}
        {history.map((query) => (
          <Menu.Item key={query} onClick={() => onChoose(query)}>
            <Text size="xs" className="mono" truncate>
              {query}
            </Text>
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
