import '@fontsource-variable/inter/wght.css';
import '@fontsource-variable/jetbrains-mono/wght.css';
import '@mantine/core/styles.css';
import '@mantine/notifications/styles.css';
import '@mantine/spotlight/styles.css';
import './ui/tokens.css';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { apiOf } from './api/api.ts';
import { EntryFeed } from './api/feed.ts';
import { App } from './app/app.tsx';
import { parseSearch, readSearch } from './lib/search.ts';
import { loadCatalogue } from './ui/catalogue.ts';

// Without it (a chunk that went with an upgrade) badges show the protocol's id.
loadCatalogue().catch(() => undefined);

// Another source is another page: nothing of one is ever shown as the other's.
const { s: source } = readSearch(parseSearch(location.search.slice(1)));
const api = apiOf(source);
const hub = { api, feed: new EntryFeed({ api, isLive: source === undefined }) };

createRoot(document.getElementById('root')!).render(
  <StrictMode>
    <App hub={hub} />
  </StrictMode>,
);
