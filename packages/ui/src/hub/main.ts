import { mount } from 'svelte';
import '../style/tokens.css';
import '../style/base.css';
import '../style/controls.css';
import { router } from '../routing/router.svelte.ts';
import HubApp from './hub-app.svelte';
import { hub } from './hub-session.svelte.ts';

router.start();
hub.start();
mount(HubApp, { target: document.body });
