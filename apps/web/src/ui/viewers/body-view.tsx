/** A body in the viewer that fits it, or in the one a person prefers; big ones are asked about first and read in a worker. */

import type { Body } from '@kubeshark/model';
import { ActionIcon, Alert, Button, Group, Loader, Select, Text, Tooltip } from '@mantine/core';
import { IconCopy, IconDownload, IconTextWrap } from '@tabler/icons-react';
import { useEffect, useMemo, useState } from 'react';
import {
  BIG_BODY,
  type BodyModel,
  type BodyViewer,
  bodyLength,
  bodyViewers,
  bytesOf,
  chooseViewer,
  eventTree,
  readBody,
  copyText as textOfModel,
} from '../../lib/body/model.ts';
import { toJson } from '../../lib/body/tree.ts';
import { formatBytes } from '../../lib/format.ts';
import { aBoolean, usePreference } from '../../lib/preferences.ts';
import { saveBytes } from '../save.ts';
import { copyText } from '../value-menu.tsx';
import { readInWorker } from './body-worker-client.ts';
import { CodeView } from './code-view.tsx';
import { HexView } from './hex-view.tsx';
import { PairsTable } from './pairs-table.tsx';
import { TreeView } from './tree-view.tsx';
import classes from './viewers.module.css';

interface BodyViewProps {
  readonly body: Body;
  /** KFL path of the body: `request.body`. */
  readonly field?: string | undefined;
  readonly name: string;
}

export function BodyView({ body, field, name }: BodyViewProps) {
  const best = useMemo(() => chooseViewer(body), [body]);
  const [viewer, setViewer] = useState<BodyViewer>(best);
  const [wrap, setWrap] = usePreference('body.wrap', aBoolean, true);
  const isBig = bodyLength(body) > BIG_BODY;
  const [wanted, setWanted] = useState(!isBig);
  const [model, setModel] = useState<BodyModel | null>(null);

  useEffect(() => {
    setModel(null);
    if (!wanted) return;
    // Hex needs no reading, and its bytes must not be copied between threads.
    if (!isBig || viewer === 'hex') {
      setModel(readBody(body, viewer));
      return;
    }
    return readInWorker(body, viewer, setModel);
  }, [body, viewer, wanted, isBig]);

  if (body.size === 0) return <Text c="dimmed">Empty body</Text>;
  if (body.text === undefined && body.base64 === undefined) {
    return (
      <Text c="dimmed">
        {formatBytes(body.size)} that were not kept{body.fault === undefined ? '' : `: ${body.fault}`}
      </Text>
    );
  }
  return (
    <div>
      <div className={classes['bar']}>
        <Select
          size="xs"
          w={120}
          aria-label={`Viewer of the ${name}`}
          data={bodyViewers.map(({ id, label }) => ({ value: id, label }))}
          value={viewer}
          allowDeselect={false}
          onChange={(next) => next !== null && setViewer(next as BodyViewer)}
        />
        <span className="ellipsis" title={body.mime}>
          {describe(body)}
        </span>
        <span className={classes['spacer']} />
        {model?.kind === 'text' && (
          <Tooltip label={wrap ? 'Do not wrap lines' : 'Wrap lines'}>
            <ActionIcon size="sm" aria-label="Wrap lines" aria-pressed={wrap} onClick={() => setWrap(!wrap)}>
              <IconTextWrap size={14} />
            </ActionIcon>
          </Tooltip>
        )}
        <Tooltip label="Copy">
          <ActionIcon
            size="sm"
            aria-label={`Copy the ${name}`}
            disabled={model === null}
            onClick={() => model !== null && void copyText(textOfModel(model), 'Body copied')}
          >
            <IconCopy size={14} />
          </ActionIcon>
        </Tooltip>
        <Tooltip label="Save as a file">
          <ActionIcon size="sm" aria-label={`Save the ${name}`} onClick={() => saveBytes(bytesOf(body), name)}>
            <IconDownload size={14} />
          </ActionIcon>
        </Tooltip>
      </div>
      {body.truncated === true && (
        <Text size="xs" c="var(--warn)" mb={4}>
          Only the first part was kept (tap.maxCapturedSize); the body had {formatBytes(body.decodedSize ?? body.size)}.
        </Text>
      )}
      {body.fault !== undefined && (
        <Text size="xs" c="var(--warn)" mb={4}>
          {body.fault}
        </Text>
      )}
      {!wanted && (
        <Group gap="xs">
          <Text c="dimmed">{formatBytes(bodyLength(body))} to read.</Text>
          <Button variant="default" onClick={() => setWanted(true)}>
            Read it
          </Button>
        </Group>
      )}
      {wanted && model === null && <Loader size="xs" aria-label="Reading the body" />}
      {model !== null && (
        <Model
          model={model}
          field={field}
          name={name}
          wrap={wrap}
          onText={() => setViewer(body.text === undefined ? 'hex' : 'text')}
        />
      )}
    </div>
  );
}

