/** Alerts: which calls are told to whom, in which words. The YAML is the guide's. */

import type { Webhooks as WebhooksAnswer } from '@kubeshark/contract';
import { ActionIcon, Button, Group, Modal, Switch, Text, Textarea, Tooltip } from '@mantine/core';
import { IconPlus, IconTrash } from '@tabler/icons-react';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useHub } from '../../api/context.ts';
import { formatCount } from '../../lib/format.ts';
import { Panel } from '../../ui/panel.tsx';
import { showFailure, showUndo } from '../../ui/undo.tsx';
import classes from './settings.module.css';

const KEY = ['webhooks'];
const EXAMPLE = `webhooks:
  - name: slack-alerts
    url: https://hooks.slack.com/services/YOUR/WEBHOOK/URL
    filter: "http and response.status >= 500"
    message: "{{.src.name}} → {{.dst.name}}: {{.response.status}} {{.request.path}}"
`;

type Row = WebhooksAnswer['webhooks'][number];

export function Webhooks() {
  const { api } = useHub();
  const client = useQueryClient();
  const { data, error } = useQuery({ queryKey: KEY, queryFn: ({ signal }) => api.call('webhooks', { signal }) });
  const [isAdding, setAdding] = useState(false);

  const change = async (act: () => Promise<unknown>) => {
    try {
      await act();
      await client.invalidateQueries({ queryKey: KEY });
    } catch (failure) {
      void showFailure(failure);
    }
  };
  const save = ({ name, url, filter, message, perMinute, enabled }: Row) =>
    change(() => api.call('saveWebhook', { params: { name }, body: { url, filter, message, perMinute, enabled } }));
  const remove = (row: Row) =>
    change(async () => {
      await api.call('deleteWebhook', { params: { name: row.name } });
      void showUndo(`“${row.name}” removed`, () => void save(row));
    });
  return (
    <Panel
      title="Webhooks"
      aside={
        <Button variant="default" leftSection={<IconPlus size={14} />} onClick={() => setAdding(true)}>
          Add
        </Button>
      }
    >
      {error !== null && <p className={classes['text']}>{error.message}</p>}
      {data?.webhooks.length === 0 && (
        <p className={classes['text']}>None yet. A webhook sends a message for every call that matches its filter.</p>
      )}
      {data?.webhooks.map((row) => (
        <div key={row.name} className={classes['webhook']}>
          <div className={classes['webhookText']}>
            <Text size="sm" fw={550}>
              {row.name}
            </Text>
            <Text size="xs" className="mono" truncate title={row.filter}>
              {row.filter}
            </Text>
            <Text size="xs" c="dimmed" truncate title={row.url}>
              {row.url}
            </Text>
            <Text size="xs" c={row.state.failed > 0 ? 'var(--error)' : 'dimmed'} className="tabular">
              {formatCount(row.state.delivered)} sent, {formatCount(row.state.failed)} failed,{' '}
              {formatCount(row.state.suppressed)} held back
              {row.state.lastError === undefined ? '' : `: ${row.state.lastError}`}
            </Text>
          </div>
          <Switch
            aria-label={`Send ${row.name}`}
            checked={row.enabled}
            onChange={(event) => void save({ ...row, enabled: event.currentTarget.checked })}
          />
          <Tooltip label="Remove">
            <ActionIcon aria-label={`Remove ${row.name}`} onClick={() => void remove(row)}>
              <IconTrash size={15} stroke={1.6} />
            </ActionIcon>
          </Tooltip>
        </div>
      ))}
      {isAdding && (
        <AddDialog onClose={() => setAdding(false)} onAdded={() => void client.invalidateQueries({ queryKey: KEY })} />
      )}
    </Panel>
  );
}

function AddDialog({ onClose, onAdded }: { readonly onClose: () => void; readonly onAdded: () => void }) {
  const { api } = useHub();
  const [yaml, setYaml] = useState(EXAMPLE);
  const [refused, setRefused] = useState('');
  const add = async () => {
    try {
      const result = await api.call('importWebhooks', { body: { yaml } });
      onAdded();
      if (result.refused.length === 0) onClose();
      else setRefused(result.refused.map(({ id, reason }) => `${id}: ${reason}`).join('\n'));
    } catch (failure) {
      setRefused(failure instanceof Error ? failure.message : String(failure));
    }
  };
  return (
    <Modal opened onClose={onClose} title="Add webhooks" size="lg" closeButtonProps={{ 'aria-label': 'Close' }}>
      <Textarea
        data-autofocus
        label="YAML"
        classNames={{ input: 'mono' }}
        autosize
        minRows={8}
        maxRows={20}
        value={yaml}
        error={refused === '' ? undefined : refused}
        onChange={(event) => setYaml(event.currentTarget.value)}
      />
      <Group justify="flex-end" mt="md">
        <Button onClick={() => void add()}>Add</Button>
      </Group>
    </Modal>
  );
}
