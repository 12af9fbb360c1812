#!/usr/bin/env node
import { launch } from './launcher.mjs';

await launch('src/cli/main.js', { keepCode: true });
