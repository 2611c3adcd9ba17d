/** Queries without writing them, and those worth keeping. */

import type { SavedQuery } from '@kubeshark/contract';
import { ActionIcon, Button, Group, Modal, Skeleton, Stack, Text, TextInput, Tooltip } from '@mantine/core';
import { IconDeviceFloppy, IconPlayerPlay, IconTrash } from '@tabler/icons-react';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useHub } from '../../api/context.ts';
import { savedQueriesQuery } from '../../api/saved-queries.ts';
import { emptyGroup, readBuilder, writeBuilder } from '../../editor/builder.ts';
import { checkQuery, readingOf } from '../../editor/language.ts';
import { Empty } from '../../ui/empty.tsx';
import { Panel } from '../../ui/panel.tsx';
import { QueriesYaml } from '../../ui/queries-yaml.tsx';
import { showFailure, showUndo } from '../../ui/undo.tsx';
import { useView } from '../../ui/view.ts';
import classes from './queries.module.css';
import { QueryBuilder } from './query-builder.tsx';

export function QueriesPage() {
  const { query } = useView();
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scroller must be reachable by keyboard.
    <div className={classes['page']} tabIndex={0}>
      <div className={classes['columns']}>
        <BuilderPanel key={query} query={query} />
        <SavedPanel />
      </div>
    </div>
  );
}

function BuilderPanel({ query }: { readonly query: string }) {
  const { go } = useView();
  const [tree, setTree] = useState(() => readBuilder(query) ?? { root: emptyGroup, stages: '' });
  const [isSaving, setSaving] = useState(false);
  const text = writeBuilder(tree);
  const fault = checkQuery(text).diagnostics.find(({ severity }) => severity === 'error');
  return (
    <Panel title="Query builder">
      <div className={classes['body']}>
        <QueryBuilder root={tree.root} onChange={(root) => setTree({ ...tree, root })} />
        {/* biome-ignore lint/a11y/useSemanticElements: an output element would announce every key press. */}
        <div className={classes['text']} role="group" aria-label="The query as text">
          {text === '' ? <span className="dim">Everything: no condition yet</span> : text}
        </div>
        <p className={classes['reading']}>{fault?.message ?? readingOf(text)}</p>
        <Group>
          <Button
            leftSection={<IconPlayerPlay size={14} />}
            disabled={fault !== undefined}
            onClick={() => go('traffic', { q: text })}
          >
            Show these calls
          </Button>
          <Button
            variant="default"
            leftSection={<IconDeviceFloppy size={14} />}
            disabled={text === '' || fault !== undefined}
            onClick={() => setSaving(true)}
          >
            Save
          </Button>
          <Button
            variant="subtle"
            color="gray"
            disabled={text === ''}
            onClick={() => setTree({ root: emptyGroup, stages: '' })}
          >
            Start over
          </Button>
        </Group>
      </div>
      {isSaving && <SaveDialog query={text} onClose={() => setSaving(false)} />}
    </Panel>
  );
}

/** `Slow Requests!` is kept under `slow-requests`. */
const idOf = (name: string): string =>
  name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 64);

function SaveDialog({ query, onClose }: { readonly query: string; readonly onClose: () => void }) {
  const { api } = useHub();
  const client = useQueryClient();
  const [name, setName] = useState('');
  const id = idOf(name);
  const save = async () => {
    try {
      await api.call('saveQuery', { params: { id }, body: { name: name.trim(), query } });
      await client.invalidateQueries(savedQueriesQuery(api));
      onClose();
    } catch (error) {
      void showFailure(error);
    }
  };
  return (
    <Modal opened onClose={onClose} title="Save the query" closeButtonProps={{ 'aria-label': 'Close' }}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (id !== '') void save();
        }}
      >
        <TextInput
          data-autofocus
          label="Name"
          placeholder="Slow requests"
          description={id === '' ? 'Give it a name with a letter or digit' : `Kept as ${id}`}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <Group justify="flex-end" mt="md">
          <Button type="submit" disabled={id === ''}>
            Save
          </Button>
        </Group>
      </form>
    </Modal>
  );
}

function SavedPanel() {
  const { api } = useHub();
  const { go } = useView();
  const client = useQueryClient();
  const { data, error } = useQuery(savedQueriesQuery(api));

  const change = async (act: () => Promise<unknown>) => {
    try {
      await act();
      await client.invalidateQueries(savedQueriesQuery(api));
    } catch (failure) {
      void showFailure(failure);
    }
  };
  const remove = ({ id, ...rest }: SavedQuery) =>
    change(async () => {
      await api.call('deleteQuery', { params: { id } });
      void showUndo(
        `“${rest.name}” removed`,
        () => void change(() => api.call('saveQuery', { params: { id }, body: rest })),
      );
    });
  return (
    <Panel title="Saved queries" aside={<QueriesYaml />}>
      {error !== null && <Empty title="The saved queries could not be read">{error.message}</Empty>}
      {error === null && data === undefined && (
        <Stack p="md" gap="xs">
          <Skeleton h={30} />
          <Skeleton h={30} />
        </Stack>
      )}
      {data?.queries.length === 0 && (
        <Empty title="Nothing saved yet">
          Build a query and save it here, or import a queries.yaml that others share with you.
        </Empty>
      )}
      {data?.queries.map((saved) => (
        <div key={saved.id} className={classes['saved']}>
          <button
            type="button"
            className={classes['savedText']}
            onClick={() => go('traffic', { q: saved.query })}
            title={saved.query}
          >
            <span className={classes['savedName']}>{saved.name}</span>
            <span className={classes['savedQuery']}>{saved.query}</span>
            {saved.description !== undefined && (
              <Text size="xs" c="dimmed">
                {saved.description}
              </Text>
            )}
          </button>
          <Tooltip label="Open in the builder">
            <Button size="compact-xs" variant="subtle" color="gray" onClick={() => go('queries', { q: saved.query })}>
              Edit
            </Button>
          </Tooltip>
          <Tooltip label="Remove">
            <ActionIcon aria-label={`Remove ${saved.name}`} onClick={() => void remove(saved)}>
              <IconTrash size={15} stroke={1.6} />
            </ActionIcon>
          </Tooltip>
        </div>
      ))}
    </Panel>
  );
}
