/** The call in other forms: shell, files, text, query. */

import type { Entry } from '@kubeshark/model';
import { toCurl } from '@kubeshark/recording/curl';
import { toHar } from '@kubeshark/recording/har';
import { ActionIcon, Menu, Tooltip } from '@mantine/core';
import {
  IconBraces,
  IconCopy,
  IconDownload,
  IconFilter,
  IconLink,
  IconMarkdown,
  IconTerminal2,
} from '@tabler/icons-react';
import { toMarkdown } from '../../../lib/export/markdown.ts';
import { termOf } from '../../../lib/term.ts';
import { saveText } from '../../../ui/save.ts';
import { copyText } from '../../../ui/value-menu.tsx';

/** A query that finds this call and those like it. */
const likeThis = (entry: Entry): string =>
  [
    entry.protocol,
    entry.dst.name === undefined
      ? termOf({ field: 'dst.ip', value: entry.dst.ip })
      : termOf({ field: 'dst.name', value: entry.dst.name }),
    termOf({ field: 'endpoint', value: entry.endpoint }),
  ].join(' and ');

export function CopyMenu({ entry }: { readonly entry: Entry }) {
  const curl = toCurl(entry);
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <Tooltip label="Copy as …">
          <ActionIcon aria-label="Copy as">
            <IconCopy size={16} />
          </ActionIcon>
        </Tooltip>
      </Menu.Target>
      <Menu.Dropdown>
        {curl !== null && (
          <Menu.Item leftSection={<IconTerminal2 size={15} />} onClick={() => void copyText(curl, 'Copied as curl')}>
            Copy as curl
          </Menu.Item>
        )}
        <Menu.Item
          leftSection={<IconBraces size={15} />}
          onClick={() => void copyText(JSON.stringify(entry, null, 2), 'Copied as JSON')}
        >
          Copy as JSON
        </Menu.Item>
        {curl !== null && (
          <Menu.Item
            leftSection={<IconBraces size={15} />}
            onClick={() => void copyText(toHar([entry]), 'Copied as HAR')}
          >
            Copy as HAR
          </Menu.Item>
        )}
        <Menu.Item
          leftSection={<IconMarkdown size={15} />}
          onClick={() => void copyText(toMarkdown(entry), 'Copied as Markdown')}
        >
          Copy as Markdown
        </Menu.Item>
        <Menu.Item
          leftSection={<IconFilter size={15} />}
          onClick={() => void copyText(likeThis(entry), 'Copied as KFL')}
        >
          Copy as KFL
        </Menu.Item>
        <Menu.Divider />
        <Menu.Item leftSection={<IconLink size={15} />} onClick={() => void copyText(location.href, 'Link copied')}>
          Copy the link
        </Menu.Item>
        <Menu.Item
          leftSection={<IconDownload size={15} />}
          onClick={() =>
            saveText(JSON.stringify(entry, null, 2), `${entry.protocol}-${entry.id}.json`, 'application/json')
          }
        >
          Save as JSON
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
