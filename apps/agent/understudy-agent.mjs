#!/usr/bin/env node
import { start } from '../client/check-node.mjs'

await start('understudy-agent', () => import('./main.ts'))