function describe(body: Body): string {
  const encoded = body.encoding?.length ? ` (${body.encoding.join(', ')} ${formatBytes(body.size)})` : '';
  return `${body.mime ?? 'no media type'} · ${formatBytes(body.decodedSize ?? body.size)}${encoded}`;
}

interface ModelProps {
  readonly model: BodyModel;
  readonly field: string | undefined;
  readonly name: string;
  readonly wrap: boolean;
  readonly onText: () => void;
}

function Model({ model, field, name, wrap, onText }: ModelProps) {
  switch (model.kind) {
    case 'tree':
      return <TreeView root={model.root} label={name} field={field === undefined ? undefined : `${field}.json()`} />;
    case 'text':
      return <CodeView text={model.text} language={model.language} wrap={wrap} />;
    case 'pairs':
      return <PairsTable label={name} pairs={model.pairs.map(([key, value]) => ({ name: key, values: [value] }))} />;
    case 'parts':
      return (
        <PairsTable
          label={name}
          pairs={model.parts.map((part, index) => ({
            name: `${part.name === '' ? `part ${index + 1}` : part.name}${part.fileName === undefined ? '' : ` (${part.fileName})`}`,
            values: [part.text ?? [part.mime ?? 'no media type', formatBytes(part.size)].join(' · ')],
            meaning: part.headers.map(([key, value]) => `${key}: ${value}`).join('\n'),
          }))}
        />
      );
    case 'events':
      return (
        <div className={classes['scroller']} style={{ maxHeight: 560 }}>
          {model.events.map(({ name: event, text }, index) => {
            const tree = eventTree(text);
            return (
              // biome-ignore lint/suspicious/noArrayIndexKey: events have no other identity.
              <div key={index} className={classes['event']}>
                <span className={classes['eventName']}>{event}</span>
                <span className={classes['eventText']}>{tree === null ? text : toJson(tree)}</span>
              </div>
            );
          })}
        </div>
      );
    case 'graphql':
      return (
        <div>
          {model.operation !== '' && (
            <Text size="sm" my={4}>
              Operation <b>{model.operation}</b>
            </Text>
          )}
          <CodeView text={model.query} language="graphql" wrap={wrap} />
          {model.variables !== null && (
            <>
              <Text size="xs" c="dimmed" fw={600} mt="sm">
                Variables
              </Text>
              <TreeView root={model.variables} label="Variables" field="request.variables" />
            </>
          )}
        </div>
      );
    case 'image':
      return <img className={classes['image']} src={model.url} alt={name} />;
    case 'hex':
      return <HexView bytes={model.bytes} />;
    case 'fault':
      return (
        <Alert color="yellow" variant="light" p="xs">
          <Group justify="space-between">
            <Text size="sm">{model.reason}</Text>
            <Button variant="default" onClick={onText}>
              Show it as it is
            </Button>
          </Group>
        </Alert>
      );
  }
}
