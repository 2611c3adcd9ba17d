/** The pages in the order of the rail. */

import {
  IconChartAreaLine,
  IconListDetails,
  IconRoute2,
  IconSearch,
  IconSettings,
  IconVideo,
  type TablerIcon,
} from '@tabler/icons-react';
import type { PageName } from '../ui/view.ts';

export interface PageRow {
  readonly name: PageName;
  readonly title: string;
  readonly icon: TablerIcon;
  /** Second key of the `g` shortcut. */
  readonly key: string;
  /** Follows the query and the time range. */
  readonly isData: boolean;
}

export const pages: readonly PageRow[] = [
  { name: 'traffic', title: 'Traffic', icon: IconListDetails, key: 't', isData: true },
  { name: 'map', title: 'Map', icon: IconRoute2, key: 'm', isData: true },
  { name: 'dashboard', title: 'Dashboard', icon: IconChartAreaLine, key: 'd', isData: true },
  { name: 'queries', title: 'Queries', icon: IconSearch, key: 'q', isData: true },
  { name: 'recordings', title: 'Recordings', icon: IconVideo, key: 'r', isData: false },
  { name: 'settings', title: 'Settings', icon: IconSettings, key: 's', isData: false },
];
