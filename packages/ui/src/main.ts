import { mount } from 'svelte';
import './style/tokens.css';
import './style/base.css';
import './style/controls.css';
import App from './app.svelte';
import { router } from './routing/router.svelte.ts';
import { session } from './session/session.svelte.ts';

router.start();
session.start();
mount(App, { target: document.body });
