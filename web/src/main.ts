import { mount } from 'svelte';
import './styles/app.css';
import './styles/controls.css';
import './styles/surfaces.css';
import App from './App.svelte';
import { texts } from './lib/text.svelte';

const target = document.getElementById('app');
if (target) void texts.speak().then(() => mount(App, { target }));
